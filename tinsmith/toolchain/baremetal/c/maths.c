/* Functions of <math.h> that zig's runtime lacks. gcc takes them from its C library's libm. */
#include <math.h>

#ifdef __clang__
#define WEAK __attribute__((weak))

WEAK float rintf(float x) {
    const float magic = 8388608.0f; /* 2^23: adding it leaves no fraction, rounded to even */
    volatile float sum;
    if (!(fabsf(x) < magic)) return x;
    sum = fabsf(x) + magic;
    return __builtin_copysignf(sum - magic, x);
}

WEAK float nearbyintf(float x) { return rintf(x); }

WEAK float powf(float x, float y) {
    float size;
    if (y == 0.0f || x == 1.0f) return 1.0f;
    if (x > 0.0f) return (float)exp((double)y * log((double)x));
    if (x != x || y != y) return x + y;
    if (x == 0.0f) size = y > 0.0f ? 0.0f : INFINITY;
    else if (truncf(y) != y) return NAN;
    else size = (float)exp((double)y * log(-(double)x));
    return fmodf(y, 2.0f) != 0.0f && __builtin_signbit(x) ? -size : size;
}

WEAK float tanhf(float x) {
    double e;
    if (fabsf(x) < 1e-4f) return x;
    if (fabsf(x) > 10.0f) return x > 0.0f ? 1.0f : -1.0f;
    e = exp(2.0 * (double)x);
    return (float)((e - 1.0) / (e + 1.0));
}

/* erf(x) = 2/sqrt(pi) exp(-x^2) sum over n of 2^n x^(2n+1) / (1 3 5 ... (2n+1)); all terms have one sign. */
WEAK float erff(float x) {
    const double square = (double)x * (double)x;
    double term = (double)x, sum = (double)x;
    int n;
    if (x != x) return x;
    if (fabsf(x) > 4.0f) return x > 0.0f ? 1.0f : -1.0f;
    for (n = 1; n < 80 && fabs(term) > 1e-9 * fabs(sum); n++) {
        term *= 2.0 * square / (2 * n + 1);
        sum += term;
    }
    return (float)(1.1283791670955126 * exp(-square) * sum);
}
#endif
