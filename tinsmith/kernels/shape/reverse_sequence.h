/* ReverseSequence: the first lengths[b] places of the time axis backwards, for each b of the batch
 * axis; these are axes 0 and 1.
 * Template: T is an unsigned integer as wide as the element, I the type of the lengths. */
#ifndef TIN_REVERSE_SEQUENCE_H
#define TIN_REVERSE_SEQUENCE_H
#include "../c/task.h"
struct reverse_sequence {
    ptrdiff_t batches, times;
    ptrdiff_t batch_stride, time_stride, inner;
    ptrdiff_t chunks; /* of batches * times */
};
#endif

TIN_INLINE void KERNEL(const T *restrict x, const I *restrict lengths, T *restrict y,
                       const struct reverse_sequence s, ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t last = tin_chunk(s.batches * s.times, s.chunks, end);
    for (ptrdiff_t row = tin_chunk(s.batches * s.times, s.chunks, begin); row < last; row++) {
        const ptrdiff_t batch = row / s.times, time = row % s.times;
        const int64_t length = lengths[batch] < s.times ? lengths[batch] : s.times;
        const ptrdiff_t source = time < length ? (ptrdiff_t)length - 1 - time : time;
        const T *restrict from = x + batch * s.batch_stride + source * s.time_stride;
        T *restrict to = y + batch * s.batch_stride + time * s.time_stride;
        for (ptrdiff_t i = 0; i < s.inner; i++) to[i] = from[i];
    }
}
