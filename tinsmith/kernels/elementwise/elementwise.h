/* clang-format off */
/* Elementwise operators, one or a fused chain of them, over operands that broadcast.
 *
 * Template: OPERANDS is the number of operands and packed weights; PARAMETERS declares their
 * pointers a0, a1 ... and those of the results, y0, y1 ...; BODY computes one element of each
 * result, and finds element AT(k) of operand k, AT(OPERANDS) of all results. A result may share
 * memory with an operand of its own type and strides: then such pointers are not `restrict`, and
 * LOOP is TIN_EACH_INDEPENDENT instead of TIN_EACH.
 */
/* clang-format on */
#ifndef TIN_ELEMENTWISE_H
#define TIN_ELEMENTWISE_H
#include "../c/scalar.h"

/* Clang unrolls short loops (a block of lanes) before it looks for vectors, and then finds none:
 * keep it from that. */
#if defined(__clang__)
#define TIN_EACH TIN_PRAGMA(clang loop unroll(disable))
#define TIN_EACH_INDEPENDENT TIN_PRAGMA(clang loop unroll(disable) vectorize(assume_safety))
TIN_PRAGMA(clang diagnostic ignored
           "-Wpass-failed") /* some loops cannot become vectors: that is no mistake */
#else
#define TIN_EACH
#define TIN_EACH_INDEPENDENT TIN_PRAGMA(GCC ivdep)
#endif

struct elementwise {
    ptrdiff_t extent[8]; /* of the results, neighbours merged where every operand allows it */
    ptrdiff_t stride[(16 + 1) * 8]; /* for each operand, then for the results: a row of strides */
    int split; /* what chunks divide: the axes before the last two (0), the last but one, the last */
    ptrdiff_t chunks;
};
#endif

#define AT(k) (at[k] + row * s.stride[(k) * 8 + 6] + column * s.stride[(k) * 8 + 7])
TIN_INLINE void KERNEL(PARAMETERS, const struct elementwise s, ptrdiff_t begin, ptrdiff_t end)
{
    ptrdiff_t first[3] = {0, 0, 0}, last[3] = {1, s.extent[6], s.extent[7]};
    for (int axis = 0; axis < 6; axis++) last[0] *= s.extent[axis];
    first[s.split] = tin_chunk(last[s.split], s.chunks, begin);
    last[s.split] = tin_chunk(last[s.split], s.chunks, end);

    for (ptrdiff_t outer = first[0]; outer < last[0]; outer++) {
        ptrdiff_t at[OPERANDS + 1] = {0}, rest = outer;
        TIN_UNROLL
        for (int axis = 5; axis >= 0; axis--) {
            TIN_UNROLL
            for (int k = 0; k <= OPERANDS; k++)
                at[k] += rest % s.extent[axis] * s.stride[k * 8 + axis];
            rest /= s.extent[axis];
        }
        for (ptrdiff_t row = first[1]; row < last[1]; row++) {
            LOOP for (ptrdiff_t column = first[2]; column < last[2]; column++) { BODY }
        }
    }
}
#undef AT
