/* one.h: one float, under the same names as the vectors. */
#ifndef TIN_SIMD_ONE_H
#define TIN_SIMD_ONE_H

#include "../task.h"

typedef union {
    float f;
    int32_t i;
    uint32_t u;
} tin_bits32;

TIN_INLINE float sf_set1(float s) { return s; }
TIN_INLINE float sf_add(float a, float b) { return a + b; }
TIN_INLINE float sf_sub(float a, float b) { return a - b; }
TIN_INLINE float sf_mul(float a, float b) { return a * b; }
TIN_INLINE float sf_div(float a, float b) { return a / b; }
TIN_INLINE float sf_fma(float a, float b, float c) { return a * b + c; }
TIN_INLINE float sf_fnma(float a, float b, float c) { return c - a * b; }
TIN_INLINE float sf_max(float a, float b) { return a > b ? a : b; }
TIN_INLINE float sf_min(float a, float b) { return a < b ? a : b; }
TIN_INLINE int sf_lt(float a, float b) { return a < b; }
TIN_INLINE int sf_eq(float a, float b) { return a == b; }
TIN_INLINE float sf_select(int m, float a, float b) { return m ? a : b; }
TIN_INLINE int32_t sf_bits(float a)
{
    tin_bits32 t;
    t.f = a;
    return t.i;
}
TIN_INLINE float si_float(int32_t a)
{
    tin_bits32 t;
    t.i = a;
    return t.f;
}
TIN_INLINE int32_t si_set1(int32_t a) { return a; }
TIN_INLINE int32_t si_add(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }
TIN_INLINE int32_t si_sub(int32_t a, int32_t b) { return (int32_t)((uint32_t)a - (uint32_t)b); }
TIN_INLINE int32_t si_and(int32_t a, int32_t b) { return (int32_t)((uint32_t)a & (uint32_t)b); }
TIN_INLINE int32_t si_or(int32_t a, int32_t b) { return (int32_t)((uint32_t)a | (uint32_t)b); }
TIN_INLINE int32_t si_shl(int32_t a, int n) { return (int32_t)((uint32_t)a << n); }
TIN_INLINE int32_t si_shr(int32_t a, int n) { return (int32_t)((uint32_t)a >> n); }
TIN_INLINE float sf_neg(float a) { return -a; }
TIN_INLINE float sf_abs(float a) { return si_float(si_and(sf_bits(a), 0x7fffffff)); }

/* Square root without libm: three Newton steps for 1 / sqrt(a), one of Heron's; at most 1 ulp off.
 * Below 2^-126: 0. */
TIN_INLINE float sf_sqrt(float a)
{
    float r = si_float(0x5f3759df - (sf_bits(a) >> 1));
    for (int i = 0; i < 3; i++) r = r * (1.5f - 0.5f * a * r * r);
    const float s = a * r, y = 0.5f * (s + a / s);
    return a < 1.17549435e-38f    ? (a < 0.0f ? __builtin_nanf("") : 0.0f)
           : a < __builtin_inff() ? y
                                  : a;
}

#endif
