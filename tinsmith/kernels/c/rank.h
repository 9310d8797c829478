/* rank.h: elements in an order that has no equals: by a key, and of equal keys the first place
 * first. A heap keeps the first few.
 *
 * tin_key_<type>(v) grows with v; NaN is above all numbers, and 0 and -0 are the same. */
#ifndef TIN_RANK_H
#define TIN_RANK_H
#include "task.h"

struct tin_ranked {
    uint64_t key;
    int64_t place;
};

TIN_INLINE uint64_t tin_key_f32(float v)
{
    union {
        float f;
        uint32_t u;
    } t = {v + 0.0f};
    return v != v ? UINT32_MAX : t.u >> 31 ? ~t.u : t.u | 0x80000000u;
}

TIN_INLINE uint64_t tin_key_f64(double v)
{
    union {
        double f;
        uint64_t u;
    } t = {v + 0.0};
    return v != v ? UINT64_MAX : t.u >> 63 ? ~t.u : t.u | UINT64_C(1) << 63;
}

TIN_INLINE uint64_t tin_key_signed(int64_t v) { return (uint64_t)v ^ UINT64_C(1) << 63; }
TIN_INLINE uint64_t tin_key_unsigned(uint64_t v) { return v; }

/* Whether a comes before b: the larger key first. */
TIN_INLINE int tin_before(const struct tin_ranked a, const struct tin_ranked b)
{
    return a.key > b.key || (a.key == b.key && a.place < b.place);
}

/* Puts `item` at `hole` of a heap of n whose root comes last of all, or below. */
TIN_INLINE void tin_sift_down(struct tin_ranked *heap, ptrdiff_t n, ptrdiff_t hole,
                              const struct tin_ranked item)
{
    for (ptrdiff_t child; (child = 2 * hole + 1) < n; hole = child) {
        if (child + 1 < n && tin_before(heap[child], heap[child + 1])) child++;
        if (!tin_before(item, heap[child])) break;
        heap[hole] = heap[child];
    }
    heap[hole] = item;
}

/* Turns a heap of n into a list in order. */
TIN_INLINE void tin_sort_heap(struct tin_ranked *heap, ptrdiff_t n)
{
    for (ptrdiff_t i = n - 1; i > 0; i--) {
        const struct tin_ranked moved = heap[i];
        heap[i] = heap[0];
        tin_sift_down(heap, i, 0, moved);
    }
}
#endif
