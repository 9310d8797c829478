/* clang-format off */
/* sums.h: the sums of a register tile of a convolution, P pixels x B vectors of weights.
 *
 *   acc[p][b] += sum over channels c of w[c][b] x[p, c]
 *
 * One loop serves all types of elements. What x and w are and how two are multiplied are constants
 * of struct conv_operands, L = TIN_LANES:
 *
 *   stored    inner   a vector of w                      adds to each lane of acc
 *   TIN_F32   1       L output channels                  w x
 *   TIN_F32   2       L / 2 output channels, c and c + 1   w x; even and odd channels are lanes of
 *                                                        their own, which conv_join() adds
 *   TIN_BF16  2       L output channels, c and c + 1     w0 x0 + w1 x1
 *
 * `inner` channels that lie together in w are one step of the loop. A vector of w is always as wide
 * as a register, so positions in w count words of 32 bits ("floats") for every type:
 * w[ceil(channels / inner)][B][L].
 */
/* clang-format on */
#ifndef TIN_SUMS_H
#define TIN_SUMS_H

#include "ahead.h"

enum { TIN_CONV_MAX_P = 32, TIN_CONV_MAX_B = 8 };

typedef vf conv_sums[TIN_CONV_MAX_P][TIN_CONV_MAX_B];

struct conv_operands {
    int stored, inner;
    int ragged;           /* some runs of channels are no multiple of inner */
    ptrdiff_t step, lane; /* elements of x between pixels, and between channels */
    int stride, iw;       /* input columns between pixels, and in a row: for tiles at its ends */
    int ahead;            /* floats of weights to come that each step asks for, or 0 */
};

/* Output channels of a vector of weights. */
TIN_INLINE int conv_width(const int stored, const int inner)
{
    return TIN_LANES * 4 / stored_bytes(stored) / inner;
}

/* acc[p][b] = start[b] */
TIN_INLINE void conv_start(conv_sums acc, const float *start, const int P, const int B)
{
    TIN_UNROLL
    for (int b = 0; b < B; b++) {
        const vf v = vf_load(start + b * TIN_LANES);
        TIN_UNROLL
        for (int p = 0; p < P; p++) acc[p][b] = v;
    }
}

TIN_INLINE void conv_start_zero(conv_sums acc, const int P, const int B)
{
    TIN_UNROLL
    for (int p = 0; p < P; p++) {
        TIN_UNROLL
        for (int b = 0; b < B; b++) acc[p][b] = vf_zero();
    }
}

/* m[P][B][L] = acc */
TIN_INLINE void conv_store(float *restrict m, conv_sums acc, const int P, const int B)
{
    TIN_UNROLL
    for (int p = 0; p < P; p++) {
        TIN_UNROLL
        for (int b = 0; b < B; b++) vf_store(m + (p * B + b) * TIN_LANES, acc[p][b]);
    }
}

/* Adds lanes of even and odd channels, where vectors are half as wide as sums. Gives how many vectors
 * of sums are left. */
TIN_INLINE int conv_join(conv_sums acc, const int P, const int B, const int width)
{
    if (width == TIN_LANES) return B;
    TIN_UNROLL
    for (int b = 0; 2 * b < B; b++) {
        TIN_UNROLL
        for (int p = 0; p < P; p++)
            acc[p][b] = vf_add_pairs(acc[p][2 * b], 2 * b + 1 < B ? acc[p][2 * b + 1] : vf_zero());
    }
    return (B + 1) / 2;
}

/* What a step takes of one pixel, the same for every output channel; one: of its channels only the
 * first is there, and what lies behind is not read. */
TIN_INLINE vf conv_spread(const void *x, const int stored, const int inner, const int one)
{
    if (stored == TIN_BF16) return vi_float(one ? vi_pair_low(x) : vi_pair(x));
    return inner == 2 ? vf_set2(x) : vf_set1(*(const float *)x);
}

/* sum + the products of a vector of weights and of what conv_spread() gives. */
TIN_INLINE vf conv_multiply(const vf w, const vf x, const vf sum, const int stored)
{
    return stored == TIN_BF16 ? vf_dot_bf16(vf_bits(w), vf_bits(x), sum) : vf_fma(w, x, sum);
}

/* Is pixel p inside the row, if pixel 0 is input column `first`? Folds to a constant in tiles that
 * know their column. */
TIN_INLINE int conv_inside(const struct conv_operands t, const int first, const int p)
{
    const int column = first + p * t.stride;
    return column >= 0 && column < t.iw;
}

/* One step: w[B][L]. */
TIN_INLINE void conv_step(conv_sums acc, const void *restrict x, const float *restrict w,
                          const struct conv_operands t, const int P, const int B, const int edge,
                          const int first, const int one)
{
    vf wv[TIN_CONV_MAX_B];
    TIN_UNROLL
    for (int b = 0; b < B; b++) wv[b] = vf_load(w + b * TIN_LANES);
    TIN_UNROLL
    for (int p = 0; p < P; p++) {
        if (!edge || conv_inside(t, first, p)) {
            const vf xv = conv_spread(stored_at(x, p * t.step, t.stored), t.stored, t.inner, one);
            TIN_UNROLL
            for (int b = 0; b < B; b++) acc[p][b] = conv_multiply(wv[b], xv, acc[p][b], t.stored);
        }
    }
}

#if TIN_FMA_BY_LANE
/* The channels of a vl, where a multiply-add can take one operand from a lane. */
TIN_INLINE void conv_lanes(conv_sums acc, const float *restrict x, const float *restrict w,
                           const struct conv_operands t, const int P, const int B, const int edge,
                           const int first)
{
    vl xv[TIN_CONV_MAX_P];
    TIN_UNROLL
    for (int p = 0; p < P; p++)
        if (!edge || conv_inside(t, first, p)) xv[p] = vl_load(x + p * t.step);
    TIN_UNROLL
    for (int c = 0; c < TIN_FMA_BY_LANE; c++) {
        TIN_UNROLL
        for (int b = 0; b < B; b++) {
            const vf wv = vf_load(w + (c * B + b) * TIN_LANES);
            TIN_UNROLL
            for (int p = 0; p < P; p++)
                if (!edge || conv_inside(t, first, p))
                    acc[p][b] = vf_fma_lane(wv, xv[p], c, acc[p][b]);
            TIN_UNROLL
            for (int p = 0; p < P; p++) vf_settle(&acc[p][b]);
        }
    }
}
#endif

/* A run of channels at one tap. x: pixel 0, the first of them; edge: pixels outside of the row are
 * left out, pixel 0 being input column `first`. Meanwhile asks for weights to come from `ask` on. */
TIN_INLINE void conv_run(conv_sums acc, const void *restrict x, const float *restrict w,
                         const float *ask, const struct conv_operands t, const int P, const int B,
                         const int channels, const int edge, const int first)
{
    const ptrdiff_t vectors = (ptrdiff_t)B * TIN_LANES;
    const int steps = channels / t.inner;
#if TIN_FMA_BY_LANE
    if (t.stored == TIN_F32 && t.inner == 1 && t.lane == 1 && channels == TIN_LANES) {
        conv_ask(ask, TIN_LANES * t.ahead);
        TIN_UNROLL
        for (int c = 0; c < TIN_LANES; c += TIN_FMA_BY_LANE)
            conv_lanes(acc, (const float *)x + c, w + c * vectors, t, P, B, edge, first);
        return;
    }
#endif
    TIN_NO_UNROLL
    for (int c = 0; c < steps; c++) {
        conv_ask(ask + c * t.ahead, t.ahead);
        conv_step(acc, stored_at(x, c * t.inner * t.lane, t.stored), w + c * vectors, t, P, B, edge,
                  first, 0);
    }
    if (t.ragged && channels % t.inner)
        conv_step(acc, stored_at(x, steps * t.inner * t.lane, t.stored), w + steps * vectors, t, P,
                  B, edge, first, 1);
}

/* All of `channels` channels of x, blocks of L of which lie x_block elements apart. whole: channels is
 * a multiple of L; far: asks for the pixels of the next block. */
TIN_INLINE void conv_runs(conv_sums acc, const void *restrict x, const ptrdiff_t x_block,
                          const float *restrict w, const struct conv_operands t, const int P,
                          const int B, const int channels, const int whole, const int far,
                          struct conv_ahead *ahead)
{
    TIN_NO_UNROLL
    for (int c = 0; c < channels; c += TIN_LANES) {
        const int run = whole || channels - c >= TIN_LANES ? TIN_LANES : channels - c;
        const void *xc = stored_at(x, c / TIN_LANES * x_block, t.stored);
        if (far && c + TIN_LANES < channels)
            conv_ask_pixels(stored_at(xc, x_block, t.stored), t.step, P, t.stored);
        conv_run(acc, xc, w + (ptrdiff_t)(c / t.inner) * B * TIN_LANES,
                 conv_next(ahead, w, run / t.inner * t.ahead), t, P, B, run, 0, 0);
    }
}

/* Neighbouring channels of a group that lie in one block of x. */
struct conv_segment {
    int block, lane, count;
};

/* Those from channel c of ic on, of a group that starts at channel `first`; blocks are of `size`
 * channels. aligned: groups start at borders of blocks. */
TIN_INLINE struct conv_segment conv_segment_of(const int first, const int c, const int ic,
                                               const int size, const int aligned)
{
    const int lane = aligned ? 0 : (first + c) % size, room = size - lane, left = ic - c;
    const struct conv_segment segment = {(first + c) / size, lane,
                                         aligned && ic % size == 0 ? size
                                         : room < left             ? room
                                                                   : left};
    return segment;
}

#endif
