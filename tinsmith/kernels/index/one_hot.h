/* OneHot: y[o][d][i] = indices[o][i] is d ? values[1] : values[0].
 * Template: T is an unsigned integer as wide as the element, I, I_LOAD as in plain.py for the
 * indices,
 * TO_I64 what makes an int64_t of a loaded one. */
#ifndef TIN_ONE_HOT_H
#define TIN_ONE_HOT_H
#include "../c/scalar.h"
struct one_hot {
    ptrdiff_t outer, depth, inner;
    ptrdiff_t chunks; /* of outer */
};

TIN_INLINE int64_t tin_index_u64(uint64_t index)
{
    return index < INT64_MAX ? (int64_t)index : INT64_MAX;
}
#endif

TIN_INLINE void KERNEL(const I *restrict indices, const T *restrict values, T *restrict y,
                       const struct one_hot s, ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t first = tin_chunk(s.outer, s.chunks, begin),
                    last = tin_chunk(s.outer, s.chunks, end);
    const T off = values[0], on = values[1];
    for (ptrdiff_t i = first * s.depth * s.inner; i < last * s.depth * s.inner; i++) y[i] = off;
    for (ptrdiff_t i = first * s.inner; i < last * s.inner; i++) {
        int64_t place = TO_I64(I_LOAD(indices[i]));
        if (place < 0) place += s.depth;
        if (place >= 0 && place < s.depth)
            y[(i / s.inner * s.depth + (ptrdiff_t)place) * s.inner + i % s.inner] = on;
    }
}
