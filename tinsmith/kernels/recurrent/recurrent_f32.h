/* clang-format off */
/* recurrent_f32.h: RNN, GRU and LSTM of float32, one sequence of one direction at a time.
 *
 *   gates[t] = w x[t] + r h + b, then the operator's own step (ops/recurrent.py) gives h (and c),
 *   which is y[t]
 *
 * What the input gives to the gates does not wait for the state: it is summed for `block` steps at
 * a time, as a matrix product. What the state gives is summed step by step.
 *
 * Layouts. L = TIN_LANES; V = ceil(hidden / L) vectors hold one gate or state, zero beyond the
 * last element.
 *   x                  [steps][batch][input]
 *   y                  [steps][directions][batch][hidden]
 *   h0, c0, y_h, y_c   [directions][batch][hidden]
 * Weights, zero-padded: matrices [group][k][B][L] over the gates' vectors in order, B = tile_b, or
 * what is left in the last group.
 *   w      [direction]: all gates, k over the input
 *   r      [direction]: all gates, k over the state; for GRU two matrices, update and reset, then
 *          candidate
 *   bias   [direction][gates + 1][V L]: both biases as a sum; then, for a GRU that is linear before
 *          its reset, the candidate's second one (which is then in no sum)
 *
 * Template: Y, Y_H, Y_C: 1 for each output that is asked for. Scratch: (block gates + 2) V L
 * floats.
 * Chunks: directions x batch.
 */
/* clang-format on */
#ifndef TIN_RECURRENT_F32_H
#define TIN_RECURRENT_F32_H

#include "../c/epilogue.h"

enum { TIN_RECURRENT_RNN, TIN_RECURRENT_GRU, TIN_RECURRENT_LSTM };
enum { TIN_RECURRENT_MAX_P = 8, TIN_RECURRENT_MAX_B = 4 };

struct recurrent_f32 {
    int steps, batch, input, hidden, directions, gates, kind;
    int backwards, linear_before_reset, has_h, has_c;
    int f, g, h; /* TIN_ACT_... of the gates, the candidate or cell, the output */
    int tile_p, tile_b, block;
};

/* sum[p, B L] += v[p, length] w[length, B, L] for P rows, in registers. */
TIN_INLINE void recurrent_tile(float *restrict sum, const ptrdiff_t sum_row,
                               const float *restrict v, const ptrdiff_t v_row, const int length,
                               const float *restrict w, const int P, const int B)
{
    vf acc[TIN_RECURRENT_MAX_P][TIN_RECURRENT_MAX_B];
    TIN_UNROLL
    for (int p = 0; p < P; p++) {
        TIN_UNROLL
        for (int b = 0; b < B; b++) acc[p][b] = vf_load(sum + p * sum_row + b * TIN_LANES);
    }
    TIN_NO_UNROLL
    for (int k = 0; k < length; k++) {
        vf wv[TIN_RECURRENT_MAX_B];
        TIN_UNROLL
        for (int b = 0; b < B; b++) wv[b] = vf_load(w + (k * B + b) * TIN_LANES);
        TIN_UNROLL
        for (int p = 0; p < P; p++) {
            const vf x = vf_set1(v[p * v_row + k]);
            TIN_UNROLL
            for (int b = 0; b < B; b++) acc[p][b] = vf_fma(wv[b], x, acc[p][b]);
        }
    }
    TIN_UNROLL
    for (int p = 0; p < P; p++) {
        TIN_UNROLL
        for (int b = 0; b < B; b++) vf_store(sum + p * sum_row + b * TIN_LANES, acc[p][b]);
    }
}

/* The same for one row: two sums side by side, so that neither waits for itself. */
TIN_INLINE void recurrent_row(float *restrict sum, const float *restrict v, const int length,
                              const float *restrict w, const int B)
{
    vf even[TIN_RECURRENT_MAX_B], odd[TIN_RECURRENT_MAX_B];
    TIN_UNROLL
    for (int b = 0; b < B; b++) {
        even[b] = vf_load(sum + b * TIN_LANES);
        odd[b] = vf_zero();
    }
    TIN_NO_UNROLL
    for (int k = 0; k + 1 < length; k += 2) {
        const vf x0 = vf_set1(v[k]), x1 = vf_set1(v[k + 1]);
        TIN_UNROLL
        for (int b = 0; b < B; b++) {
            even[b] = vf_fma(vf_load(w + (k * B + b) * TIN_LANES), x0, even[b]);
            odd[b] = vf_fma(vf_load(w + ((k + 1) * B + b) * TIN_LANES), x1, odd[b]);
        }
    }
    if (length % 2) {
        const vf x = vf_set1(v[length - 1]);
        TIN_UNROLL
        for (int b = 0; b < B; b++)
            even[b] = vf_fma(vf_load(w + ((length - 1) * B + b) * TIN_LANES), x, even[b]);
    }
    TIN_UNROLL
    for (int b = 0; b < B; b++) vf_store(sum + b * TIN_LANES, vf_add(even[b], odd[b]));
}

/* B vectors of `rows` rows. */
TIN_INLINE void recurrent_group(float *restrict sum, const ptrdiff_t sum_row, const int rows,
                                const float *restrict v, const ptrdiff_t v_row, const int length,
                                const float *restrict w, const int P, const int B)
{
    int i = 0;
    TIN_NO_UNROLL
    for (; i + P <= rows; i += P)
        recurrent_tile(sum + i * sum_row, sum_row, v + i * v_row, v_row, length, w, P, B);
    TIN_NO_UNROLL
    for (; i < rows; i++) recurrent_row(sum + i * sum_row, v + i * v_row, length, w, B);
}

/* sum[rows, vectors L] += v[rows, length] w; P: rows of a register tile, `rows` itself if there is
 * only one. */
TIN_INLINE void recurrent_product(float *restrict sum, const ptrdiff_t sum_row, const int rows,
                                  const float *restrict v, const ptrdiff_t v_row, const int length,
                                  const float *restrict w, const int vectors, const int P,
                                  const int B)
{
    const int tail = vectors % B;
    TIN_NO_UNROLL
    for (int g = 0; g + B <= vectors; g += B)
        if (rows == 1)
            recurrent_row(sum + g * TIN_LANES, v, length, w + (ptrdiff_t)g * length * TIN_LANES, B);
        else
            recurrent_group(sum + g * TIN_LANES, sum_row, rows, v, v_row, length,
                            w + (ptrdiff_t)g * length * TIN_LANES, P, B);
    if (tail) {
        const int g = vectors - tail;
        if (rows == 1)
            recurrent_row(sum + g * TIN_LANES, v, length, w + (ptrdiff_t)g * length * TIN_LANES,
                          tail);
        else
            recurrent_group(sum + g * TIN_LANES, sum_row, rows, v, v_row, length,
                            w + (ptrdiff_t)g * length * TIN_LANES, P, tail);
    }
}

/* Vector i of one gate, through its function. */
TIN_INLINE vf recurrent_gate(const float *gate, const int i, const int act)
{
    return vf_activate(vf_load(gate + i * TIN_LANES), act, 0.0f, 0.0f);
}

/* The step of a GRU. carried: one state of scratch. second: the candidate's bias that is in no
 * sum. */
TIN_INLINE void recurrent_gru(float *restrict gates, float *restrict h, float *restrict carried,
                              const float *restrict r, const float *restrict second,
                              const struct recurrent_f32 s, const int V)
{
    const int n = V * TIN_LANES;
    const float *candidate_r = r + (ptrdiff_t)2 * s.hidden * n;
    float *candidate = gates + 2 * n;
    recurrent_product(gates, 0, 1, h, 0, s.hidden, r, 2 * V, 1, s.tile_b);
    if (s.linear_before_reset) {
        TIN_NO_UNROLL
        for (int i = 0; i < V; i++)
            vf_store(carried + i * TIN_LANES, vf_load(second + i * TIN_LANES));
        recurrent_product(carried, 0, 1, h, 0, s.hidden, candidate_r, V, 1, s.tile_b);
    }
    TIN_NO_UNROLL
    for (int i = 0; i < V; i++) {
        const vf reset = recurrent_gate(gates + n, i, s.f);
        if (s.linear_before_reset)
            vf_store(candidate + i * TIN_LANES, vf_fma(reset, vf_load(carried + i * TIN_LANES),
                                                       vf_load(candidate + i * TIN_LANES)));
        else
            vf_store(carried + i * TIN_LANES, vf_mul(reset, vf_load(h + i * TIN_LANES)));
    }
    if (!s.linear_before_reset)
        recurrent_product(candidate, 0, 1, carried, 0, s.hidden, candidate_r, V, 1, s.tile_b);
    TIN_NO_UNROLL
    for (int i = 0; i < V; i++) {
        const vf update = recurrent_gate(gates, i, s.f), new = recurrent_gate(candidate, i, s.g);
        const vf old = vf_load(h + i * TIN_LANES);
        vf_store(h + i * TIN_LANES, vf_fma(update, vf_sub(old, new), new));
    }
}

/* One step: gates hold the input's share and the bias; h and c become the next states. */
TIN_INLINE void recurrent_step(float *restrict gates, float *restrict h, float *restrict c,
                               const float *restrict r, const float *restrict second,
                               const struct recurrent_f32 s, const int V)
{
    const int n = V * TIN_LANES;
    if (s.kind == TIN_RECURRENT_GRU) {
        recurrent_gru(gates, h, c, r, second, s, V);
        return;
    }
    recurrent_product(gates, 0, 1, h, 0, s.hidden, r, s.gates * V, 1, s.tile_b);
    TIN_NO_UNROLL
    for (int i = 0; i < V; i++) {
        if (s.kind == TIN_RECURRENT_RNN) {
            vf_store(h + i * TIN_LANES, recurrent_gate(gates, i, s.f));
            continue;
        }
        const vf input = recurrent_gate(gates, i, s.f), output = recurrent_gate(gates + n, i, s.f);
        const vf forget = recurrent_gate(gates + 2 * n, i, s.f),
                 cell = recurrent_gate(gates + 3 * n, i, s.g);
        const vf state = vf_fma(input, cell, vf_mul(forget, vf_load(c + i * TIN_LANES)));
        vf_store(c + i * TIN_LANES, state);
        vf_store(h + i * TIN_LANES, vf_mul(output, vf_activate(state, s.h, 0.0f, 0.0f)));
    }
}

/* A state to or from memory that holds `count` floats of it. */
TIN_INLINE void recurrent_copy(float *restrict to, const float *restrict from, const int count)
{
    TIN_NO_UNROLL
    for (int i = 0; i < count; i++) to[i] = from[i];
}
#endif

TIN_INLINE void KERNEL(const float *restrict x, const float *restrict h0, const float *restrict c0,
                       const float *restrict w, const float *restrict r, const float *restrict bias,
#if Y
                       float *restrict y,
#endif
#if Y_H
                       float *restrict y_h,
#endif
#if Y_C
                       float *restrict y_c,
#endif
                       void *restrict scratch, const struct recurrent_f32 s, ptrdiff_t begin,
                       ptrdiff_t end)
{
    const int V = (s.hidden + TIN_LANES - 1) / TIN_LANES, n = V * TIN_LANES, rows = s.gates * n;
    float *restrict gates = scratch, *restrict h = gates + (ptrdiff_t)s.block * rows,
                    *restrict c = h + n;
    TIN_NO_UNROLL
    for (ptrdiff_t piece = begin; piece < end; piece++) {
        const ptrdiff_t d = piece / s.batch, sequence = piece % s.batch;
        const int backwards = s.backwards || d == 1;
        const ptrdiff_t x_step = (backwards ? -1 : 1) * (ptrdiff_t)s.batch * s.input;
        const float *wd = w + d * rows * s.input, *rd = r + d * rows * s.hidden,
                    *bd = bias + d * (rows + n);
        TIN_NO_UNROLL
        for (int i = 0; i < 2 * n; i++) h[i] = 0.0f; /* c lies behind h */
        if (s.has_h) recurrent_copy(h, h0 + piece * s.hidden, s.hidden);
        if (s.has_c) recurrent_copy(c, c0 + piece * s.hidden, s.hidden);
        TIN_NO_UNROLL
        for (int first = 0; first < s.steps; first += s.block) {
            const int count = s.block < s.steps - first ? s.block : s.steps - first;
            const ptrdiff_t time = backwards ? s.steps - 1 - first : first;
            TIN_NO_UNROLL
            for (int t = 0; t < count; t++) recurrent_copy(gates + (ptrdiff_t)t * rows, bd, rows);
            recurrent_product(gates, rows, count, x + (time * s.batch + sequence) * s.input, x_step,
                              s.input, wd, s.gates * V, s.tile_p, s.tile_b);
            TIN_NO_UNROLL
            for (int t = 0; t < count; t++) {
                recurrent_step(gates + (ptrdiff_t)t * rows, h, c, rd, bd + rows, s, V);
#if Y
                const ptrdiff_t at = backwards ? time - t : time + t;
                recurrent_copy(y + ((at * s.directions + d) * s.batch + sequence) * s.hidden, h,
                               s.hidden);
#endif
            }
        }
#if Y_H
        recurrent_copy(y_h + piece * s.hidden, h, s.hidden);
#endif
#if Y_C
        recurrent_copy(y_c + piece * s.hidden, c, s.hidden);
#endif
    }
}
