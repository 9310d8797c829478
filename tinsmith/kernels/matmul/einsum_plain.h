/* Einsum: y[letters of the result] = sum over the other letters of a[...] * b[...], any element
 * type.
 *
 * Each letter has an extent and a stride in a and in b (0: absent or stretched). The first `kept`
 * letters are the result's,
 * row-major. Template: T and its T_ARITH, T_LOAD, T_STORE; T_ARITH is unsigned for integers,
 * which wrap. */
#ifndef TIN_EINSUM_PLAIN_H
#define TIN_EINSUM_PLAIN_H
#include "../c/scalar.h"
struct einsum_plain {
    ptrdiff_t size, summed, chunks; /* elements of y; terms of each sum */
    ptrdiff_t extent[16], a_stride[16], b_stride[16];
    int letters, kept, has_b;
};
#endif

TIN_INLINE void KERNEL(const T *restrict a, const T *restrict b, T *restrict y,
                       const struct einsum_plain s, ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t last = tin_chunk(s.size, s.chunks, end);
    for (ptrdiff_t i = tin_chunk(s.size, s.chunks, begin); i < last; i++) {
        ptrdiff_t from_a = 0, from_b = 0, rest = i;
        for (int letter = s.kept - 1; letter >= 0; rest /= s.extent[letter--]) {
            from_a += rest % s.extent[letter] * s.a_stride[letter];
            from_b += rest % s.extent[letter] * s.b_stride[letter];
        }
        T_ARITH sum = 0;
        for (ptrdiff_t k = 0; k < s.summed; k++) {
            ptrdiff_t at_a = from_a, at_b = from_b;
            rest = k;
            for (int letter = s.letters - 1; letter >= s.kept; rest /= s.extent[letter--]) {
                at_a += rest % s.extent[letter] * s.a_stride[letter];
                at_b += rest % s.extent[letter] * s.b_stride[letter];
            }
            const T_ARITH v = (T_ARITH)T_LOAD(a[at_a]);
            sum += s.has_b ? v * (T_ARITH)T_LOAD(b[at_b]) : v;
        }
        y[i] = (T)T_STORE(sum);
    }
}
