/* widen.h: weights that are stored as halves, made float32 when a network is loaded.
 *
 *   w[i] = h[i]
 *
 * h: halves as `stored` says (stored.h). Both are padded to a whole number of vectors.
 * Chunks: of `vectors`, as tin_chunk cuts them.
 */
#ifndef TIN_WIDEN_H
#define TIN_WIDEN_H

#include "../c/stored.h"

struct widen {
    ptrdiff_t vectors, chunks;
    int stored;
};

TIN_INLINE void widen(const uint16_t *restrict h, float *restrict w, const struct widen s,
                      ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t first = tin_chunk(s.vectors, s.chunks, begin);
    const ptrdiff_t last = tin_chunk(s.vectors, s.chunks, end);
    for (ptrdiff_t i = first; i < last; i++)
        vf_store(w + i * TIN_LANES, stored_load(h, i * TIN_LANES, s.stored));
}

#endif
