/* avx512.h: AVX-512 (F and DQ): 16 lanes. Names as in simd.h. */
#ifndef TIN_SIMD_AVX512_H
#define TIN_SIMD_AVX512_H

#include "../task.h"

#include <immintrin.h>
#define TIN_LANES 16
#define TIN_FMA_BY_LANE 0
typedef __m512 vf;
typedef __m512i vi;
typedef __mmask16 vm;

TIN_INLINE vf vf_zero(void) { return _mm512_setzero_ps(); }
TIN_INLINE vf vf_set1(float s) { return _mm512_set1_ps(s); }
TIN_INLINE vf vf_load(const float *p) { return _mm512_loadu_ps(p); }
TIN_INLINE void vf_store(float *p, vf v) { _mm512_storeu_ps(p, v); }
TIN_INLINE vf vf_load_n(const float *p, int n)
{
    return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1u), p);
}
TIN_INLINE void vf_store_n(float *p, vf v, int n)
{
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1u), v);
}
TIN_INLINE vf vf_add(vf a, vf b) { return _mm512_add_ps(a, b); }
TIN_INLINE vf vf_sub(vf a, vf b) { return _mm512_sub_ps(a, b); }
TIN_INLINE vf vf_mul(vf a, vf b) { return _mm512_mul_ps(a, b); }
TIN_INLINE vf vf_div(vf a, vf b) { return _mm512_div_ps(a, b); }
TIN_INLINE vf vf_fma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
TIN_INLINE vf vf_fnma(vf a, vf b, vf c) { return _mm512_fnmadd_ps(a, b, c); }
TIN_INLINE vf vf_max(vf a, vf b) { return _mm512_max_ps(a, b); }
TIN_INLINE vf vf_min(vf a, vf b) { return _mm512_min_ps(a, b); }
TIN_INLINE vf vf_sqrt(vf a) { return _mm512_sqrt_ps(a); }
TIN_INLINE vf vf_neg(vf a) { return _mm512_xor_ps(a, _mm512_set1_ps(-0.0f)); }
TIN_INLINE vf vf_abs(vf a) { return _mm512_andnot_ps(_mm512_set1_ps(-0.0f), a); }
TIN_INLINE vm vf_lt(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
TIN_INLINE vm vf_eq(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
TIN_INLINE vf vf_select(vm m, vf a, vf b) { return _mm512_mask_blend_ps(m, b, a); }
TIN_INLINE vi vf_bits(vf a) { return _mm512_castps_si512(a); }
TIN_INLINE vf vi_float(vi a) { return _mm512_castsi512_ps(a); }
TIN_INLINE vi vi_set1(int32_t s) { return _mm512_set1_epi32(s); }
TIN_INLINE vi vi_add(vi a, vi b) { return _mm512_add_epi32(a, b); }
TIN_INLINE vi vi_sub(vi a, vi b) { return _mm512_sub_epi32(a, b); }
TIN_INLINE vi vi_and(vi a, vi b) { return _mm512_and_si512(a, b); }
TIN_INLINE vi vi_or(vi a, vi b) { return _mm512_or_si512(a, b); }
#define vi_shl(a, n) _mm512_slli_epi32((a), (n))
#define vi_shr(a, n) _mm512_srli_epi32((a), (n))
TIN_INLINE vf vf_zip_lo(vf a, vf b)
{
    return _mm512_permutex2var_ps(
        a, _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23), b);
}
TIN_INLINE vf vf_zip_hi(vf a, vf b)
{
    return _mm512_permutex2var_ps(
        a, _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), b);
}
#define TIN_HAS_PAIRS 1
TIN_INLINE vf vf_set2(const float *p)
{
    double pair;
    __builtin_memcpy(&pair, p, sizeof pair);
    return _mm512_castpd_ps(_mm512_set1_pd(pair));
}
TIN_INLINE vf vf_add_pairs(vf a, vf b)
{
    const __m512i even =
        _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const __m512i odd = _mm512_add_epi32(even, _mm512_set1_epi32(1));
    return _mm512_add_ps(_mm512_permutex2var_ps(a, even, b), _mm512_permutex2var_ps(a, odd, b));
}
TIN_INLINE float vf_reduce_add(vf a) { return _mm512_reduce_add_ps(a); }
TIN_INLINE float vf_reduce_max(vf a) { return _mm512_reduce_max_ps(a); }
#define TIN_WIDENS_HALVES 1
TIN_INLINE vf vf_load_bf16(const uint16_t *p)
{
    const __m256i v = _mm256_loadu_si256((const __m256i *)p);
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(v), 16));
}
TIN_INLINE vf vf_load_f16(const uint16_t *p)
{
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
}
TIN_INLINE void vi_store_low_halves(uint16_t *p, vi v)
{
    _mm256_storeu_si256((__m256i *)p, _mm512_cvtepi32_epi16(v));
}
#if defined(__AVX512BF16__)
#define TIN_HAS_BF16 1
TIN_INLINE void vf_store_bf16(uint16_t *p, vf v)
{
    _mm256_storeu_si256((__m256i *)p, (__m256i)_mm512_cvtneps_pbh(v));
}
TIN_INLINE vf vf_dot_bf16(vi a, vi b, vf c)
{
    return _mm512_dpbf16_ps(c, (__m512bh)a, (__m512bh)b);
}
#endif

#endif
