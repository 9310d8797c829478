/* clang-format off */
/* Resize by interpolation, of up to eight axes: weighted input rows are summed to one row, then
 * its columns to outputs.
 *
 * `place` and `weight` hold, for each axis that changes, the taps of every output position: input
 * positions (-1: the output lies beyond the input) and weights. Template: T and its T_ARITH,
 * T_LOAD, T_STORE. Scratch: one row of x.
 */
/* clang-format on */
#ifndef TIN_RESIZE_TAPS_H
#define TIN_RESIZE_TAPS_H
#include "../c/scalar.h"
#include "../c/task.h"
struct resize_taps {
    ptrdiff_t in[8], out[8]; /* extents of x and y */
    ptrdiff_t start[8];      /* where an axis begins in the tables, -1: it does not change */
    ptrdiff_t taps[8];       /* for each output position; 1 where an axis does not change */
    ptrdiff_t chunks;
    double fill; /* for places beyond the input */
};
#endif

TIN_INLINE void KERNEL(const T *restrict x, const int32_t *restrict place,
                       const T_ARITH *restrict weight, T *restrict y, void *restrict scratch,
                       const struct resize_taps s, ptrdiff_t begin, ptrdiff_t end)
{
    T_ARITH *restrict sum = scratch;
    const ptrdiff_t width = s.out[7], columns = s.in[7];
    const ptrdiff_t rows =
        s.out[0] * s.out[1] * s.out[2] * s.out[3] * s.out[4] * s.out[5] * s.out[6];
    const ptrdiff_t lines =
        s.taps[0] * s.taps[1] * s.taps[2] * s.taps[3] * s.taps[4] * s.taps[5] * s.taps[6];
    const ptrdiff_t last = tin_chunk(rows, s.chunks, end);
    for (ptrdiff_t row = tin_chunk(rows, s.chunks, begin); row < last; row++) {
        ptrdiff_t at[7], rest = row; /* a position, or the first of its taps in the tables */
        int outside = 0;
        for (int axis = 6; axis >= 0; axis--) {
            const ptrdiff_t o = rest % s.out[axis];
            at[axis] = s.start[axis] < 0 ? o : s.start[axis] + o * s.taps[axis];
            outside |= s.start[axis] >= 0 && place[at[axis]] < 0;
            rest /= s.out[axis];
        }
        T *restrict to = y + row * width;
        if (outside) {
            for (ptrdiff_t j = 0; j < width; j++) to[j] = T_STORE((T_ARITH)s.fill);
            continue;
        }
        for (ptrdiff_t i = 0; i < columns; i++) sum[i] = 0;
        for (ptrdiff_t line = 0; line < lines; line++) {
            ptrdiff_t tap = line, from = 0, stride = columns;
            T_ARITH share = 1;
            for (int axis = 6; axis >= 0; axis--) {
                const ptrdiff_t entry = at[axis] + tap % s.taps[axis];
                from += (s.start[axis] < 0 ? at[axis] : place[entry]) * stride;
                share *= s.start[axis] < 0 ? 1 : weight[entry];
                stride *= s.in[axis];
                tap /= s.taps[axis];
            }
            for (ptrdiff_t i = 0; i < columns; i++) sum[i] += share * T_LOAD(x[from + i]);
        }
        if (s.start[7] < 0) {
            for (ptrdiff_t j = 0; j < width; j++) to[j] = T_STORE(sum[j]);
            continue;
        }
        for (ptrdiff_t j = 0; j < width; j++) {
            const ptrdiff_t first = s.start[7] + j * s.taps[7];
            T_ARITH v = 0;
            for (ptrdiff_t tap = 0; tap < s.taps[7]; tap++)
                v += weight[first + tap] * sum[place[first] < 0 ? 0 : place[first + tap]];
            to[j] = T_STORE(place[first] < 0 ? (T_ARITH)s.fill : v);
        }
    }
}
