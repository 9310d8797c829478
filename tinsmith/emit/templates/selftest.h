/* Compares what the network gives with golden vectors. Needs no C library. */
#ifndef TIN_SELFTEST_H
#define TIN_SELFTEST_H
#include <stddef.h>
#include <stdint.h>

enum tin_kind { TIN_FLOAT32, TIN_FLOAT64, TIN_FLOAT16, TIN_BFLOAT16, TIN_EXACT };

/* An input or output; the allowed error is a share of the largest magnitude, 0 for exact types. */
struct tin_port {
    const char *name;
    size_t bytes;
    enum tin_kind kind;
    double tolerance;
};

static inline float tin_float_of_bits(uint32_t bits)
{
    union {
        uint32_t bits;
        float value;
    } both;
    both.bits = bits;
    return both.value;
}

static inline float tin_float_of_half(uint32_t half)
{
    const uint32_t sign = (half & 0x8000u) << 16, exponent = half >> 10 & 31u, rest = half & 0x3ffu;
    if (exponent == 0)
        return (sign ? -1.0f : 1.0f) * (float)rest / 16777216.0f;
    return tin_float_of_bits(sign | (exponent == 31u ? 255u << 23 : (exponent + 112u) << 23) |
                             rest << 13);
}

/* Element i of a tensor. */
static inline double tin_value(const unsigned char *data, enum tin_kind kind, size_t i)
{
    union {
        unsigned char bytes[8];
        double value;
    } wide;
    uint32_t bits = 0;
    switch (kind) {
    case TIN_FLOAT64:
        for (int k = 0; k < 8; k++)
            wide.bytes[k] = data[8 * i + (size_t)k];
        return wide.value;
    case TIN_FLOAT32:
        for (int k = 0; k < 4; k++)
            bits |= (uint32_t)data[4 * i + (size_t)k] << 8 * k;
        return (double)tin_float_of_bits(bits);
    case TIN_FLOAT16:
    case TIN_BFLOAT16:
        bits = data[2 * i] | (uint32_t)data[2 * i + 1] << 8;
        return (double)(kind == TIN_FLOAT16 ? tin_float_of_half(bits)
                                            : tin_float_of_bits(bits << 16));
    case TIN_EXACT:
        break;
    }
    return data[i];
}

/* The largest difference as a share of the largest magnitude; 1e30 where one is not a number. */
static inline double tin_error(const void *got, const void *want, struct tin_port port)
{
    static const size_t sizes[] = {4, 8, 2, 2, 1};
    double scale = 1e-30, worst = 0;
    for (size_t i = 0; i < port.bytes / sizes[port.kind]; i++) {
        const double a = tin_value(got, port.kind, i), b = tin_value(want, port.kind, i);
        const double apart = a > b ? a - b : b - a, size = b < 0 ? -b : b;
        if (a == b || (a != a && b != b)) /* the same, infinities too, or both not a number */
            ;
        else if (!(apart < 1e30))
            return 1e30;
        else if (apart > worst)
            worst = apart;
        if (size > scale && size < 1e300)
            scale = size;
    }
    return worst / scale;
}
#endif
