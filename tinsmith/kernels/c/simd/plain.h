/* plain.h: plain C, right everywhere: compilers lower four lanes to whatever the machine has.
 * Names as in simd.h. */
#ifndef TIN_SIMD_PLAIN_H
#define TIN_SIMD_PLAIN_H

#include "one.h"

#define TIN_LANES 4
#define TIN_FMA_BY_LANE 0
typedef float vf __attribute__((vector_size(16)));
typedef float vf_anywhere __attribute__((vector_size(16), aligned(4), may_alias));
typedef int32_t vi __attribute__((vector_size(16)));
typedef uint32_t vi_unsigned __attribute__((vector_size(16)));
typedef vi vm;

TIN_INLINE vf vf_set1(float s) { return (vf){s, s, s, s}; }
TIN_INLINE vf vf_zero(void) { return vf_set1(0.0f); }
TIN_INLINE vf vf_load(const float *p) { return *(const vf_anywhere *)p; }
TIN_INLINE void vf_store(float *p, vf v) { *(vf_anywhere *)p = v; }
TIN_INLINE vf vf_load_n(const float *p, int n)
{
    return n >= 4 ? vf_load(p)
                  : (vf){n > 0 ? p[0] : 0.0f, n > 1 ? p[1] : 0.0f, n > 2 ? p[2] : 0.0f, 0.0f};
}
TIN_INLINE void vf_store_n(float *p, vf v, int n)
{
    if (n >= 4) {
        vf_store(p, v);
        return;
    }
    if (n > 0) p[0] = v[0];
    if (n > 1) p[1] = v[1];
    if (n > 2) p[2] = v[2];
}
TIN_INLINE vf vf_add(vf a, vf b) { return a + b; }
TIN_INLINE vf vf_sub(vf a, vf b) { return a - b; }
TIN_INLINE vf vf_mul(vf a, vf b) { return a * b; }
TIN_INLINE vf vf_div(vf a, vf b) { return a / b; }
TIN_INLINE vf vf_fma(vf a, vf b, vf c) { return a * b + c; }
TIN_INLINE vf vf_fnma(vf a, vf b, vf c) { return c - a * b; }
TIN_INLINE vi vf_bits(vf a) { return (vi)a; }
TIN_INLINE vf vi_float(vi a) { return (vf)a; }
TIN_INLINE vi vi_set1(int32_t s) { return (vi){s, s, s, s}; }
TIN_INLINE vi vi_add(vi a, vi b) { return (vi)((vi_unsigned)a + (vi_unsigned)b); }
TIN_INLINE vi vi_sub(vi a, vi b) { return (vi)((vi_unsigned)a - (vi_unsigned)b); }
TIN_INLINE vi vi_and(vi a, vi b) { return a & b; }
TIN_INLINE vi vi_or(vi a, vi b) { return a | b; }
TIN_INLINE vi vi_shl(vi a, int n) { return (vi)((vi_unsigned)a << n); }
TIN_INLINE vi vi_shr(vi a, int n) { return (vi)((vi_unsigned)a >> n); }
TIN_INLINE vm vf_lt(vf a, vf b) { return (vm)(a < b); }
TIN_INLINE vm vf_eq(vf a, vf b) { return (vm)(a == b); }
TIN_INLINE vf vf_select(vm m, vf a, vf b) { return (vf)((m & (vi)a) | (~m & (vi)b)); }
TIN_INLINE vf vf_max(vf a, vf b) { return vf_select(vf_lt(b, a), a, b); }
TIN_INLINE vf vf_min(vf a, vf b) { return vf_select(vf_lt(a, b), a, b); }
TIN_INLINE vf vf_neg(vf a) { return -a; }
TIN_INLINE vf vf_abs(vf a) { return vi_float(vi_and(vf_bits(a), vi_set1(0x7fffffff))); }
TIN_INLINE vf vf_sqrt(vf a)
{
    return (vf){sf_sqrt(a[0]), sf_sqrt(a[1]), sf_sqrt(a[2]), sf_sqrt(a[3])};
}
TIN_INLINE vf vf_zip_lo(vf a, vf b) { return (vf){a[0], b[0], a[1], b[1]}; }
TIN_INLINE vf vf_zip_hi(vf a, vf b) { return (vf){a[2], b[2], a[3], b[3]}; }
TIN_INLINE float vf_reduce_add(vf a) { return (a[0] + a[2]) + (a[1] + a[3]); }
TIN_INLINE float vf_reduce_max(vf a) { return sf_max(sf_max(a[0], a[2]), sf_max(a[1], a[3])); }

#endif
