/* Transposed convolution over up to four spatial axes, any element type: a row of outputs at a
 * time.
 *
 * Output o takes input i through tap t where o = i * stride + t * dilation - pad; w[c][m][taps].
 * Template: T and its T_ARITH, T_LOAD, T_STORE. Scratch: one row of outputs in T_ARITH. */
#ifndef TIN_CONV_TRANSPOSE_PLAIN_H
#define TIN_CONV_TRANSPOSE_PLAIN_H
#include "../c/activation_plain.h"
#include "../c/scalar.h"
struct conv_transpose_plain {
    ptrdiff_t n, groups, c, m; /* images, groups, input and output channels of a group */
    ptrdiff_t x_extent[4], y_extent[4], kernel[4], stride[4], dilation[4], pad[4];
    ptrdiff_t chunks;
    int has_bias, residual, act;
    double alpha, beta;
};

/* The input place that output o takes through a tap along an axis, or -1. */
TIN_INLINE ptrdiff_t tin_conv_transpose_place(const struct conv_transpose_plain s, int axis,
                                              ptrdiff_t o, ptrdiff_t tap)
{
    const ptrdiff_t far = o + s.pad[axis] - tap * s.dilation[axis];
    return far >= 0 && far % s.stride[axis] == 0 && far / s.stride[axis] < s.x_extent[axis]
               ? far / s.stride[axis]
               : -1;
}
#endif

TIN_INLINE void KERNEL(const T *restrict x, const T *restrict w, const T *restrict bias,
                       T *restrict y, void *restrict scratch, const struct conv_transpose_plain s,
                       ptrdiff_t begin, ptrdiff_t end)
{
    T_ARITH *restrict sum = scratch;
    const ptrdiff_t width = s.y_extent[3], rows = s.y_extent[0] * s.y_extent[1] * s.y_extent[2];
    const ptrdiff_t taps = s.kernel[0] * s.kernel[1] * s.kernel[2] * s.kernel[3];
    const ptrdiff_t channel = s.x_extent[0] * s.x_extent[1] * s.x_extent[2] * s.x_extent[3];
    const ptrdiff_t total = s.n * s.groups * s.m * rows;
    const ptrdiff_t last = tin_chunk(total, s.chunks, end);
    for (ptrdiff_t row = tin_chunk(total, s.chunks, begin); row < last; row++) {
        const ptrdiff_t m = row / rows % (s.groups * s.m), image = row / rows / (s.groups * s.m);
        const ptrdiff_t o2 = row % s.y_extent[2], o1 = row / s.y_extent[2] % s.y_extent[1];
        const ptrdiff_t o0 = row / s.y_extent[2] / s.y_extent[1] % s.y_extent[0];
        const T *restrict source = x + (image * s.groups + m / s.m) * s.c * channel;
        const T *restrict weights = w + (m / s.m * s.c * s.m + m % s.m) * taps;
        const T_ARITH start = s.has_bias ? T_LOAD(bias[m]) : 0;
        for (ptrdiff_t o = 0; o < width; o++) sum[o] = start;
        for (ptrdiff_t c = 0; c < s.c; c++, source += channel, weights += s.m * taps) {
            for (ptrdiff_t tap = 0; tap < taps; tap += s.kernel[3]) {
                const ptrdiff_t k2 = tap / s.kernel[3] % s.kernel[2];
                const ptrdiff_t k1 = tap / s.kernel[3] / s.kernel[2] % s.kernel[1];
                const ptrdiff_t k0 = tap / s.kernel[3] / s.kernel[2] / s.kernel[1];
                const ptrdiff_t i0 = tin_conv_transpose_place(s, 0, o0, k0);
                const ptrdiff_t i1 = tin_conv_transpose_place(s, 1, o1, k1);
                const ptrdiff_t i2 = tin_conv_transpose_place(s, 2, o2, k2);
                if (i0 < 0 || i1 < 0 || i2 < 0) continue;
                const T *restrict line =
                    source + ((i0 * s.x_extent[1] + i1) * s.x_extent[2] + i2) * s.x_extent[3];
                for (ptrdiff_t k3 = 0; k3 < s.kernel[3]; k3++) {
                    const T_ARITH factor = T_LOAD(weights[tap + k3]);
                    const ptrdiff_t shift = k3 * s.dilation[3] - s.pad[3], room = width - 1 - shift;
                    const ptrdiff_t from = shift < 0 ? (s.stride[3] - 1 - shift) / s.stride[3] : 0;
                    const ptrdiff_t fit = room < 0 ? 0 : room / s.stride[3] + 1;
                    const ptrdiff_t to = fit < s.x_extent[3] ? fit : s.x_extent[3];
                    for (ptrdiff_t i = from; i < to; i++)
                        sum[i * s.stride[3] + shift] += factor * T_LOAD(line[i]);
                }
            }
        }
        for (ptrdiff_t o = 0; o < width; o++)
            y[row * width + o] = T_STORE(TIN_ACTIVATE(T_ARITH, sum[o], s));
    }
}
