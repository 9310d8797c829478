/* sse2.h: SSE2, which every x86-64 has: 4 lanes. Names as in simd.h. */
#ifndef TIN_SIMD_SSE2_H
#define TIN_SIMD_SSE2_H

#include "../task.h"

#include <emmintrin.h>
#define TIN_LANES 4
#define TIN_FMA_BY_LANE 0
typedef __m128 vf;
typedef __m128i vi;
typedef __m128 vm;

TIN_INLINE vf vf_zero(void) { return _mm_setzero_ps(); }
TIN_INLINE vf vf_set1(float s) { return _mm_set1_ps(s); }
TIN_INLINE vf vf_load(const float *p) { return _mm_loadu_ps(p); }
TIN_INLINE void vf_store(float *p, vf v) { _mm_storeu_ps(p, v); }
TIN_INLINE vf vf_load_n(const float *p, int n)
{
    return n >= 4
               ? _mm_loadu_ps(p)
               : _mm_setr_ps(n > 0 ? p[0] : 0.0f, n > 1 ? p[1] : 0.0f, n > 2 ? p[2] : 0.0f, 0.0f);
}
TIN_INLINE void vf_store_n(float *p, vf v, int n)
{
    if (n >= 4) {
        _mm_storeu_ps(p, v);
        return;
    }
    if (n > 0) p[0] = _mm_cvtss_f32(v);
    if (n > 1) p[1] = _mm_cvtss_f32(_mm_shuffle_ps(v, v, 1));
    if (n > 2) p[2] = _mm_cvtss_f32(_mm_shuffle_ps(v, v, 2));
}
TIN_INLINE vf vf_add(vf a, vf b) { return _mm_add_ps(a, b); }
TIN_INLINE vf vf_sub(vf a, vf b) { return _mm_sub_ps(a, b); }
TIN_INLINE vf vf_mul(vf a, vf b) { return _mm_mul_ps(a, b); }
TIN_INLINE vf vf_div(vf a, vf b) { return _mm_div_ps(a, b); }
TIN_INLINE vf vf_fma(vf a, vf b, vf c) { return _mm_add_ps(_mm_mul_ps(a, b), c); }
TIN_INLINE vf vf_fnma(vf a, vf b, vf c) { return _mm_sub_ps(c, _mm_mul_ps(a, b)); }
TIN_INLINE vf vf_max(vf a, vf b) { return _mm_max_ps(a, b); }
TIN_INLINE vf vf_min(vf a, vf b) { return _mm_min_ps(a, b); }
TIN_INLINE vf vf_sqrt(vf a) { return _mm_sqrt_ps(a); }
TIN_INLINE vf vf_neg(vf a) { return _mm_xor_ps(a, _mm_set1_ps(-0.0f)); }
TIN_INLINE vf vf_abs(vf a) { return _mm_andnot_ps(_mm_set1_ps(-0.0f), a); }
TIN_INLINE vm vf_lt(vf a, vf b) { return _mm_cmplt_ps(a, b); }
TIN_INLINE vm vf_eq(vf a, vf b) { return _mm_cmpeq_ps(a, b); }
TIN_INLINE vf vf_select(vm m, vf a, vf b)
{
    return _mm_or_ps(_mm_and_ps(m, a), _mm_andnot_ps(m, b));
}
TIN_INLINE vi vf_bits(vf a) { return _mm_castps_si128(a); }
TIN_INLINE vf vi_float(vi a) { return _mm_castsi128_ps(a); }
TIN_INLINE vi vi_set1(int32_t s) { return _mm_set1_epi32(s); }
TIN_INLINE vi vi_add(vi a, vi b) { return _mm_add_epi32(a, b); }
TIN_INLINE vi vi_sub(vi a, vi b) { return _mm_sub_epi32(a, b); }
TIN_INLINE vi vi_and(vi a, vi b) { return _mm_and_si128(a, b); }
TIN_INLINE vi vi_or(vi a, vi b) { return _mm_or_si128(a, b); }
#define vi_shl(a, n) _mm_slli_epi32((a), (n))
#define vi_shr(a, n) _mm_srli_epi32((a), (n))
TIN_INLINE vf vf_zip_lo(vf a, vf b) { return _mm_unpacklo_ps(a, b); }
TIN_INLINE vf vf_zip_hi(vf a, vf b) { return _mm_unpackhi_ps(a, b); }
TIN_INLINE float vf_reduce_add(vf a)
{
    vf t = _mm_add_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_add_ss(t, _mm_shuffle_ps(t, t, 1)));
}
TIN_INLINE float vf_reduce_max(vf a)
{
    vf t = _mm_max_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_max_ss(t, _mm_shuffle_ps(t, t, 1)));
}

#endif
