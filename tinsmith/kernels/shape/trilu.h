/* Trilu: y = x on and above (or below) a diagonal of each matrix, 0 elsewhere.
 * Template: T is an unsigned integer as wide as the element. */
#ifndef TIN_TRILU_H
#define TIN_TRILU_H
#include "../c/task.h"
struct trilu {
    ptrdiff_t matrices, rows, columns;
    ptrdiff_t k; /* the diagonal: column - row */
    int upper;
    ptrdiff_t chunks; /* of all rows */
};
#endif

TIN_INLINE void KERNEL(const T *x, T *y, const struct trilu s, ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t last = tin_chunk(s.matrices * s.rows, s.chunks, end);
    for (ptrdiff_t i = tin_chunk(s.matrices * s.rows, s.chunks, begin); i < last; i++) {
        const ptrdiff_t diagonal = i % s.rows + s.k, at = i * s.columns;
        for (ptrdiff_t j = 0; j < s.columns; j++)
            y[at + j] = (s.upper ? j >= diagonal : j <= diagonal) ? x[at + j] : 0;
    }
}
