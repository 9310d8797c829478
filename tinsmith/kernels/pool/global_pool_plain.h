/* clang-format off */
/* Global pooling: one number for each row of x [rows, size].
 *
 * Template: T and its T_ARITH, T_LOAD, T_STORE. ADD(sum, v) folds an element into a running
 * value, JOIN(a, b) joins two of these, FINISH(sum, count) makes the result; all in T_ARITH.
 */
/* clang-format on */
#ifndef TIN_GLOBAL_POOL_PLAIN_H
#define TIN_GLOBAL_POOL_PLAIN_H
#include "../c/activation_plain.h"
#include "../c/scalar.h"
struct global_pool_plain {
    ptrdiff_t rows, size, chunks;
    double start; /* of the running value */
    int residual, act;
    double alpha, beta;
};
#endif

TIN_INLINE void KERNEL(const T *restrict x, T *restrict y, const struct global_pool_plain s,
                       ptrdiff_t begin, ptrdiff_t end)
{
    enum { LANES = 16 };   /* running values that compilers keep in vectors */
    enum { BLOCK = 4096 }; /* elements until they are joined, which keeps long sums exact */
    const ptrdiff_t last = tin_chunk(s.rows, s.chunks, end);
    for (ptrdiff_t row = tin_chunk(s.rows, s.chunks, begin); row < last; row++) {
        const T *restrict line = x + row * s.size;
        T_ARITH total = (T_ARITH)s.start;
        for (ptrdiff_t first = 0; first < s.size; first += BLOCK) {
            const ptrdiff_t next = s.size - first < BLOCK ? s.size : first + BLOCK;
            const ptrdiff_t whole = next - (next - first) % LANES;
            T_ARITH part[LANES];
            for (ptrdiff_t lane = 0; lane < LANES; lane++) part[lane] = (T_ARITH)s.start;
            for (ptrdiff_t i = first; i < whole; i += LANES)
                for (ptrdiff_t lane = 0; lane < LANES; lane++) {
                    const T_ARITH v = T_LOAD(line[i + lane]);
                    part[lane] = ADD(part[lane], v);
                }
            for (ptrdiff_t i = whole; i < next; i++) {
                const T_ARITH v = T_LOAD(line[i]);
                part[i - whole] = ADD(part[i - whole], v);
            }
            for (ptrdiff_t step = LANES / 2; step; step /= 2)
                for (ptrdiff_t lane = 0; lane < step; lane++)
                    part[lane] = JOIN(part[lane], part[lane + step]);
            total = JOIN(total, part[0]);
        }
        const T_ARITH v = FINISH(total, s.size);
        y[row] = T_STORE(TIN_ACTIVATE(T_ARITH, v, s));
    }
}
