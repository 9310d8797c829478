/* clang-format off */
/* scalar.h: one element at a time: half types, conversions between element types, and the
 * arithmetic of ONNX on each type.
 *
 * Names end in the short type name. Every case is defined: integers wrap, dividing one by zero
 * gives 0, floats out of an integer's range saturate and NaN gives 0. Where it pays there are no
 * branches, so that compilers vectorise loops of these.
 *
 *   tin_f16_to_f32(h) tin_bf16_to_f32(h)   exact
 *   tin_f32_to_f16(f) tin_f32_to_bf16(f)   rounded to nearest even
 *   tin_cast_<f32|f64>_<integer>(x)        truncated, saturated
 *   tin_<op>_<type>(...)                   f32, f64 (scalar_float.h) and all integers
 */
/* clang-format on */
#ifndef TIN_SCALAR_H
#define TIN_SCALAR_H
#include <math.h>
#include "task.h"
#include "vmath.h"

TIN_INLINE uint32_t tin_bits_f32(float x)
{
    union {
        float f;
        uint32_t u;
    } t = {x};
    return t.u;
}

TIN_INLINE float tin_float_u32(uint32_t x)
{
    union {
        uint32_t u;
        float f;
    } t = {x};
    return t.f;
}

TIN_INLINE int tin_isnan_f32(float x) { return x != x; }
TIN_INLINE int tin_isnan_f64(double x) { return x != x; }

/* ---- halves ---- */

TIN_INLINE float tin_f16_to_f32(uint16_t h)
{
    const uint32_t exponent = h & 0x7c00u, moved = (h & 0x7fffu) << 13;
    const uint32_t smallest = 113u << 23; /* 2^-14: a denormal is 2^-14 (1 + mantissa) - 2^-14 */
    const uint32_t denormal =
        tin_bits_f32(tin_float_u32(moved + smallest) - tin_float_u32(smallest));
    const uint32_t finite = exponent == 0 ? denormal : moved + (112u << 23);
    const uint32_t magnitude = exponent == 0x7c00u ? moved + (224u << 23) : finite;
    return tin_float_u32(magnitude | (h & 0x8000u) << 16);
}

TIN_INLINE uint16_t tin_f32_to_f16(float f)
{
    const uint32_t all = tin_bits_f32(f), u = all & 0x7fffffffu;
    const uint32_t half =
        126u << 23; /* adding 1/2 leaves a denormal's bits, rounded, at the bottom */
    const uint32_t denormal =
        tin_bits_f32(tin_float_u32(u < (113u << 23) ? u : 0u) + tin_float_u32(half)) - half;
    const uint32_t normal = (u - (112u << 23) + 0xfffu + (u >> 13 & 1u)) >> 13;
    const uint32_t finite = u < (113u << 23) ? denormal : normal;
    const uint32_t large = u > 0x7f800000u ? 0x7e00u : 0x7c00u;
    return (uint16_t)((u >= (143u << 23) ? large : finite) | (all >> 16 & 0x8000u));
}

TIN_INLINE float tin_bf16_to_f32(uint16_t h) { return tin_float_u32((uint32_t)h << 16); }

TIN_INLINE uint16_t tin_f32_to_bf16(float f)
{
    const uint32_t u = tin_bits_f32(f);
    const uint32_t rounded = (u + 0x7fffu + (u >> 16 & 1u)) >> 16;
    return (uint16_t)(f != f ? (u >> 16 | 0x40u) : rounded);
}

/* ---- floats to integers: `top` is the largest float whose integer part fits ---- */

#define TIN_CAST(from, F, to, T, low, top, max)   \
    TIN_INLINE T tin_cast_##from##_##to(F x)      \
    {                                             \
        F inside = x > (low) ? x : (low);         \
        inside = inside < (top) ? inside : (top); \
        const T y = (T)(x == x ? inside : 0);     \
        return x > (top) ? (T)(max) : y;          \
    }
#define TIN_CASTS(from, F, top32, topu32, top64, topu64)                   \
    TIN_CAST(from, F, i8, int8_t, (F)INT8_MIN, (F)INT8_MAX, INT8_MAX)      \
    TIN_CAST(from, F, i16, int16_t, (F)INT16_MIN, (F)INT16_MAX, INT16_MAX) \
    TIN_CAST(from, F, i32, int32_t, (F)INT32_MIN, top32, INT32_MAX)        \
    TIN_CAST(from, F, i64, int64_t, (F)INT64_MIN, top64, INT64_MAX)        \
    TIN_CAST(from, F, u8, uint8_t, (F)0, (F)UINT8_MAX, UINT8_MAX)          \
    TIN_CAST(from, F, u16, uint16_t, (F)0, (F)UINT16_MAX, UINT16_MAX)      \
    TIN_CAST(from, F, u32, uint32_t, (F)0, topu32, UINT32_MAX)             \
    TIN_CAST(from, F, u64, uint64_t, (F)0, topu64, UINT64_MAX)
TIN_CASTS(f32, float, 2147483520.0f, 4294967040.0f, 9223371487098961920.0f, 18446742974197923840.0f)
TIN_CASTS(f64, double, 2147483647.0, 4294967295.0, 9223372036854774784.0, 18446744073709549568.0)

/* ---- integers: U is an unsigned type in which nothing overflows by promotion ---- */

#define TIN_INTEGER(name, T, U)                                            \
    TIN_INLINE T tin_add_##name(T a, T b) { return (T)((U)a + (U)b); }     \
    TIN_INLINE T tin_sub_##name(T a, T b) { return (T)((U)a - (U)b); }     \
    TIN_INLINE T tin_mul_##name(T a, T b) { return (T)((U)a * (U)b); }     \
    TIN_INLINE T tin_neg_##name(T x) { return (T)(0 - (U)x); }             \
    TIN_INLINE T tin_min_##name(T a, T b) { return a < b ? a : b; }        \
    TIN_INLINE T tin_max_##name(T a, T b) { return a > b ? a : b; }        \
    TIN_INLINE T tin_wrapped_power_##name(T a, uint64_t n)                 \
    {                                                                      \
        U result = 1, factor = (U)a;                                       \
        for (; n; n >>= 1, factor *= factor) result *= n & 1 ? factor : 1; \
        return (T)result;                                                  \
    }

#define TIN_SIGNED(name, T, U)                                                                   \
    TIN_INTEGER(name, T, U)                                                                      \
    TIN_INLINE T tin_div_##name(T a, T b)                                                        \
    {                                                                                            \
        return b == 0 ? 0 : b == -1 ? tin_neg_##name(a) : (T)(a / b);                            \
    }                                                                                            \
    TIN_INLINE T tin_fmod_##name(T a, T b) { return b == 0 || b == -1 ? 0 : (T)(a % b); }        \
    TIN_INLINE T tin_mod_##name(T a, T b)                                                        \
    {                                                                                            \
        const T rest = tin_fmod_##name(a, b);                                                    \
        return rest != 0 && (rest < 0) != (b < 0) ? (T)(rest + b) : rest;                        \
    }                                                                                            \
    TIN_INLINE T tin_abs_##name(T x) { return x < 0 ? tin_neg_##name(x) : x; }                   \
    TIN_INLINE T tin_sign_##name(T x) { return (T)((x > 0) - (x < 0)); }                         \
    TIN_INLINE T tin_relu_##name(T x) { return x > 0 ? x : 0; }                                  \
    TIN_INLINE T tin_prelu_##name(T x, T slope) { return x < 0 ? tin_mul_##name(x, slope) : x; } \
    TIN_INLINE T tin_pow_##name(T a, uint64_t n, int negative)                                   \
    {                                                                                            \
        if (!negative) return tin_wrapped_power_##name(a, n);                                    \
        return a == 1 || a == -1 ? (n & 1 ? a : 1) : 0;                                          \
    }

#define TIN_UNSIGNED(name, T, U)                                                             \
    TIN_INTEGER(name, T, U)                                                                  \
    TIN_INLINE T tin_div_##name(T a, T b) { return b == 0 ? 0 : (T)(a / b); }                \
    TIN_INLINE T tin_fmod_##name(T a, T b) { return b == 0 ? 0 : (T)(a % b); }               \
    TIN_INLINE T tin_mod_##name(T a, T b) { return tin_fmod_##name(a, b); }                  \
    TIN_INLINE T tin_abs_##name(T x) { return x; }                                           \
    TIN_INLINE T tin_sign_##name(T x) { return x != 0; }                                     \
    TIN_INLINE T tin_relu_##name(T x) { return x; }                                          \
    TIN_INLINE T tin_prelu_##name(T x, T slope) { return (void)slope, x; }                   \
    TIN_INLINE T tin_pow_##name(T a, uint64_t n, int negative)                               \
    {                                                                                        \
        return negative ? a == 1 : tin_wrapped_power_##name(a, n);                           \
    }                                                                                        \
    TIN_INLINE T tin_shl_##name(T a, T b) { return b < 8 * sizeof(T) ? (T)((U)a << b) : 0; } \
    TIN_INLINE T tin_shr_##name(T a, T b) { return b < 8 * sizeof(T) ? (T)(a >> b) : 0; }

TIN_SIGNED(i8, int8_t, uint32_t)
TIN_SIGNED(i16, int16_t, uint32_t)
TIN_SIGNED(i32, int32_t, uint32_t)
TIN_SIGNED(i64, int64_t, uint64_t)
TIN_UNSIGNED(u8, uint8_t, uint32_t)
TIN_UNSIGNED(u16, uint16_t, uint32_t)
TIN_UNSIGNED(u32, uint32_t, uint32_t)
TIN_UNSIGNED(u64, uint64_t, uint64_t)

/* ---- floats: scalar_float.h once for each; these are what it starts from ---- */

TIN_INLINE float tin_exp_f32(float x) { return sf_exp(x); }
TIN_INLINE float tin_log_f32(float x) { return sf_log(x); }
TIN_INLINE float tin_tanh_f32(float x) { return sf_tanh(x); }
TIN_INLINE float tin_erf_f32(float x) { return sf_erf(x); }
TIN_INLINE float tin_sigmoid_f32(float x) { return sf_sigmoid(x); }
TIN_INLINE float tin_softplus_f32(float x) { return sf_softplus(x); }
TIN_INLINE float tin_mish_f32(float x) { return sf_mish(x); }
TIN_INLINE float tin_gelu_f32(float x) { return sf_gelu(x); }
TIN_INLINE float tin_gelu_tanh_f32(float x) { return sf_gelu_tanh(x); }
TIN_INLINE float tin_expm1_negative_f32(float x) { return sf_expm1_negative(x); }

TIN_INLINE double tin_exp_f64(double x) { return exp(x); }
TIN_INLINE double tin_log_f64(double x) { return log(x); }
TIN_INLINE double tin_tanh_f64(double x) { return tanh(x); }
TIN_INLINE double tin_erf_f64(double x) { return erf(x); }
TIN_INLINE double tin_sigmoid_f64(double x) { return 1 / (1 + exp(-x)); }
TIN_INLINE double tin_softplus_f64(double x)
{
    return (x > 0 ? x : x != x ? x : 0) + log1p(exp(-fabs(x)));
}
TIN_INLINE double tin_mish_f64(double x) { return x * tanh(tin_softplus_f64(x)); }
TIN_INLINE double tin_gelu_f64(double x) { return 0.5 * x * (1 + erf(x * 0.70710678118654752440)); }
TIN_INLINE double tin_gelu_tanh_f64(double x)
{
    return 0.5 * x * (1 + tanh(0.79788456080286535588 * (x + 0.044715 * x * x * x)));
}
TIN_INLINE double tin_expm1_negative_f64(double x) { return expm1(x); }

/* Machines without a rounding instruction round by adding and subtracting 2^23 or 2^52. */
#if defined(__SSE4_1__) || defined(__aarch64__)
#define TIN_ROUNDS_IN_HARDWARE 1
#else
#define TIN_ROUNDS_IN_HARDWARE 0
#endif

#define TIN_T float
#define TIN_F(name) tin_##name##_f32
#define TIN_LIBM(name) name##f
#define TIN_ALL_INTEGERS 8388608.0f
#include "scalar_float.h"
#undef TIN_T
#undef TIN_F
#undef TIN_LIBM
#undef TIN_ALL_INTEGERS

#define TIN_T double
#define TIN_F(name) tin_##name##_f64
#define TIN_LIBM(name) name
#define TIN_ALL_INTEGERS 4503599627370496.0
#include "scalar_float.h"
#undef TIN_T
#undef TIN_F
#undef TIN_LIBM
#undef TIN_ALL_INTEGERS
#endif
