/* Concat along one axis: each row of y is a run of every input, one after the other.
 * Template: T is an unsigned integer as wide as the element, OPERANDS declares the input pointers
 * (each followed by a comma),
 * SOURCES lists them. */
#ifndef TIN_CONCAT_H
#define TIN_CONCAT_H
#include "../c/task.h"
struct concat {
    ptrdiff_t rows;    /* product of the axes before the one to concatenate along */
    ptrdiff_t row;     /* elements of a row of y */
    ptrdiff_t run[64]; /* elements of a row of each input */
    int inputs;
    ptrdiff_t chunks;
};
#endif

TIN_INLINE void KERNEL(OPERANDS T *restrict y, const struct concat s, ptrdiff_t begin,
                       ptrdiff_t end)
{
    const T *const sources[] = {SOURCES};
    const ptrdiff_t first = tin_chunk(s.rows, s.chunks, begin);
    const ptrdiff_t last = tin_chunk(s.rows, s.chunks, end);
    ptrdiff_t start = 0;
    for (int k = 0; k < s.inputs; k++) {
        const ptrdiff_t run = s.run[k];
        for (ptrdiff_t row = first; row < last; row++) {
            const T *restrict from = sources[k] + row * run;
            T *restrict to = y + row * s.row + start;
            for (ptrdiff_t i = 0; i < run; i++) to[i] = from[i];
        }
        start += run;
    }
}
