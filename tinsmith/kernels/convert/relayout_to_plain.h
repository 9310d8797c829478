/* Blocked [n][ceil(c / block)][pixels][block] to row-major [n][c][pixels].
 * A chunk is a range of (image, channel block) pairs. */
#ifndef TIN_RELAYOUT_TO_PLAIN_H
#define TIN_RELAYOUT_TO_PLAIN_H
#include "layout_f32.h"
struct relayout_to_plain {
    ptrdiff_t n, c, pixels, block, chunks;
};

TIN_INLINE void relayout_to_plain(const float *restrict x, float *restrict y,
                                  const struct relayout_to_plain s, ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t blocks = (s.c + s.block - 1) / s.block;
    const ptrdiff_t first = tin_chunk(s.n * blocks, s.chunks, begin);
    const ptrdiff_t last = tin_chunk(s.n * blocks, s.chunks, end);
    for (ptrdiff_t i = first; i < last; i++) {
        const ptrdiff_t c0 = i % blocks * s.block;
        const ptrdiff_t lanes = s.c - c0 < s.block ? s.c - c0 : s.block;
        const float *from = x + i * s.pixels * s.block;
        float *to = y + (i / blocks * s.c + c0) * s.pixels;
        const struct layout_f32 row = {.w = (int)s.pixels, .p_channel = s.pixels};
        layout_plain_row(from, to, row, (int)lanes);
    }
}
#endif
