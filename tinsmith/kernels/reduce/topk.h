/* clang-format off */
/* TopK: the k largest (or smallest) elements on the middle axis of [outer, extent, inner], in
 * order, and their places. A heap holds the best k so far.
 * Template: T and T_LOAD as in plain.py, KEY from rank.h, VALUES and PLACES: 1 where that result
 * is asked for, else 0.
 */
/* clang-format on */
#ifndef TIN_TOPK_H
#define TIN_TOPK_H
#include "../c/rank.h"
#include "../c/scalar.h"
struct topk {
    ptrdiff_t outer, extent, inner, k;
    int largest;
    ptrdiff_t chunks; /* of outer * inner */
};
#endif

TIN_INLINE void KERNEL(const T *restrict x,
#if VALUES
                       T *restrict y,
#endif
#if PLACES
                       int64_t *restrict places,
#endif
                       void *restrict scratch, const struct topk s, ptrdiff_t begin, ptrdiff_t end)
{
    struct tin_ranked *restrict heap = scratch;
    const uint64_t flip = s.largest ? 0 : UINT64_MAX;
    const ptrdiff_t last = s.k ? tin_chunk(s.outer * s.inner, s.chunks, end) : 0;
    for (ptrdiff_t line = tin_chunk(s.outer * s.inner, s.chunks, begin); line < last; line++) {
        const T *restrict from = x + line / s.inner * s.extent * s.inner + line % s.inner;
        const ptrdiff_t to = line / s.inner * s.k * s.inner + line % s.inner;
        for (ptrdiff_t i = 0; i < s.k; i++) {
            heap[i].key = KEY(T_LOAD(from[i * s.inner])) ^ flip;
            heap[i].place = i;
        }
        for (ptrdiff_t i = s.k / 2 - 1; i >= 0; i--) tin_sift_down(heap, s.k, i, heap[i]);
        for (ptrdiff_t i = s.k; i < s.extent; i++) {
            const uint64_t key = KEY(T_LOAD(from[i * s.inner])) ^ flip;
            const struct tin_ranked item = {key, i};
            if (key > heap[0].key) tin_sift_down(heap, s.k, 0, item);
        }
        tin_sort_heap(heap, s.k);
        for (ptrdiff_t i = 0; i < s.k; i++) {
#if VALUES
            y[to + i * s.inner] = from[heap[i].place * s.inner];
#endif
#if PLACES
            places[to + i * s.inner] = heap[i].place;
#endif
        }
    }
}
