/* avx2.h: AVX2 and FMA: 8 lanes. Names as in simd.h. */
#ifndef TIN_SIMD_AVX2_H
#define TIN_SIMD_AVX2_H

#include "../task.h"

#include <immintrin.h>
#define TIN_LANES 8
#define TIN_FMA_BY_LANE 0
typedef __m256 vf;
typedef __m256i vi;
typedef __m256 vm;

TIN_INLINE vi vi_first_n(int n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
TIN_INLINE vf vf_zero(void) { return _mm256_setzero_ps(); }
TIN_INLINE vf vf_set1(float s) { return _mm256_set1_ps(s); }
TIN_INLINE vf vf_load(const float *p) { return _mm256_loadu_ps(p); }
TIN_INLINE void vf_store(float *p, vf v) { _mm256_storeu_ps(p, v); }
TIN_INLINE vf vf_load_n(const float *p, int n) { return _mm256_maskload_ps(p, vi_first_n(n)); }
TIN_INLINE void vf_store_n(float *p, vf v, int n) { _mm256_maskstore_ps(p, vi_first_n(n), v); }
TIN_INLINE vf vf_add(vf a, vf b) { return _mm256_add_ps(a, b); }
TIN_INLINE vf vf_sub(vf a, vf b) { return _mm256_sub_ps(a, b); }
TIN_INLINE vf vf_mul(vf a, vf b) { return _mm256_mul_ps(a, b); }
TIN_INLINE vf vf_div(vf a, vf b) { return _mm256_div_ps(a, b); }
TIN_INLINE vf vf_fma(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
TIN_INLINE vf vf_fnma(vf a, vf b, vf c) { return _mm256_fnmadd_ps(a, b, c); }
TIN_INLINE vf vf_max(vf a, vf b) { return _mm256_max_ps(a, b); }
TIN_INLINE vf vf_min(vf a, vf b) { return _mm256_min_ps(a, b); }
TIN_INLINE vf vf_sqrt(vf a) { return _mm256_sqrt_ps(a); }
TIN_INLINE vf vf_neg(vf a) { return _mm256_xor_ps(a, _mm256_set1_ps(-0.0f)); }
TIN_INLINE vf vf_abs(vf a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
TIN_INLINE vm vf_lt(vf a, vf b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
TIN_INLINE vm vf_eq(vf a, vf b) { return _mm256_cmp_ps(a, b, _CMP_EQ_OQ); }
TIN_INLINE vf vf_select(vm m, vf a, vf b) { return _mm256_blendv_ps(b, a, m); }
TIN_INLINE vi vf_bits(vf a) { return _mm256_castps_si256(a); }
TIN_INLINE vf vi_float(vi a) { return _mm256_castsi256_ps(a); }
TIN_INLINE vi vi_set1(int32_t s) { return _mm256_set1_epi32(s); }
TIN_INLINE vi vi_add(vi a, vi b) { return _mm256_add_epi32(a, b); }
TIN_INLINE vi vi_sub(vi a, vi b) { return _mm256_sub_epi32(a, b); }
TIN_INLINE vi vi_and(vi a, vi b) { return _mm256_and_si256(a, b); }
TIN_INLINE vi vi_or(vi a, vi b) { return _mm256_or_si256(a, b); }
#define vi_shl(a, n) _mm256_slli_epi32((a), (n))
#define vi_shr(a, n) _mm256_srli_epi32((a), (n))
TIN_INLINE vf vf_zip_lo(vf a, vf b)
{
    return _mm256_permute2f128_ps(_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b), 0x20);
}
TIN_INLINE vf vf_zip_hi(vf a, vf b)
{
    return _mm256_permute2f128_ps(_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b), 0x31);
}
#define TIN_HAS_PAIRS 1
TIN_INLINE vf vf_set2(const float *p)
{
    double pair;
    __builtin_memcpy(&pair, p, sizeof pair);
    return _mm256_castpd_ps(_mm256_set1_pd(pair));
}
TIN_INLINE vf vf_add_pairs(vf a, vf b)
{
    const __m256d sums = _mm256_castps_pd(_mm256_hadd_ps(a, b)); /* a01 b01 a45 b45, in pairs */
    return _mm256_castpd_ps(_mm256_permute4x64_pd(sums, 0xd8));
}
#if defined(__F16C__)
#define TIN_WIDENS_HALVES 1
TIN_INLINE vf vf_load_bf16(const uint16_t *p)
{
    const __m128i v = _mm_loadu_si128((const __m128i *)p);
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(v), 16));
}
TIN_INLINE vf vf_load_f16(const uint16_t *p)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
}
TIN_INLINE void vi_store_low_halves(uint16_t *p, vi v)
{
    const __m256i low = _mm256_and_si256(v, _mm256_set1_epi32(0xffff));
    const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(low, low), 0x08);
    _mm_storeu_si128((__m128i *)p, _mm256_castsi256_si128(packed));
}
#endif
TIN_INLINE float vf_reduce_add(vf a)
{
    __m128 t = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    t = _mm_add_ps(t, _mm_movehl_ps(t, t));
    return _mm_cvtss_f32(_mm_add_ss(t, _mm_shuffle_ps(t, t, 1)));
}
TIN_INLINE float vf_reduce_max(vf a)
{
    __m128 t = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    t = _mm_max_ps(t, _mm_movehl_ps(t, t));
    return _mm_cvtss_f32(_mm_max_ss(t, _mm_shuffle_ps(t, t, 1)));
}

#endif
