/* MaxPool with indices over up to four spatial axes, any element type. The first of equal elements
 * wins.
 * Template: T and its T_ARITH, T_LOAD, T_STORE. */
#ifndef TIN_MAX_POOL_INDICES_PLAIN_H
#define TIN_MAX_POOL_INDICES_PLAIN_H
#include "../c/activation_plain.h"
#include "../c/scalar.h"
struct max_pool_indices_plain {
    ptrdiff_t n; /* images times channels */
    ptrdiff_t x_extent[4], y_extent[4], kernel[4], stride[4], dilation[4], pad[4];
    ptrdiff_t place[4]; /* what a step along each axis adds to an index */
    ptrdiff_t chunks;
    double start; /* the lowest value */
    int residual, act;
    double alpha, beta;
};
#endif

TIN_INLINE void KERNEL(const T *restrict x, T *restrict y, int64_t *restrict indices,
                       const struct max_pool_indices_plain s, ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t outputs = s.y_extent[0] * s.y_extent[1] * s.y_extent[2] * s.y_extent[3];
    const ptrdiff_t taps = s.kernel[0] * s.kernel[1] * s.kernel[2] * s.kernel[3];
    const ptrdiff_t channel = s.x_extent[0] * s.x_extent[1] * s.x_extent[2] * s.x_extent[3];
    const ptrdiff_t last = tin_chunk(s.n * outputs, s.chunks, end);
    for (ptrdiff_t at = tin_chunk(s.n * outputs, s.chunks, begin); at < last; at++) {
        const T *restrict source = x + at / outputs * channel;
        T_ARITH best = (T_ARITH)s.start;
        ptrdiff_t where = -1;
        for (ptrdiff_t tap = 0; tap < taps; tap++) {
            ptrdiff_t from = 0, index = 0, scale = 1, o = at, k = tap, inside = 1;
            for (int axis = 3; axis >= 0; axis--) {
                const ptrdiff_t i = o % s.y_extent[axis] * s.stride[axis] - s.pad[axis] +
                                    k % s.kernel[axis] * s.dilation[axis];
                o /= s.y_extent[axis];
                k /= s.kernel[axis];
                inside &= i >= 0 && i < s.x_extent[axis];
                from += i * scale;
                index += i * s.place[axis];
                scale *= s.x_extent[axis];
            }
            if (inside && (where < 0 || T_LOAD(source[from]) > best)) {
                best = T_LOAD(source[from]);
                where = index;
            }
        }
        y[at] = T_STORE(TIN_ACTIVATE(T_ARITH, best, s));
        indices[at] = where + at / outputs * channel;
    }
}
