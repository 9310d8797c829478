/* ConvInteger over up to four spatial axes: sums of 8-bit products modulo 2^32, a row of outputs
 * at a time.
 *
 * Templates: T for x and W for the weights. Places beyond the input hold x_zero, and so add
 * nothing. */
#ifndef TIN_CONV_INTEGER_H
#define TIN_CONV_INTEGER_H
#include "../c/task.h"
#include "../c/window.h"
struct conv_integer {
    ptrdiff_t n, groups, c, m; /* images, groups, input and output channels of a group */
    ptrdiff_t x_extent[4], y_extent[4], kernel[4], stride[4], dilation[4], pad[4];
    ptrdiff_t chunks;
    int has_x_zero, w_zeros; /* w_zeros: 0, 1, or one for each output channel */
};

/* The place that output o reads along an axis, or -1 outside the input. */
TIN_INLINE ptrdiff_t tin_conv_integer_place(const struct conv_integer s, int axis, ptrdiff_t o,
                                            ptrdiff_t tap)
{
    const ptrdiff_t i = o * s.stride[axis] - s.pad[axis] + tap * s.dilation[axis];
    return i < s.x_extent[axis] ? i : -1;
}
#endif

TIN_INLINE void KERNEL(const T *restrict x, const W *restrict w, const T *restrict x_zero,
                       const W *restrict w_zero, int32_t *restrict y, const struct conv_integer s,
                       ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t width = s.y_extent[3], rows = s.y_extent[0] * s.y_extent[1] * s.y_extent[2];
    const ptrdiff_t taps = s.kernel[0] * s.kernel[1] * s.kernel[2] * s.kernel[3];
    const ptrdiff_t channel = s.x_extent[0] * s.x_extent[1] * s.x_extent[2] * s.x_extent[3];
    const ptrdiff_t total = s.n * s.groups * s.m * rows;
    const int x_shift = s.has_x_zero ? x_zero[0] : 0;
    const ptrdiff_t last = tin_chunk(total, s.chunks, end);
    for (ptrdiff_t row = tin_chunk(total, s.chunks, begin); row < last; row++) {
        const ptrdiff_t filter = row / rows % (s.groups * s.m),
                        image = row / rows / (s.groups * s.m);
        const ptrdiff_t o2 = row % s.y_extent[2], o1 = row / s.y_extent[2] % s.y_extent[1];
        const ptrdiff_t o0 = row / s.y_extent[2] / s.y_extent[1] % s.y_extent[0];
        const int w_shift = s.w_zeros ? w_zero[s.w_zeros > 1 ? filter : 0] : 0;
        const T *restrict source = x + (image * s.groups + filter / s.m) * s.c * channel;
        int32_t *restrict sum = y + row * width;
        for (ptrdiff_t o = 0; o < width; o++) sum[o] = 0;
        for (ptrdiff_t c = 0; c < s.c; c++, source += channel) {
            const W *restrict weights = w + (filter * s.c + c) * taps;
            for (ptrdiff_t tap = 0; tap < taps; tap++) {
                const ptrdiff_t i0 =
                    tin_conv_integer_place(s, 0, o0, tap / s.kernel[3] / s.kernel[2] / s.kernel[1]);
                const ptrdiff_t i1 =
                    tin_conv_integer_place(s, 1, o1, tap / s.kernel[3] / s.kernel[2] % s.kernel[1]);
                const ptrdiff_t i2 =
                    tin_conv_integer_place(s, 2, o2, tap / s.kernel[3] % s.kernel[2]);
                if (i0 < 0 || i1 < 0 || i2 < 0) continue;
                const T *restrict line =
                    source + ((i0 * s.x_extent[1] + i1) * s.x_extent[2] + i2) * s.x_extent[3];
                const int factor = weights[tap] - w_shift;
                const ptrdiff_t shift = tap % s.kernel[3] * s.dilation[3];
                const ptrdiff_t from = tin_window_first(shift, s.stride[3], s.pad[3]);
                const ptrdiff_t to =
                    tin_window_last(shift, s.stride[3], s.pad[3], s.x_extent[3], width);
                for (ptrdiff_t o = from; o < to; o++)
                    sum[o] =
                        (int32_t)((uint32_t)sum[o] +
                                  (uint32_t)(factor *
                                             (line[o * s.stride[3] + shift - s.pad[3]] - x_shift)));
            }
        }
    }
}
