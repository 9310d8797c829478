/* GatherND: for each tuple of coordinates a slice of x; 0 where a coordinate is out of range.
 * Template: T is an unsigned integer as wide as the element, I the type of the indices. */
#ifndef TIN_GATHER_ND_H
#define TIN_GATHER_ND_H
#include "../c/index.h"
struct gather_nd {
    ptrdiff_t batches, tuples; /* tuples of each batch */
    ptrdiff_t depth;           /* coordinates of a tuple */
    ptrdiff_t extent[8];       /* of the axes that they index */
    ptrdiff_t slices;          /* of each batch of x: product of those extents */
    ptrdiff_t slice;           /* elements of a slice */
    ptrdiff_t chunks;          /* of all tuples */
};
#endif

TIN_INLINE void KERNEL(const T *restrict x, const I *restrict indices, T *restrict y,
                       const struct gather_nd s, ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t last = tin_chunk(s.batches * s.tuples, s.chunks, end);
    for (ptrdiff_t row = tin_chunk(s.batches * s.tuples, s.chunks, begin); row < last; row++) {
        ptrdiff_t place = 0;
        int outside = 0;
        for (ptrdiff_t k = 0; k < s.depth; k++) {
            const ptrdiff_t at = tin_index(indices[row * s.depth + k], s.extent[k]);
            outside |= at < 0;
            place = place * s.extent[k] + (at < 0 ? 0 : at);
        }
        T *restrict to = y + row * s.slice;
        if (outside) {
            for (ptrdiff_t i = 0; i < s.slice; i++) to[i] = 0;
        } else {
            const T *restrict from = x + (row / s.tuples * s.slices + place) * s.slice;
            for (ptrdiff_t i = 0; i < s.slice; i++) to[i] = from[i];
        }
    }
}
