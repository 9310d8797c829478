/* simd.h: the one file that knows an instruction set.
 *
 * Everything else in this folder is written with the names below; a port to a new machine is one
 * more section here.
 *
 *   TIN_LANES                  float lanes of a vector: 16 (AVX-512), 8 (AVX2 + FMA), 4 (SSE,
 *   NEON, plain C)
 *   TIN_FMA_BY_LANE            1 where a fused multiply-add can take one operand from a lane of a
 *   register (NEON)
 *   vf, vi, vm                 vectors of float, of int32, of truth values (whatever a comparison
 *   gives)
 *
 *   vf_zero() vf_set1(s) vf_load(p) vf_store(p, v)            any alignment
 *   vf_load_n(p, n) vf_store_n(p, v, n)                       the first n of TIN_LANES floats;
 *   touches no others; loads fill with 0
 *   vf_add sub mul div (a, b), vf_neg abs sqrt (a)
 *   vf_fma(a, b, c) = a*b + c      vf_fnma(a, b, c) = c - a*b  one rounding or two, as the
 *   machine likes it best
 *   vf_fma_lane(a, b, lane, c) = a * b[lane] + c              lane: a constant after inlining
 *   vf_max(a, b) vf_min(a, b)                                 NaN in b comes through everywhere;
 *   NaN in a is up to the machine
 *   vf_lt(a, b) vf_eq(a, b) -> vm, vf_select(m, a, b) = m ? a : b
 *   vf_reduce_add(a) vf_reduce_max(a) -> float
 *   vf_zip_lo(a, b) vf_zip_hi(a, b)                           lower, upper half of a0 b0 a1 b1 ...
 *   vf_transpose(rows)                                        TIN_LANES vectors of TIN_LANES, in
 *   place
 *   vf_set2(p)                                                p[0] p[1] p[0] p[1] ...
 *   vf_add_pairs(a, b)                                        a0+a1 a2+a3 ... b0+b1 b2+b3 ...
 *   vf_bits(vf) -> vi, vi_float(vi) -> vf                     the same bits under the other type
 *   vi_set1 add sub and or (a, b), vi_shl(a, n) vi_shr(a, n)  n a constant; vi_shr shifts in zeros
 *   vi_load(p)                                                any alignment, any type behind it
 *
 *   TIN_HAS_BF16               1 where vf_dot_bf16 is one instruction (AVX-512 BF16)
 *   vf_load_bf16(p) vf_load_f16(p)                            TIN_LANES halves, widened
 *   vf_store_bf16(p, v)                                       rounded to nearest even
 *   vf_store_bf16_n(p, v, n)                                  the first n of them
 *   vi_pair(p) vi_pair_low(p)                                 two bf16, or one and 0, in every lane
 *   vf_dot_bf16(a, b, c) = c + a0*b0 + a1*b1                  a, b: pairs of bf16 in vi; rounded
 *   once or twice, denormals may count as 0
 *   sf_*                                                      the same names on one float / int32
 *   (vmath.h is written once for both)
 *
 * Chosen by the compiler's own macros; -DTIN_PLAIN_C picks plain C, -DTIN_NO_AVX512 and
 * -DTIN_NO_AVX2 step down on x86.
 * Must not be compiled with -ffast-math: vmath.h rounds by adding and subtracting a large number.
 */
#ifndef TIN_SIMD_H
#define TIN_SIMD_H

#include "task.h"

/* Loops over register tiles must unroll wholly, and loops over input channels must not (gcc loses
 * half its speed there). */
#define TIN_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#pragma clang diagnostic ignored \
    "-Wpass-failed" /* a loop that cannot unroll is slower, not wrong */
#define TIN_UNROLL TIN_PRAGMA(clang loop unroll(full))
#define TIN_NO_UNROLL TIN_PRAGMA(clang loop unroll(disable))
#else
#define TIN_UNROLL TIN_PRAGMA(GCC unroll 64)
#define TIN_NO_UNROLL TIN_PRAGMA(GCC unroll 1)
#endif

/* ---- one float: the same names as the vectors ---- */

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

/* ---- AVX-512 ---- */
#if !defined(TIN_PLAIN_C) && !defined(TIN_NO_AVX512) && defined(__AVX512F__) && \
    defined(__AVX512DQ__)
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

/* ---- AVX2 + FMA ---- */
#elif !defined(TIN_PLAIN_C) && !defined(TIN_NO_AVX2) && defined(__AVX2__) && defined(__FMA__)
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

/* ---- SSE2, which every x86-64 has ---- */
#elif !defined(TIN_PLAIN_C) && defined(__SSE2__)
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

/* ---- NEON, AArch64 and ARMv7 ---- */
#elif !defined(TIN_PLAIN_C) && defined(__ARM_NEON)
#include <arm_neon.h>
#define TIN_LANES 4
#define TIN_FMA_BY_LANE 1
typedef float32x4_t vf;
typedef int32x4_t vi;
typedef uint32x4_t vm;

TIN_INLINE vf vf_zero(void) { return vdupq_n_f32(0.0f); }
TIN_INLINE vf vf_set1(float s) { return vdupq_n_f32(s); }
TIN_INLINE vf vf_load(const float *p) { return vld1q_f32(p); }
TIN_INLINE void vf_store(float *p, vf v) { vst1q_f32(p, v); }
TIN_INLINE vf vf_load_n(const float *p, int n)
{
    vf v = vdupq_n_f32(0.0f);
    if (n >= 4) return vld1q_f32(p);
    if (n > 0) v = vld1q_lane_f32(p, v, 0);
    if (n > 1) v = vld1q_lane_f32(p + 1, v, 1);
    if (n > 2) v = vld1q_lane_f32(p + 2, v, 2);
    return v;
}
TIN_INLINE void vf_store_n(float *p, vf v, int n)
{
    if (n >= 4) {
        vst1q_f32(p, v);
        return;
    }
    if (n > 0) vst1q_lane_f32(p, v, 0);
    if (n > 1) vst1q_lane_f32(p + 1, v, 1);
    if (n > 2) vst1q_lane_f32(p + 2, v, 2);
}
TIN_INLINE vf vf_add(vf a, vf b) { return vaddq_f32(a, b); }
TIN_INLINE vf vf_sub(vf a, vf b) { return vsubq_f32(a, b); }
TIN_INLINE vf vf_mul(vf a, vf b) { return vmulq_f32(a, b); }
TIN_INLINE vf vf_max(vf a, vf b) { return vmaxq_f32(a, b); }
TIN_INLINE vf vf_min(vf a, vf b) { return vminq_f32(a, b); }
TIN_INLINE vf vf_neg(vf a) { return vnegq_f32(a); }
TIN_INLINE vf vf_abs(vf a) { return vabsq_f32(a); }
TIN_INLINE vm vf_lt(vf a, vf b) { return vcltq_f32(a, b); }
TIN_INLINE vm vf_eq(vf a, vf b) { return vceqq_f32(a, b); }
TIN_INLINE vf vf_select(vm m, vf a, vf b) { return vbslq_f32(m, a, b); }
TIN_INLINE vi vf_bits(vf a) { return vreinterpretq_s32_f32(a); }
TIN_INLINE vf vi_float(vi a) { return vreinterpretq_f32_s32(a); }
TIN_INLINE vi vi_set1(int32_t s) { return vdupq_n_s32(s); }
TIN_INLINE vi vi_add(vi a, vi b) { return vaddq_s32(a, b); }
TIN_INLINE vi vi_sub(vi a, vi b) { return vsubq_s32(a, b); }
TIN_INLINE vi vi_and(vi a, vi b) { return vandq_s32(a, b); }
TIN_INLINE vi vi_or(vi a, vi b) { return vorrq_s32(a, b); }
#define vi_shl(a, n) vshlq_n_s32((a), (n))
#define vi_shr(a, n) vreinterpretq_s32_u32(vshrq_n_u32(vreinterpretq_u32_s32(a), (n)))
#if defined(__aarch64__)
TIN_INLINE vf vf_div(vf a, vf b) { return vdivq_f32(a, b); }
TIN_INLINE vf vf_sqrt(vf a) { return vsqrtq_f32(a); }
TIN_INLINE vf vf_fma(vf a, vf b, vf c) { return vfmaq_f32(c, a, b); }
TIN_INLINE vf vf_fnma(vf a, vf b, vf c) { return vfmsq_f32(c, a, b); }
TIN_INLINE vf vf_fma_lane(vf a, vf b, int lane, vf c)
{
    return lane == 0   ? vfmaq_laneq_f32(c, a, b, 0)
           : lane == 1 ? vfmaq_laneq_f32(c, a, b, 1)
           : lane == 2 ? vfmaq_laneq_f32(c, a, b, 2)
                       : vfmaq_laneq_f32(c, a, b, 3);
}
TIN_INLINE vf vf_zip_lo(vf a, vf b) { return vzip1q_f32(a, b); }
TIN_INLINE vf vf_zip_hi(vf a, vf b) { return vzip2q_f32(a, b); }
TIN_INLINE float vf_reduce_add(vf a) { return vaddvq_f32(a); }
TIN_INLINE float vf_reduce_max(vf a) { return vmaxvq_f32(a); }
#define TIN_WIDENS_HALVES 1
TIN_INLINE vf vf_load_bf16(const uint16_t *p)
{
    return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(p), 16));
}
TIN_INLINE vf vf_load_f16(const uint16_t *p)
{
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
}
TIN_INLINE void vi_store_low_halves(uint16_t *p, vi v)
{
    vst1_u16(p, vmovn_u32(vreinterpretq_u32_s32(v)));
}
#else
/* No vector division or square root: element by element keeps them correctly rounded. */
TIN_INLINE vf vf_div(vf a, vf b)
{
    float s[4], t[4];
    vst1q_f32(s, a);
    vst1q_f32(t, b);
    for (int i = 0; i < 4; i++) s[i] = s[i] / t[i];
    return vld1q_f32(s);
}
TIN_INLINE vf vf_sqrt(vf a)
{
    float s[4];
    vst1q_f32(s, a);
    for (int i = 0; i < 4; i++) s[i] = sf_sqrt(s[i]);
    return vld1q_f32(s);
}
TIN_INLINE vf vf_fma(vf a, vf b, vf c) { return vmlaq_f32(c, a, b); }
TIN_INLINE vf vf_fnma(vf a, vf b, vf c) { return vmlsq_f32(c, a, b); }
TIN_INLINE vf vf_fma_lane(vf a, vf b, int lane, vf c)
{
    return lane == 0   ? vmlaq_lane_f32(c, a, vget_low_f32(b), 0)
           : lane == 1 ? vmlaq_lane_f32(c, a, vget_low_f32(b), 1)
           : lane == 2 ? vmlaq_lane_f32(c, a, vget_high_f32(b), 0)
                       : vmlaq_lane_f32(c, a, vget_high_f32(b), 1);
}
TIN_INLINE vf vf_zip_lo(vf a, vf b) { return vzipq_f32(a, b).val[0]; }
TIN_INLINE vf vf_zip_hi(vf a, vf b) { return vzipq_f32(a, b).val[1]; }
TIN_INLINE float vf_reduce_add(vf a)
{
    float32x2_t t = vadd_f32(vget_low_f32(a), vget_high_f32(a));
    return vget_lane_f32(vpadd_f32(t, t), 0);
}
TIN_INLINE float vf_reduce_max(vf a)
{
    float32x2_t t = vmax_f32(vget_low_f32(a), vget_high_f32(a));
    return vget_lane_f32(vpmax_f32(t, t), 0);
}
#endif

/* ---- plain C: right everywhere. Compilers lower these four-lane vectors to whatever the machine
 * has. ------------------------- */
#else
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

/* ---- built from the names above ---- */

#if !defined(TIN_HAS_PAIRS)
TIN_INLINE vf vf_set2(const float *p)
{
    float v[TIN_LANES];
    for (int l = 0; l < TIN_LANES; l++) v[l] = p[l % 2];
    return vf_load(v);
}
TIN_INLINE vf vf_add_pairs(vf a, vf b)
{
    float v[2 * TIN_LANES];
    vf_store(v, a);
    vf_store(v + TIN_LANES, b);
    for (int l = 0; l < TIN_LANES; l++) v[l] = v[2 * l] + v[2 * l + 1];
    return vf_load(v);
}
#endif

TIN_INLINE vi vi_load(const void *p)
{
    vi v;
    __builtin_memcpy(&v, p, sizeof v);
    return v;
}

/* ---- halves: storage and pairs; one by one where no section above widens them ---- */

TIN_INLINE float sf_from_bf16(uint16_t h) { return si_float((int32_t)((uint32_t)h << 16)); }

/* By integers, so that machines that flush denormals to zero keep those of halves. */
TIN_INLINE float sf_from_f16(uint16_t h)
{
    const int32_t exponent = h & 0x7c00, moved = (h & 0x7fff) << 13;
    const float smallest = 6.103515625e-5f; /* 2^-14: a denormal is 2^-14 (1 + mantissa) - 2^-14 */
    const float denormal = si_float(moved + (113 << 23)) - smallest;
    const float finite = exponent == 0 ? denormal : si_float(moved + (112 << 23));
    const float magnitude = exponent == 0x7c00 ? si_float(moved + (224 << 23)) : finite;
    return h & 0x8000 ? -magnitude : magnitude;
}

#if !defined(TIN_WIDENS_HALVES)
TIN_INLINE vf vf_load_bf16(const uint16_t *p)
{
    float v[TIN_LANES];
    for (int l = 0; l < TIN_LANES; l++) v[l] = sf_from_bf16(p[l]);
    return vf_load(v);
}
TIN_INLINE vf vf_load_f16(const uint16_t *p)
{
    float v[TIN_LANES];
    for (int l = 0; l < TIN_LANES; l++) v[l] = sf_from_f16(p[l]);
    return vf_load(v);
}
TIN_INLINE void vi_store_low_halves(uint16_t *p, vi v)
{
    uint32_t all[TIN_LANES];
    __builtin_memcpy(all, &v, sizeof all);
    for (int l = 0; l < TIN_LANES; l++) p[l] = (uint16_t)all[l];
}
#endif

TIN_INLINE vi vi_pair(const uint16_t *p)
{
    int32_t pair;
    __builtin_memcpy(&pair, p, sizeof pair);
    return vi_set1(pair);
}
TIN_INLINE vi vi_pair_low(const uint16_t *p) { return vi_set1(*p); }

#if !defined(TIN_HAS_BF16)
#define TIN_HAS_BF16 0
TIN_INLINE void vf_store_bf16(uint16_t *p, vf v)
{
    const vi bits = vf_bits(v), odd = vi_and(vi_shr(bits, 16), vi_set1(1));
    const vi rounded = vi_add(bits, vi_add(odd, vi_set1(0x7fff)));
    const vi quiet = vi_or(bits, vi_set1(0x400000));
    const vf kept = vf_select(vf_eq(v, v), vi_float(rounded), vi_float(quiet));
    vi_store_low_halves(p, vi_shr(vf_bits(kept), 16));
}
TIN_INLINE vf vf_dot_bf16(vi a, vi b, vf c)
{
    const vi high = vi_set1(-65536);
    const vf sum = vf_fma(vi_float(vi_shl(a, 16)), vi_float(vi_shl(b, 16)), c);
    return vf_fma(vi_float(vi_and(a, high)), vi_float(vi_and(b, high)), sum);
}
#endif

TIN_INLINE void vf_store_bf16_n(uint16_t *p, vf v, int n)
{
    uint16_t all[TIN_LANES];
    vf_store_bf16(all, v);
    for (int l = 0; l < n; l++) p[l] = all[l];
}

/* log2(TIN_LANES) rounds of a perfect shuffle are a transposition. */
TIN_INLINE void vf_transpose(vf *rows)
{
    vf t[TIN_LANES];
    TIN_UNROLL
    for (int span = 1; span < TIN_LANES; span *= 2) {
        TIN_UNROLL
        for (int i = 0; i < TIN_LANES / 2; i++) {
            t[2 * i] = vf_zip_lo(rows[i], rows[i + TIN_LANES / 2]);
            t[2 * i + 1] = vf_zip_hi(rows[i], rows[i + TIN_LANES / 2]);
        }
        TIN_UNROLL
        for (int i = 0; i < TIN_LANES; i++) rows[i] = t[i];
    }
}

#endif
