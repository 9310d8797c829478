/* The part of <math.h> that compiler runtimes provide without a C library. */
#ifndef TIN_MATH_H
#define TIN_MATH_H
#define INFINITY (__builtin_inff())
#define NAN (__builtin_nanf(""))
#define HUGE_VALF (__builtin_huge_valf())
#define isnan(x) __builtin_isnan(x)
#define isinf(x) __builtin_isinf(x)
float sqrtf(float), expf(float), exp2f(float), logf(float), log2f(float), log10f(float);
float sinf(float), cosf(float), tanf(float), fabsf(float), floorf(float), ceilf(float), truncf(float), roundf(float);
float rintf(float), fmodf(float, float), fmaf(float, float, float), fmaxf(float, float), fminf(float, float);
float powf(float, float), tanhf(float), erff(float), nearbyintf(float);
double sqrt(double), exp(double), log(double), fabs(double), floor(double), ceil(double), round(double);
#endif
