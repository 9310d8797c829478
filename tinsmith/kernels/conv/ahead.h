/* ahead.h: asks the caches for what a convolution will read next, while it sums.
 *
 * Weights come from far away, each once a run: those of the next group of output channels (after
 * the last: of the next layer) are asked for while this group is summed, and cost no time. Counted
 * in floats, words of 32 bits, whatever lies in them.
 */
#ifndef TIN_AHEAD_H
#define TIN_AHEAD_H

#include "../c/stored.h"

enum { TIN_LINE_FLOATS = 16, TIN_LINE_BYTES = 64 };

/* Weights to come, of which none was asked for yet from `next` on. */
struct conv_ahead {
    const float *next, *stop;
};

/* The next `floats` of them; `instead`, which is near, when all are asked for. */
TIN_INLINE const float *conv_next(struct conv_ahead *ahead, const float *instead,
                                  const ptrdiff_t floats)
{
    const float *from = ahead->next;
    if (from >= ahead->stop) return instead;
    ahead->next += floats;
    return from;
}

/* Asks for `floats` from `from` on. A few at a time, spread over the channels: a burst of them
 * holds up what the sums wait for. */
TIN_INLINE void conv_ask(const float *from, const int floats)
{
    const int lines = (floats + TIN_LINE_FLOATS - 1) / TIN_LINE_FLOATS;
    if (lines == 0) return;
    TIN_UNROLL
    for (int i = 0; i < lines; i++) __builtin_prefetch(from + i * TIN_LINE_FLOATS, 0, 2);
}

/* Asks for P pixels, `step` elements apart, of the block of channels that comes next. Blocks lie far
 * apart, which no machine foresees; what another core wrote takes long to come. */
TIN_INLINE void conv_ask_pixels(const void *x, const ptrdiff_t step, const int P, const int stored)
{
    const int bytes = (int)step * stored_bytes(stored);
    const int apart = bytes > TIN_LINE_BYTES ? bytes : TIN_LINE_BYTES;
    const int lines = (bytes * P + apart - 1) / apart;
    TIN_UNROLL
    for (int i = 0; i < lines; i++) __builtin_prefetch((const char *)x + i * apart, 0, 3);
}

#endif
