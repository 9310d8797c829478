/* clang-format off */
/* RNN, GRU, LSTM, any float type: each sequence of each direction by itself, one step after the
 * other.
 *
 * Template: T and its T_ARITH, T_LOAD, T_STORE, T_CALL; Y, Y_H, Y_C: 1 for each output that is
 * asked for. Weights w[k][j] and r[k][j] (k: what is multiplied, j: gate element) lie by any
 * strides; 1 along j is fast. Scratch in T_ARITH: input + (gates + 3) * hidden. Chunks:
 * directions * batch pieces.
 */
/* clang-format on */
#ifndef TIN_RECURRENT_PLAIN_H
#define TIN_RECURRENT_PLAIN_H
#include "../c/row_sum.h"
#include "../c/scalar.h"
enum { TIN_RNN, TIN_GRU, TIN_LSTM };
enum {
    TIN_GATE_RELU,
    TIN_GATE_TANH,
    TIN_GATE_SIGMOID,
    TIN_GATE_AFFINE,
    TIN_GATE_LEAKY_RELU,
    TIN_GATE_THRESHOLDED_RELU,
    TIN_GATE_SCALED_TANH,
    TIN_GATE_HARD_SIGMOID,
    TIN_GATE_ELU,
    TIN_GATE_SOFTSIGN,
    TIN_GATE_SOFTPLUS
};
struct tin_gate {
    int function;
    double alpha, beta;
};
struct recurrent_plain {
    ptrdiff_t steps, batch, input, hidden, directions, gates, chunks;
    ptrdiff_t w_step, w_column, r_step, r_column;
    int kind, backwards, linear_before_reset, input_forget;
    int has_b, has_h, has_c, has_p;
    int same;                            /* both directions have the same functions */
    struct tin_gate f, g, h, f2, g2, h2; /* of the first and of the second direction */
    double clip;                         /* 0: none */
};
#define TIN_PASTE_TOKENS(a, b) a##b
#define TIN_PASTE(a, b) TIN_PASTE_TOKENS(a, b)
#endif

/* sum[j] += v[k] w[k][j] */
TIN_INLINE void TIN_PASTE(KERNEL, _multiply)(T_ARITH *restrict sum, ptrdiff_t count,
                                             const T_ARITH *restrict v, ptrdiff_t length,
                                             const T *restrict w, const ptrdiff_t step,
                                             const ptrdiff_t column)
{
    if (column != 1) {
        for (ptrdiff_t j = 0; j < count; j++) {
            T_ARITH total;
            TIN_ROW_SUM(T_ARITH, total, k, length, v[k] * T_LOAD(w[k * step + j * column]));
            sum[j] += total;
        }
        return;
    }
    ptrdiff_t k = 0;
    for (; k + 4 <= length; k += 4) {
        const T *restrict p = w + k * step;
        const T_ARITH f0 = v[k], f1 = v[k + 1], f2 = v[k + 2], f3 = v[k + 3];
        for (ptrdiff_t j = 0; j < count; j++)
            sum[j] += f0 * T_LOAD(p[j]) + f1 * T_LOAD(p[step + j]) + f2 * T_LOAD(p[2 * step + j]) +
                      f3 * T_LOAD(p[3 * step + j]);
    }
    for (; k < length; k++)
        for (ptrdiff_t j = 0; j < count; j++) sum[j] += v[k] * T_LOAD(w[k * step + j]);
}

/* Applies one function to `count` elements that are first limited to [-clip, clip]. */
TIN_INLINE void TIN_PASTE(KERNEL, _gate)(T_ARITH *restrict v, ptrdiff_t count,
                                         const struct tin_gate gate, const T_ARITH clip)
{
    const T_ARITH alpha = (T_ARITH)gate.alpha, beta = (T_ARITH)gate.beta;
    if (clip > 0)
        for (ptrdiff_t i = 0; i < count; i++)
            v[i] = T_CALL(at_most)(T_CALL(at_least)(v[i], -clip), clip);
#define TIN_GATE(name, value)                   \
    case name:                                  \
        for (ptrdiff_t i = 0; i < count; i++) { \
            const T_ARITH x = v[i];             \
            v[i] = (T_ARITH)(value);            \
        }                                       \
        break;
    switch (gate.function) {
        TIN_GATE(TIN_GATE_RELU, T_CALL(relu)(x))
        TIN_GATE(TIN_GATE_TANH, T_CALL(tanh)(x))
        TIN_GATE(TIN_GATE_SIGMOID, T_CALL(sigmoid)(x))
        TIN_GATE(TIN_GATE_AFFINE, alpha * x + beta)
        TIN_GATE(TIN_GATE_LEAKY_RELU, T_CALL(prelu)(x, alpha))
        TIN_GATE(TIN_GATE_THRESHOLDED_RELU, T_CALL(thresholded_relu)(x, alpha))
        TIN_GATE(TIN_GATE_SCALED_TANH, alpha * T_CALL(tanh)(beta * x))
        TIN_GATE(TIN_GATE_HARD_SIGMOID, T_CALL(hard_sigmoid)(x, alpha, beta))
        TIN_GATE(TIN_GATE_ELU, T_CALL(elu)(x, alpha))
        TIN_GATE(TIN_GATE_SOFTSIGN, T_CALL(softsign)(x))
        TIN_GATE(TIN_GATE_SOFTPLUS, T_CALL(softplus)(x))
    default:
        break;
    }
#undef TIN_GATE
}

/* GRU: gates z, r, n hold the input's share and bias; h becomes the next state. `carried`: hidden
 * elements of scratch. */
TIN_INLINE void TIN_PASTE(KERNEL, _gru)(T_ARITH *restrict gates, T_ARITH *restrict h,
                                        T_ARITH *restrict carried, const T *restrict r,
                                        const T *restrict bias, const struct recurrent_plain s,
                                        const struct tin_gate f, const struct tin_gate g)
{
    const ptrdiff_t n = s.hidden;
    const T_ARITH clip = (T_ARITH)s.clip;
    T_ARITH *restrict candidate = gates + 2 * n;
    TIN_PASTE(KERNEL, _multiply)(gates, 2 * n, h, n, r, s.r_step, s.r_column);
    TIN_PASTE(KERNEL, _gate)(gates, 2 * n, f, clip);
    if (s.linear_before_reset) {
        for (ptrdiff_t i = 0; i < n; i++) carried[i] = s.has_b ? T_LOAD(bias[5 * n + i]) : 0;
        TIN_PASTE(KERNEL, _multiply)(carried, n, h, n, r + 2 * n * s.r_column, s.r_step,
                                     s.r_column);
        for (ptrdiff_t i = 0; i < n; i++) candidate[i] += gates[n + i] * carried[i];
    } else {
        for (ptrdiff_t i = 0; i < n; i++) carried[i] = gates[n + i] * h[i];
        TIN_PASTE(KERNEL, _multiply)(candidate, n, carried, n, r + 2 * n * s.r_column, s.r_step,
                                     s.r_column);
    }
    TIN_PASTE(KERNEL, _gate)(candidate, n, g, clip);
    for (ptrdiff_t i = 0; i < n; i++) h[i] = (1 - gates[i]) * candidate[i] + gates[i] * h[i];
}

/* LSTM: gates i, o, f, c hold the input's share and bias; h and c become the next states. */
TIN_INLINE void TIN_PASTE(KERNEL, _lstm)(T_ARITH *restrict gates, T_ARITH *restrict h,
                                         T_ARITH *restrict c, const T *restrict r,
                                         const T *restrict p, const struct recurrent_plain s,
                                         const struct tin_gate f, const struct tin_gate g,
                                         const struct tin_gate last)
{
    const ptrdiff_t n = s.hidden;
    const T_ARITH clip = (T_ARITH)s.clip;
    T_ARITH *restrict output = gates + n, *restrict forget = gates + 2 * n,
                      *restrict cell = gates + 3 * n;
    TIN_PASTE(KERNEL, _multiply)(gates, 4 * n, h, n, r, s.r_step, s.r_column);
    if (s.has_p)
        for (ptrdiff_t i = 0; i < n; i++) {
            gates[i] += T_LOAD(p[i]) * c[i];
            forget[i] += T_LOAD(p[2 * n + i]) * c[i];
        }
    TIN_PASTE(KERNEL, _gate)(gates, n, f, clip);
    TIN_PASTE(KERNEL, _gate)(forget, n, f, clip);
    TIN_PASTE(KERNEL, _gate)(cell, n, g, clip);
    for (ptrdiff_t i = 0; i < n; i++)
        c[i] = (s.input_forget ? 1 - gates[i] : forget[i]) * c[i] + gates[i] * cell[i];
    if (s.has_p)
        for (ptrdiff_t i = 0; i < n; i++) output[i] += T_LOAD(p[n + i]) * c[i];
    TIN_PASTE(KERNEL, _gate)(output, n, f, clip);
    for (ptrdiff_t i = 0; i < n; i++) h[i] = c[i];
    TIN_PASTE(KERNEL, _gate)(h, n, last, 0);
    for (ptrdiff_t i = 0; i < n; i++) h[i] *= output[i];
}

/* One step: gates hold the input's share and bias; the states become the next ones. */
TIN_INLINE void TIN_PASTE(KERNEL, _step)(T_ARITH *restrict gates, T_ARITH *restrict h,
                                         T_ARITH *restrict c, T_ARITH *restrict carried,
                                         const T *restrict r, const T *restrict bias,
                                         const T *restrict p, const struct recurrent_plain s,
                                         const struct tin_gate f, const struct tin_gate g,
                                         const struct tin_gate last)
{
    if (s.kind == TIN_GRU) {
        TIN_PASTE(KERNEL, _gru)(gates, h, carried, r, bias, s, f, g);
    } else if (s.kind == TIN_LSTM) {
        TIN_PASTE(KERNEL, _lstm)(gates, h, c, r, p, s, f, g, last);
    } else {
        TIN_PASTE(KERNEL, _multiply)(gates, s.hidden, h, s.hidden, r, s.r_step, s.r_column);
        TIN_PASTE(KERNEL, _gate)(gates, s.hidden, f, (T_ARITH)s.clip);
        for (ptrdiff_t i = 0; i < s.hidden; i++) h[i] = gates[i];
    }
}

TIN_INLINE void KERNEL(const T *restrict x, const T *restrict b, const T *restrict h0,
                       const T *restrict c0, const T *restrict p, const T *restrict w,
                       const T *restrict r, const int64_t *restrict lengths,
#if Y
                       T *restrict y,
#endif
#if Y_H
                       T *restrict y_h,
#endif
#if Y_C
                       T *restrict y_c,
#endif
                       void *restrict scratch, const struct recurrent_plain s, ptrdiff_t begin,
                       ptrdiff_t end)
{
    const ptrdiff_t n = s.hidden, rows = s.gates * n;
    T_ARITH *restrict now = scratch, *restrict gates = now + s.input, *restrict h = gates + rows;
    T_ARITH *restrict c = h + n, *restrict carried = c + n;
    const ptrdiff_t last = tin_chunk(s.directions * s.batch, s.chunks, end);
    for (ptrdiff_t piece = tin_chunk(s.directions * s.batch, s.chunks, begin); piece < last;
         piece++) {
        const ptrdiff_t d = s.directions == 1 ? 0 : piece / s.batch, sequence = piece % s.batch;
        const ptrdiff_t length = (ptrdiff_t)lengths[sequence];
        const T *restrict bias = s.has_b ? b + d * 2 * rows : x, *restrict peepholes =
                                                                     s.has_p ? p + d * 3 * n : x;
        const T *restrict wd = w + d * rows * s.input, *restrict rd = r + d * rows * n;
        for (ptrdiff_t i = 0; i < n; i++) {
            h[i] = s.has_h ? T_LOAD(h0[piece * n + i]) : 0;
            c[i] = s.has_c ? T_LOAD(c0[piece * n + i]) : 0;
        }
        for (ptrdiff_t step = 0; step < length; step++) {
            const ptrdiff_t time = s.backwards || d == 1 ? length - 1 - step : step;
            for (ptrdiff_t i = 0; i < s.input; i++)
                now[i] = T_LOAD(x[(time * s.batch + sequence) * s.input + i]);
            for (ptrdiff_t j = 0; j < rows; j++) {
                const int both = !s.linear_before_reset || j < 2 * n;
                gates[j] = !s.has_b ? 0
                           : both   ? T_LOAD(bias[j]) + T_LOAD(bias[rows + j])
                                    : T_LOAD(bias[j]);
            }
            TIN_PASTE(KERNEL, _multiply)(gates, rows, now, s.input, wd, s.w_step, s.w_column);
            if (s.same || d == 0)
                TIN_PASTE(KERNEL, _step)(gates, h, c, carried, rd, bias, peepholes, s, s.f, s.g,
                                         s.h);
            else
                TIN_PASTE(KERNEL, _step)(gates, h, c, carried, rd, bias, peepholes, s, s.f2, s.g2,
                                         s.h2);
#if Y
            for (ptrdiff_t i = 0; i < n; i++)
                y[((time * s.directions + d) * s.batch + sequence) * n + i] = T_STORE(h[i]);
#endif
        }
#if Y
        for (ptrdiff_t time = length; time < s.steps; time++)
            for (ptrdiff_t i = 0; i < n; i++)
                y[((time * s.directions + d) * s.batch + sequence) * n + i] = 0;
#endif
#if Y_H
        for (ptrdiff_t i = 0; i < n; i++) y_h[piece * n + i] = T_STORE(h[i]);
#endif
#if Y_C
        for (ptrdiff_t i = 0; i < n; i++) y_c[piece * n + i] = T_STORE(c[i]);
#endif
    }
}
