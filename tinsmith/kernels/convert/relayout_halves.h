/* Elements of 16 bits, row-major [n][c][pixels] to blocked [n][ceil(c / block)][pixels][block] with
 * zeros in pad lanes, or (to_plain) back. A chunk is a range of (image, channel block) pairs. */
#ifndef TIN_RELAYOUT_HALVES_H
#define TIN_RELAYOUT_HALVES_H
#include "../c/simd.h"
struct relayout_halves {
    ptrdiff_t n, c, pixels, block, chunks;
    int to_plain;
};

TIN_INLINE void relayout_halves(const uint16_t *restrict x, uint16_t *restrict y,
                                const struct relayout_halves s, ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t blocks = (s.c + s.block - 1) / s.block;
    const ptrdiff_t first = tin_chunk(s.n * blocks, s.chunks, begin);
    const ptrdiff_t last = tin_chunk(s.n * blocks, s.chunks, end);
    for (ptrdiff_t i = first; i < last; i++) {
        const ptrdiff_t c0 = i % blocks * s.block;
        const ptrdiff_t lanes = s.c - c0 < s.block ? s.c - c0 : s.block;
        const ptrdiff_t plain = (i / blocks * s.c + c0) * s.pixels,
                        blocked = i * s.pixels * s.block;
        for (ptrdiff_t j = 0; j < s.pixels; j++) {
            for (ptrdiff_t l = 0; l < s.block; l++) {
                const ptrdiff_t in_plain = plain + l * s.pixels + j;
                const ptrdiff_t in_blocked = blocked + j * s.block + l;
                if (!s.to_plain)
                    y[in_blocked] = l < lanes ? x[in_plain] : 0;
                else if (l < lanes)
                    y[in_plain] = x[in_blocked];
            }
        }
    }
}
#endif
