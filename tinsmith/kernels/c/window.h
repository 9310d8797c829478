/* window.h: which outputs of a sliding window read inside the input.
 *
 * Output o reads place o * stride + tap - pad, where tap = (index in the kernel) * dilation. */
#ifndef TIN_WINDOW_H
#define TIN_WINDOW_H
#include "task.h"

/* The first output whose place is not before the input. */
TIN_INLINE ptrdiff_t tin_window_first(ptrdiff_t tap, ptrdiff_t stride, ptrdiff_t pad)
{
    const ptrdiff_t lack = pad - tap;
    return lack > 0 ? (lack + stride - 1) / stride : 0;
}

/* One past the last of `count` outputs whose place is not past the input's `size`. */
TIN_INLINE ptrdiff_t tin_window_last(ptrdiff_t tap, ptrdiff_t stride, ptrdiff_t pad, ptrdiff_t size,
                                     ptrdiff_t count)
{
    const ptrdiff_t room = size - 1 + pad - tap;
    const ptrdiff_t last = room < 0 ? 0 : room / stride + 1;
    return last < count ? last : count;
}
#endif
