/* What the kernels declare of <math.h>. Compiler runtimes and newlib provide most of it; whatever a
 * network does not call need not be there. */
#ifndef TIN_MATH_H
#define TIN_MATH_H
#define INFINITY (__builtin_inff())
#define NAN (__builtin_nanf(""))
#define HUGE_VALF (__builtin_huge_valf())
#define isnan(x) __builtin_isnan(x)
#define isinf(x) __builtin_isinf(x)
#define isfinite(x) __builtin_isfinite(x)
#define signbit(x) __builtin_signbit(x)
float sqrtf(float), expf(float), exp2f(float), logf(float), log2f(float), log10f(float);
float expm1f(float), log1pf(float), sinf(float), cosf(float), tanf(float), asinf(float), acosf(float), atanf(float);
float sinhf(float), coshf(float), tanhf(float), asinhf(float), acoshf(float), atanhf(float), erff(float);
float fabsf(float), floorf(float), ceilf(float), truncf(float), roundf(float), rintf(float), nearbyintf(float);
float fmodf(float, float), fmaf(float, float, float), fmaxf(float, float), fminf(float, float), powf(float, float);
float copysignf(float, float), atan2f(float, float);
double sqrt(double), exp(double), exp2(double), log(double), log2(double), log10(double);
double expm1(double), log1p(double), sin(double), cos(double), tan(double), asin(double), acos(double), atan(double);
double sinh(double), cosh(double), tanh(double), asinh(double), acosh(double), atanh(double), erf(double);
double fabs(double), floor(double), ceil(double), trunc(double), round(double), rint(double), nearbyint(double);
double fmod(double, double), fma(double, double, double), fmax(double, double), fmin(double, double);
double pow(double, double), copysign(double, double), atan2(double, double);
#endif
