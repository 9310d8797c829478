/* clang-format off */
/* Reductions. The input has up to four kept and four reduced axes (neighbours of one kind are one
 * axis). Either 32 outputs that are neighbours in memory too are summed at once, or one output
 * along a row of the input in 16 parts. Parts are joined every few hundred elements, which keeps
 * rounding errors of long sums small.
 * Template: T, T_ARITH, T_LOAD, T_STORE as in plain.py; A the type to accumulate in, START what
 * nothing gives, TAKE(v) what an element counts, JOIN(a, b), FINISH(a) the result.
 */
/* clang-format on */
#ifndef TIN_REDUCE_H
#define TIN_REDUCE_H
#include "../c/scalar.h"
enum { TIN_REDUCE_LANES = 32, TIN_REDUCE_PARTS = 16, TIN_REDUCE_STEPS = 256 };
struct reduce {
    ptrdiff_t kept[4], kept_stride[4];
    ptrdiff_t gone[4], gone_stride[4];
    ptrdiff_t lines;         /* gone[0] * gone[1] * gone[2] */
    ptrdiff_t count;         /* elements that go into one output */
    int neighbours;          /* kept_stride[3] is 1 */
    ptrdiff_t groups, items; /* groups of neighbours in kept[3]; groups or outputs in all */
    ptrdiff_t chunks;
};

/* Where item i of the first three axes lies. */
TIN_INLINE ptrdiff_t tin_reduce_at(ptrdiff_t i, const ptrdiff_t *extent, const ptrdiff_t *stride)
{
    ptrdiff_t at = 0;
    for (int axis = 2; axis >= 0; axis--) {
        at += i % extent[axis] * stride[axis];
        i /= extent[axis];
    }
    return at;
}

/* How many of `size` items are left from `start`, `most` at most. */
TIN_INLINE ptrdiff_t tin_reduce_left(ptrdiff_t size, ptrdiff_t start, ptrdiff_t most)
{
    return size - start < most ? size - start : most;
}
#endif

TIN_INLINE void KERNEL(const T *restrict x, T *restrict y, const struct reduce s, ptrdiff_t begin,
                       ptrdiff_t end)
{
    const ptrdiff_t first = tin_chunk(s.items, s.chunks, begin),
                    last = tin_chunk(s.items, s.chunks, end);
    const ptrdiff_t step = s.gone_stride[3];
    for (ptrdiff_t item = first; s.neighbours && item < last; item++) {
        const ptrdiff_t row = item / s.groups, lane = item % s.groups * TIN_REDUCE_LANES;
        const ptrdiff_t lanes = tin_reduce_left(s.kept[3], lane, TIN_REDUCE_LANES);
        const T *restrict from = x + tin_reduce_at(row, s.kept, s.kept_stride) + lane;
        A total[TIN_REDUCE_LANES], part[TIN_REDUCE_LANES];
        ptrdiff_t taken = 0; /* elements in each part */
        for (ptrdiff_t j = 0; j < TIN_REDUCE_LANES; j++) total[j] = part[j] = START;
        for (ptrdiff_t line = 0; line < s.lines; line++)
            for (ptrdiff_t k = 0; k < s.gone[3]; k += TIN_REDUCE_STEPS) {
                const T *restrict at = from + tin_reduce_at(line, s.gone, s.gone_stride) + k * step;
                const ptrdiff_t steps = tin_reduce_left(s.gone[3], k, TIN_REDUCE_STEPS);
                for (ptrdiff_t i = 0; i < steps; i++)
                    for (ptrdiff_t j = 0; j < lanes; j++) {
                        const T_ARITH v = T_LOAD(at[i * step + j]);
                        part[j] = JOIN(part[j], TAKE(v));
                    }
                taken += steps;
                if (taken < TIN_REDUCE_STEPS) continue;
                for (ptrdiff_t j = 0; j < TIN_REDUCE_LANES; j++) {
                    total[j] = JOIN(total[j], part[j]);
                    part[j] = START;
                }
                taken = 0;
            }
        for (ptrdiff_t j = 0; j < lanes; j++) total[j] = JOIN(total[j], part[j]);
        for (ptrdiff_t j = 0; j < lanes; j++)
            y[row * s.kept[3] + lane + j] = T_STORE(FINISH(total[j]));
    }
    for (ptrdiff_t item = first; !s.neighbours && item < last; item++) {
        const ptrdiff_t most = TIN_REDUCE_STEPS * TIN_REDUCE_PARTS;
        const T *restrict from = x + tin_reduce_at(item / s.kept[3], s.kept, s.kept_stride) +
                                 item % s.kept[3] * s.kept_stride[3];
        A total = START, part[TIN_REDUCE_PARTS];
        ptrdiff_t taken = 0;
        for (ptrdiff_t j = 0; j < TIN_REDUCE_PARTS; j++) part[j] = START;
        for (ptrdiff_t line = 0; line < s.lines; line++)
            for (ptrdiff_t k = 0; k < s.gone[3]; k += most) {
                const T *restrict at = from + tin_reduce_at(line, s.gone, s.gone_stride) + k * step;
                const ptrdiff_t size = tin_reduce_left(s.gone[3], k, most);
                const ptrdiff_t whole = size - size % TIN_REDUCE_PARTS;
                for (ptrdiff_t i = 0; i < whole; i += TIN_REDUCE_PARTS)
                    for (ptrdiff_t j = 0; j < TIN_REDUCE_PARTS; j++) {
                        const T_ARITH v = T_LOAD(at[(i + j) * step]);
                        part[j] = JOIN(part[j], TAKE(v));
                    }
                for (ptrdiff_t i = whole; i < size; i++) {
                    const T_ARITH v = T_LOAD(at[i * step]);
                    part[i - whole] = JOIN(part[i - whole], TAKE(v));
                }
                taken += size;
                if (taken < most && line + 1 < s.lines) continue;
                for (ptrdiff_t half = TIN_REDUCE_PARTS / 2; half > 0; half /= 2)
                    for (ptrdiff_t j = 0; j < half; j++) part[j] = JOIN(part[j], part[j + half]);
                total = JOIN(total, part[0]);
                for (ptrdiff_t j = 0; j < TIN_REDUCE_PARTS; j++) part[j] = START;
                taken = 0;
            }
        y[item] = T_STORE(FINISH(total));
    }
}
