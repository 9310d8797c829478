/* Det: determinants of matrices by elimination with row pivots, in double.
 * Template: T, T_LOAD, T_STORE as in plain.py. */
#ifndef TIN_DET_H
#define TIN_DET_H
#include "../c/scalar.h"
struct det {
    ptrdiff_t matrices, n;
    ptrdiff_t chunks;
};

/* The determinant of the n x n matrix a, which is destroyed. */
TIN_INLINE double tin_det(double *restrict a, ptrdiff_t n)
{
    double det = 1;
    for (ptrdiff_t k = 0; k < n; k++) {
        ptrdiff_t pivot = k;
        for (ptrdiff_t i = k + 1; i < n; i++)
            if (fabs(a[i * n + k]) > fabs(a[pivot * n + k])) pivot = i;
        if (a[pivot * n + k] == 0) return 0;
        if (pivot != k) {
            det = -det;
            for (ptrdiff_t j = k; j < n; j++) {
                const double moved = a[k * n + j];
                a[k * n + j] = a[pivot * n + j];
                a[pivot * n + j] = moved;
            }
        }
        det *= a[k * n + k];
        for (ptrdiff_t i = k + 1; i < n; i++) {
            const double factor = a[i * n + k] / a[k * n + k];
            for (ptrdiff_t j = k + 1; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
        }
    }
    return det;
}
#endif

TIN_INLINE void KERNEL(const T *restrict x, T *restrict y, void *restrict scratch,
                       const struct det s, ptrdiff_t begin, ptrdiff_t end)
{
    double *restrict a = scratch;
    const ptrdiff_t last = tin_chunk(s.matrices, s.chunks, end);
    for (ptrdiff_t m = tin_chunk(s.matrices, s.chunks, begin); m < last; m++) {
        for (ptrdiff_t i = 0; i < s.n * s.n; i++) a[i] = T_LOAD(x[m * s.n * s.n + i]);
        y[m] = T_STORE((T_ARITH)tin_det(a, s.n));
    }
}
