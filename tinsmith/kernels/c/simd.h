/* clang-format off */
/* simd.h: vectors of float and int32, under one set of names.
 *
 * Only simd/<isa>.h know an instruction set; everything else is written with the names below, and a
 * port to a new machine is one more file there and two lines here.
 *
 *   TIN_LANES         float lanes of a vector: 16 (AVX-512), 8 (AVX2 + FMA), 4 (SSE, NEON, plain C)
 *   TIN_FMA_BY_LANE   lanes of a vl, from which a fused multiply-add can take an operand; 0: none
 *   vf, vi, vm        vectors of float, of int32, of truth values (whatever a comparison gives)
 *
 *   vf_zero() vf_set1(s) vf_load(p) vf_store(p, v)   any alignment
 *   vf_load_n(p, n) vf_store_n(p, v, n)   the first n of TIN_LANES floats; touches no others;
 *                                         loads fill with 0
 *   vf_add sub mul div (a, b), vf_neg abs sqrt (a)
 *   vf_fma(a, b, c) = a*b + c      vf_fnma(a, b, c) = c - a*b
 *                                         one rounding or two, as the machine likes it best
 *   vl_load(p), vf_fma_lane(a, b, lane, c) = a * b[lane] + c   b: a vl; lane: a constant after
 *                                         inlining
 *   vf_settle(&a)                         where there is a vl: a is computed here, not later
 *   vf_max(a, b) vf_min(a, b)             NaN in b comes through everywhere; NaN in a is up to the
 *                                         machine
 *   vf_lt(a, b) vf_eq(a, b) -> vm, vf_select(m, a, b) = m ? a : b
 *   vf_reduce_add(a) vf_reduce_max(a) -> float
 *   vf_zip_lo(a, b) vf_zip_hi(a, b)       lower, upper half of a0 b0 a1 b1 ...
 *   vf_transpose(rows)                    TIN_LANES vectors of TIN_LANES, in place
 *   vf_set2(p)                            p[0] p[1] p[0] p[1] ...
 *   vf_add_pairs(a, b)                    a0+a1 a2+a3 ... b0+b1 b2+b3 ...
 *   vf_bits(vf) -> vi, vi_float(vi) -> vf the same bits under the other type
 *   vi_set1 add sub and or (a, b), vi_shl(a, n) vi_shr(a, n)   n a constant; vi_shr shifts in zeros
 *   vi_load(p)                            any alignment, any type behind it
 *
 *   TIN_HAS_BF16      1 where vf_dot_bf16 is one instruction (AVX-512 BF16)
 *   vf_load_bf16(p) vf_load_f16(p)        TIN_LANES halves, widened
 *   vf_store_bf16(p, v)                   rounded to nearest even
 *   vf_store_bf16_n(p, v, n)              the first n of them
 *   vi_pair(p) vi_pair_low(p)             two bf16, or one and 0, in every lane
 *   vf_dot_bf16(a, b, c) = c + a0*b0 + a1*b1   a, b: pairs of bf16 in vi; rounded once or twice,
 *                                         denormals may count as 0
 *   sf_*                                  the same names on one float / int32 (vmath.h is written
 *                                         once for both)
 *
 * Chosen by the compiler's own macros; -DTIN_PLAIN_C picks plain C, -DTIN_NO_AVX512 and
 * -DTIN_NO_AVX2 step down on x86.
 * Must not be compiled with -ffast-math: vmath.h rounds by adding and subtracting a large number.
 */
/* clang-format on */
#ifndef TIN_SIMD_H
#define TIN_SIMD_H

#include "simd/one.h"
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

#if !defined(TIN_PLAIN_C) && !defined(TIN_NO_AVX512) && defined(__AVX512F__) && \
    defined(__AVX512DQ__)
#include "simd/avx512.h"
#elif !defined(TIN_PLAIN_C) && !defined(TIN_NO_AVX2) && defined(__AVX2__) && defined(__FMA__)
#include "simd/avx2.h"
#elif !defined(TIN_PLAIN_C) && defined(__SSE2__)
#include "simd/sse2.h"
#elif !defined(TIN_PLAIN_C) && defined(__ARM_NEON)
#include "simd/neon.h"
#else
#include "simd/plain.h"
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
