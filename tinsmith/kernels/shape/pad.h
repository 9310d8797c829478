/* clang-format off */
/* Pad: y row-major with `before` more places in front of each axis of x; what lies outside x is a
 * constant, or mirrored (without the edge), the nearest edge, or wrapped around.
 * Template: T is an unsigned integer as wide as the element, VALUE declares the pointer to the
 * constant (with a comma) or nothing, FILL is the constant.
 */
/* clang-format on */
#ifndef TIN_PAD_H
#define TIN_PAD_H
#include "../c/task.h"
enum { TIN_PAD_CONSTANT, TIN_PAD_REFLECT, TIN_PAD_EDGE, TIN_PAD_WRAP };
struct pad {
    ptrdiff_t extent[8]; /* of y */
    ptrdiff_t inside[8]; /* of x */
    ptrdiff_t before[8];
    ptrdiff_t stride[8]; /* of x */
    ptrdiff_t rows;      /* extent[0] * ... * extent[6] */
    int mode;
    ptrdiff_t chunks;
};

/* The place in x that place i (counted from the first of x) shows, or -1. */
TIN_INLINE ptrdiff_t tin_pad_source(ptrdiff_t i, ptrdiff_t inside, int mode)
{
    if (i >= 0 && i < inside) return i;
    switch (mode) {
    case TIN_PAD_EDGE:
        return i < 0 ? 0 : inside - 1;
    case TIN_PAD_WRAP:
        return (i % inside + inside) % inside;
    case TIN_PAD_REFLECT: {
        const ptrdiff_t period = inside > 1 ? 2 * (inside - 1) : 1;
        const ptrdiff_t place = (i % period + period) % period;
        return place < inside ? place : period - place;
    }
    default:
        return -1;
    }
}
#endif

TIN_INLINE void KERNEL(const T *restrict x, VALUE T *restrict y, const struct pad s,
                       ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t first = tin_chunk(s.rows, s.chunks, begin);
    const ptrdiff_t last = tin_chunk(s.rows, s.chunks, end);
    const ptrdiff_t left = s.before[7], middle = s.before[7] + s.inside[7], run = s.extent[7];
    for (ptrdiff_t row = first; row < last; row++) {
        T *restrict to = y + row * run;
        ptrdiff_t rest = row, from = 0;
        int outside = 0;
        for (int axis = 6; axis >= 0; axis--) {
            const ptrdiff_t place =
                tin_pad_source(rest % s.extent[axis] - s.before[axis], s.inside[axis], s.mode);
            outside |= place < 0;
            from += place * s.stride[axis];
            rest /= s.extent[axis];
        }
        if (s.mode == TIN_PAD_CONSTANT) {
            const T fill = FILL;
            if (outside) {
                for (ptrdiff_t i = 0; i < run; i++) to[i] = fill;
                continue;
            }
            for (ptrdiff_t i = 0; i < left; i++) to[i] = fill;
            for (ptrdiff_t i = middle; i < run; i++) to[i] = fill;
        } else {
            for (ptrdiff_t i = 0; i < left; i++)
                to[i] = x[from + tin_pad_source(i - left, s.inside[7], s.mode)];
            for (ptrdiff_t i = middle; i < run; i++)
                to[i] = x[from + tin_pad_source(i - left, s.inside[7], s.mode)];
        }
        for (ptrdiff_t i = 0; i < s.inside[7]; i++) to[left + i] = x[from + i];
    }
}
