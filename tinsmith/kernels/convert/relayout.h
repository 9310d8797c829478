/* A value from one form to another: [n][c][pixels], channels in blocks of `source` or `target` (0:
 * row-major), [n][ceil(c / block)][pixels][block]; pad lanes of y become 0.
 *
 * Templates: S for x with its _LOAD, D for y with its _STORE. `width` channels are whole blocks on
 * both sides; a chunk is a range of (image, `width` channels) pairs. */
#ifndef TIN_RELAYOUT_H
#define TIN_RELAYOUT_H
#include "../c/scalar.h"
#include "../c/task.h"
struct relayout {
    ptrdiff_t n, c, pixels, source, target, width, chunks;
};

/* Where a channel of a pixel lies. */
TIN_INLINE ptrdiff_t relayout_at(const struct relayout s, const ptrdiff_t block, const ptrdiff_t n,
                                 const ptrdiff_t c, const ptrdiff_t pixel)
{
    if (!block) return (n * s.c + c) * s.pixels + pixel;
    const ptrdiff_t blocks = (s.c + block - 1) / block;
    return ((n * blocks + c / block) * s.pixels + pixel) * block + c % block;
}
#endif

TIN_INLINE void KERNEL(const S *restrict x, D *restrict y, const struct relayout s,
                       ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t groups = (s.c + s.width - 1) / s.width;
    const ptrdiff_t lanes = s.target ? (s.c + s.target - 1) / s.target * s.target : s.c;
    const ptrdiff_t last = tin_chunk(s.n * groups, s.chunks, end);
    for (ptrdiff_t i = tin_chunk(s.n * groups, s.chunks, begin); i < last; i++) {
        const ptrdiff_t n = i / groups, first = i % groups * s.width;
        const ptrdiff_t stop = first + s.width < lanes ? first + s.width : lanes;
        for (ptrdiff_t p = 0; p < s.pixels; p++) {
            for (ptrdiff_t c = first; c < stop; c++)
                y[relayout_at(s, s.target, n, c, p)] =
                    c < s.c ? D_STORE(S_LOAD(x[relayout_at(s, s.source, n, c, p)])) : 0;
        }
    }
}
