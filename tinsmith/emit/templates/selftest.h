/* Compares what the network gives with golden vectors. Needs no C library. */
#ifndef TIN_SELFTEST_H
#define TIN_SELFTEST_H
#include <stddef.h>
#include <stdint.h>

enum tin_kind { TIN_FLOAT32, TIN_FLOAT64, TIN_FLOAT16, TIN_BFLOAT16, TIN_SIGNED, TIN_UNSIGNED };

/* How far two tensors are apart. Floating point: the largest and the mean difference as shares of
 * the largest magnitude that is wanted. Integers and bool: the largest difference, and the share
 * of elements that differ. */
struct tin_distance {
    double largest, mean;
};

#define TIN_UNLIKE 1e300   /* a NaN or an infinity where the other has none */
#define TIN_UNCHECKED 1e30 /* allowed where rounding alone decides the output */

/* An input or output: its size, that of an element, and how far it may be off. */
struct tin_port {
    const char *name;
    size_t bytes;
    enum tin_kind kind;
    size_t each;
    struct tin_distance allowed;
};

/* A comparison: the distance, and the element that is farthest off. */
struct tin_found {
    struct tin_distance distance;
    size_t at;
    double got, want;
    int ok;
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

/* The bits of element i, which lie with the lowest byte first. */
static inline uint64_t tin_bits(const unsigned char *data, size_t each, size_t i)
{
    uint64_t bits = 0;
    for (size_t k = 0; k < each; k++)
        bits |= (uint64_t)data[each * i + k] << 8 * k;
    return bits;
}

/* Element i of a tensor. */
static inline double tin_value(const unsigned char *data, struct tin_port port, size_t i)
{
    union {
        uint64_t bits;
        double value;
    } wide;
    wide.bits = tin_bits(data, port.each, i);
    switch (port.kind) {
    case TIN_FLOAT64:
        return wide.value;
    case TIN_FLOAT32:
        return (double)tin_float_of_bits((uint32_t)wide.bits);
    case TIN_FLOAT16:
        return (double)tin_float_of_half((uint32_t)wide.bits);
    case TIN_BFLOAT16:
        return (double)tin_float_of_bits((uint32_t)wide.bits << 16);
    case TIN_SIGNED:
        if (wide.bits >> (8 * port.each - 1))
            return -(double)((~wide.bits & ~(uint64_t)0 >> (64 - 8 * port.each)) + 1);
        break;
    case TIN_UNSIGNED:
        break;
    }
    return (double)wide.bits;
}

/* How far two numbers are apart; at least 1 for integers that differ. */
static inline double tin_apart(const unsigned char *got, const unsigned char *want,
                               struct tin_port port, size_t i)
{
    const double a = tin_value(got, port, i), b = tin_value(want, port, i);
    if (port.kind == TIN_SIGNED || port.kind == TIN_UNSIGNED) {
        if (tin_bits(got, port.each, i) == tin_bits(want, port.each, i))
            return 0;
        return a == b ? 1 : a > b ? a - b : b - a;
    }
    if (a == b || (a != a && b != b)) /* the same, infinities too, or both not a number */
        return 0;
    return a > b ? a - b : b - a;
}

static inline struct tin_found tin_compare(const void *got, const void *want, struct tin_port port)
{
    const int exact = port.kind == TIN_SIGNED || port.kind == TIN_UNSIGNED;
    const size_t count = port.bytes / port.each;
    double scale = 1e-30, sum = 0;
    struct tin_found found = {{0, 0}, 0, 0, 0, 0};
    for (size_t i = 0; i < count; i++) {
        const double apart = tin_apart(got, want, port, i), value = tin_value(want, port, i);
        const double size = value < 0 ? -value : value;
        if (size > scale && size < TIN_UNLIKE)
            scale = size;
        sum += exact ? apart > 0 : apart;
        if (i && apart <= found.distance.largest)
            continue;
        found.distance.largest = apart;
        found.at = i;
        found.got = tin_value(got, port, i);
        found.want = value;
        if (!(apart < TIN_UNLIKE))
            break;
    }
    if (!(found.distance.largest < TIN_UNLIKE)) {
        found.distance.largest = found.distance.mean = TIN_UNLIKE;
    } else if (count) {
        found.distance.largest /= exact ? 1 : scale;
        found.distance.mean = sum / (double)count / (exact ? 1 : scale);
    }
    found.ok = port.allowed.largest >= TIN_UNCHECKED ||
               (found.distance.largest <= port.allowed.largest &&
                found.distance.mean <= port.allowed.mean);
    return found;
}
#endif
