/* clang-format off */
/* vmath.h: exp, log, tanh, erf, sigmoid and what is made of them, on vectors (vf_exp ...) and on
 * one float (tin_expf ...).
 *
 * One text, vmath_body.h, read twice. No table, no branch: compilers vectorise loops over the
 * scalar forms. NaN gives NaN; infinities and overflow give the limit; results below the smallest
 * normal number may be flushed to it or to zero, and where the machine takes denormal numbers for
 * zero (NEON of ARMv7) the logarithm of one is -inf.
 * Largest error against float64 (relative, unless said otherwise) is measured by the test bench:
 * exp, log 2 ulp; tanh, erf, sigmoid 4e-7.
 */
/* clang-format on */
#ifndef TIN_VMATH_H
#define TIN_VMATH_H

#include "simd.h"

#define TIN_T vf
#define TIN_I vi
#define TIN_F(name) vf_##name
#define TIN_N(name) vi_##name
#include "vmath_body.h"
#undef TIN_T
#undef TIN_I
#undef TIN_F
#undef TIN_N

#define TIN_T float
#define TIN_I int32_t
#define TIN_F(name) sf_##name
#define TIN_N(name) si_##name
#include "vmath_body.h"
#undef TIN_T
#undef TIN_I
#undef TIN_F
#undef TIN_N

TIN_INLINE float tin_expf(float x) { return sf_exp(x); }
TIN_INLINE float tin_logf(float x) { return sf_log(x); }
TIN_INLINE float tin_tanhf(float x) { return sf_tanh(x); }
TIN_INLINE float tin_erff(float x) { return sf_erf(x); }
TIN_INLINE float tin_sigmoidf(float x) { return sf_sigmoid(x); }
TIN_INLINE float tin_softplusf(float x) { return sf_softplus(x); }

#endif
