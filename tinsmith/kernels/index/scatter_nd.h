/* clang-format off */
/* ScatterND: a copy of x, in which the slice at each tuple of coordinates takes its update; a
 * tuple out of range is ignored. In order, so that updates of one place follow one another.
 * Template: T, T_LOAD, T_STORE as in plain.py, I the type of the indices, JOIN(a, b) the new
 * value where a is and b comes.
 */
/* clang-format on */
#ifndef TIN_SCATTER_ND_H
#define TIN_SCATTER_ND_H
#include "../c/index.h"
#include "../c/scalar.h"
struct scatter_nd {
    ptrdiff_t size; /* elements of x */
    ptrdiff_t tuples;
    ptrdiff_t depth;     /* coordinates of a tuple */
    ptrdiff_t extent[8]; /* of the axes that they index */
    ptrdiff_t slice;     /* elements of a slice */
};
#endif

TIN_INLINE void KERNEL(const T *x, const I *restrict indices, const T *restrict updates, T *y,
                       const struct scatter_nd s, ptrdiff_t begin, ptrdiff_t end)
{
    if (begin >= end) return;
    if (x != y)
        for (ptrdiff_t i = 0; i < s.size; i++) y[i] = x[i];
    for (ptrdiff_t row = 0; row < s.tuples; row++) {
        ptrdiff_t place = 0;
        int outside = 0;
        for (ptrdiff_t k = 0; k < s.depth; k++) {
            const ptrdiff_t at = tin_index(indices[row * s.depth + k], s.extent[k]);
            outside |= at < 0;
            place = place * s.extent[k] + (at < 0 ? 0 : at);
        }
        if (outside) continue;
        T *to = y + place * s.slice;
        const T *restrict from = updates + row * s.slice;
        for (ptrdiff_t i = 0; i < s.slice; i++)
            to[i] = T_STORE(JOIN(T_LOAD(to[i]), T_LOAD(from[i])));
    }
}
