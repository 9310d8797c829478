/* conv_plain.h: convolution over up to four spatial axes, any element type: a row of outputs at a time.
 *
 *   y[n][g m + j] = act(sum over c, taps of w[g m + j][c][tap] x[n][g c][...] + bias + residual)
 *
 * Template: T (of x, r, y) and its T_ARITH, T_LOAD, T_STORE; W and BIAS likewise. Scratch: one row of
 * outputs in T_ARITH.
 */
#ifndef TIN_CONV_PLAIN_H
#define TIN_CONV_PLAIN_H
#include "../c/activation_plain.h"
#include "../c/scalar.h"
#include "../c/window.h"
struct conv_plain {
    ptrdiff_t n, groups, c, m; /* images, groups, input and output channels of a group */
    ptrdiff_t x_extent[4], y_extent[4], kernel[4], stride[4], dilation[4], pad[4];
    ptrdiff_t chunks;
    int has_bias, residual, act;
    double alpha, beta;
};

/* The place that output o reads along an axis, or -1 outside the input. */
TIN_INLINE ptrdiff_t tin_conv_place(const struct conv_plain s, int axis, ptrdiff_t o, ptrdiff_t tap)
{
    const ptrdiff_t i = o * s.stride[axis] - s.pad[axis] + tap * s.dilation[axis];
    return i < s.x_extent[axis] ? i : -1;
}
#endif

TIN_INLINE void KERNEL(const T *restrict x, const W *restrict w, const BIAS *restrict bias,
                       const T *restrict r, T *restrict y, void *restrict scratch,
                       const struct conv_plain s, ptrdiff_t begin, ptrdiff_t end)
{
    T_ARITH *restrict sum = scratch;
    const ptrdiff_t width = s.y_extent[3], rows = s.y_extent[0] * s.y_extent[1] * s.y_extent[2];
    const ptrdiff_t taps = s.kernel[0] * s.kernel[1] * s.kernel[2] * s.kernel[3];
    const ptrdiff_t channel = s.x_extent[0] * s.x_extent[1] * s.x_extent[2] * s.x_extent[3];
    const ptrdiff_t total = s.n * s.groups * s.m * rows;
    const ptrdiff_t last = tin_chunk(total, s.chunks, end);
    for (ptrdiff_t row = tin_chunk(total, s.chunks, begin); row < last; row++) {
        const ptrdiff_t filter = row / rows % (s.groups * s.m),
                        image = row / rows / (s.groups * s.m);
        const ptrdiff_t o2 = row % s.y_extent[2], o1 = row / s.y_extent[2] % s.y_extent[1];
        const ptrdiff_t o0 = row / s.y_extent[2] / s.y_extent[1] % s.y_extent[0];
        const T *restrict source = x + (image * s.groups + filter / s.m) * s.c * channel;
        const T_ARITH start = s.has_bias ? BIAS_LOAD(bias[filter]) : 0;
        for (ptrdiff_t o = 0; o < width; o++) sum[o] = start;
        for (ptrdiff_t c = 0; c < s.c; c++, source += channel) {
            const W *restrict weights = w + (filter * s.c + c) * taps;
            for (ptrdiff_t tap = 0; tap < taps; tap += s.kernel[3]) {
                const ptrdiff_t k2 = tap / s.kernel[3] % s.kernel[2];
                const ptrdiff_t k1 = tap / s.kernel[3] / s.kernel[2] % s.kernel[1];
                const ptrdiff_t k0 = tap / s.kernel[3] / s.kernel[2] / s.kernel[1];
                const ptrdiff_t i0 = tin_conv_place(s, 0, o0, k0),
                                i1 = tin_conv_place(s, 1, o1, k1);
                const ptrdiff_t i2 = tin_conv_place(s, 2, o2, k2);
                if (i0 < 0 || i1 < 0 || i2 < 0) continue;
                const T *restrict line =
                    source + ((i0 * s.x_extent[1] + i1) * s.x_extent[2] + i2) * s.x_extent[3];
                for (ptrdiff_t k3 = 0; k3 < s.kernel[3]; k3++) {
                    const T_ARITH factor = W_LOAD(weights[tap + k3]);
                    const ptrdiff_t shift = k3 * s.dilation[3];
                    const ptrdiff_t from = tin_window_first(shift, s.stride[3], s.pad[3]);
                    const ptrdiff_t to =
                        tin_window_last(shift, s.stride[3], s.pad[3], s.x_extent[3], width);
                    for (ptrdiff_t o = from; o < to; o++)
                        sum[o] += factor * T_LOAD(line[o * s.stride[3] + shift - s.pad[3]]);
                }
            }
        }
        for (ptrdiff_t o = 0; o < width; o++) {
            T_ARITH v = sum[o];
            if (s.residual == TIN_RES_BEFORE) v += T_LOAD(r[row * width + o]);
            v = TIN_ACTIVATE(T_ARITH, v, s);
            if (s.residual == TIN_RES_AFTER) v += T_LOAD(r[row * width + o]);
            y[row * width + o] = T_STORE(v);
        }
    }
}
