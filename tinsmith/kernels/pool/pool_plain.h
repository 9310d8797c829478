/* Pooling over up to four spatial axes, any element type: a row of outputs at a time.
 *
 * Template: T and its T_ARITH, T_LOAD, T_STORE; ADD(sum, v) folds an element into the running
 * value, and FINISH(sum, count)
 * makes the result; both in T_ARITH. Scratch: one row of outputs in T_ARITH. */
#ifndef TIN_POOL_PLAIN_H
#define TIN_POOL_PLAIN_H
#include "../c/activation_plain.h"
#include "../c/scalar.h"
#include "../c/window.h"
struct pool_plain {
    ptrdiff_t n; /* images times channels */
    ptrdiff_t x_extent[4], y_extent[4], kernel[4], stride[4], dilation[4], pad[4];
    ptrdiff_t pad_low[4], pad_high[4]; /* places from -pad_low to x_extent + pad_high - 1 count */
    ptrdiff_t chunks;
    double start; /* of the running value */
    int residual, act;
    double alpha, beta;
};

/* How many taps of output o count along an axis. */
TIN_INLINE ptrdiff_t tin_pool_count(const struct pool_plain s, int axis, ptrdiff_t o)
{
    ptrdiff_t count = 0;
    for (ptrdiff_t k = 0; k < s.kernel[axis]; k++) {
        const ptrdiff_t i = o * s.stride[axis] - s.pad[axis] + k * s.dilation[axis];
        count += i >= -s.pad_low[axis] && i < s.x_extent[axis] + s.pad_high[axis];
    }
    return count;
}

/* The place that a tap of output o reads along an axis, or -1 outside the input. */
TIN_INLINE ptrdiff_t tin_pool_place(const struct pool_plain s, int axis, ptrdiff_t o, ptrdiff_t tap)
{
    const ptrdiff_t i = o * s.stride[axis] - s.pad[axis] + tap * s.dilation[axis];
    return i < s.x_extent[axis] ? i : -1;
}
#endif

TIN_INLINE void KERNEL(const T *restrict x, T *restrict y, void *restrict scratch,
                       const struct pool_plain s, ptrdiff_t begin, ptrdiff_t end)
{
    T_ARITH *restrict sum = scratch;
    const ptrdiff_t width = s.y_extent[3], rows = s.y_extent[0] * s.y_extent[1] * s.y_extent[2];
    const ptrdiff_t taps = s.kernel[0] * s.kernel[1] * s.kernel[2];
    const ptrdiff_t channel = s.x_extent[0] * s.x_extent[1] * s.x_extent[2] * s.x_extent[3];
    const ptrdiff_t last = tin_chunk(s.n * rows, s.chunks, end);
    for (ptrdiff_t row = tin_chunk(s.n * rows, s.chunks, begin); row < last; row++) {
        const T *restrict source = x + row / rows * channel;
        const ptrdiff_t o2 = row % s.y_extent[2], o1 = row / s.y_extent[2] % s.y_extent[1];
        const ptrdiff_t o0 = row / s.y_extent[2] / s.y_extent[1] % s.y_extent[0];
        for (ptrdiff_t o = 0; o < width; o++) sum[o] = (T_ARITH)s.start;
        for (ptrdiff_t tap = 0; tap < taps; tap++) {
            const ptrdiff_t i0 = tin_pool_place(s, 0, o0, tap / s.kernel[2] / s.kernel[1]);
            const ptrdiff_t i1 = tin_pool_place(s, 1, o1, tap / s.kernel[2] % s.kernel[1]);
            const ptrdiff_t i2 = tin_pool_place(s, 2, o2, tap % s.kernel[2]);
            if (i0 < 0 || i1 < 0 || i2 < 0) continue;
            const T *restrict line =
                source + ((i0 * s.x_extent[1] + i1) * s.x_extent[2] + i2) * s.x_extent[3];
            for (ptrdiff_t k3 = 0; k3 < s.kernel[3]; k3++) {
                const ptrdiff_t shift = k3 * s.dilation[3];
                const ptrdiff_t from = tin_window_first(shift, s.stride[3], s.pad[3]);
                const ptrdiff_t to =
                    tin_window_last(shift, s.stride[3], s.pad[3], s.x_extent[3], width);
                for (ptrdiff_t o = from; o < to; o++) {
                    const T_ARITH v = T_LOAD(line[o * s.stride[3] + shift - s.pad[3]]);
                    sum[o] = ADD(sum[o], v);
                }
            }
        }
        const ptrdiff_t outer =
            tin_pool_count(s, 0, o0) * tin_pool_count(s, 1, o1) * tin_pool_count(s, 2, o2);
        for (ptrdiff_t o = 0; o < width; o++) {
            const ptrdiff_t inner = outer * tin_pool_count(s, 3, o), count = inner > 0 ? inner : 1;
            (void)count;
            const T_ARITH v = FINISH(sum[o], count);
            y[row * width + o] = T_STORE(TIN_ACTIVATE(T_ARITH, v, s));
        }
    }
}
