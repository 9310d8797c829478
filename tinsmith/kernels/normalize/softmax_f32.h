/* clang-format off */
/* softmax_f32.h: softmax or log-softmax of float32 over the middle axis of a dense [outer, n,
 * inner] tensor. y may be x.
 *
 *   m = max x, e = exp(x - m): y = e / sum e; log: y = (x - m) - log(sum e)
 *
 * inner == 1: along the row, vectors and a tail. Otherwise TIN_LANES neighbouring columns at a
 * time.
 * Chunks: inner == 1: outer. Otherwise outer x ceil(inner / band), band columns each, the band
 * running fastest (band: a multiple of L, any value when inner == 1).
 */
/* clang-format on */
#ifndef TIN_SOFTMAX_F32_H
#define TIN_SOFTMAX_F32_H

#include "../c/vmath.h"

enum { TIN_SOFTMAX_STEPS = 256 }; /* terms until sums are joined, which keeps long ones exact */

struct softmax_f32 {
    int outer, n, inner, band;
    int logarithm;
};

TIN_INLINE void softmax_along(const float *x, float *y, const struct softmax_f32 s)
{
    const int whole = s.n / TIN_LANES * TIN_LANES, tail = s.n % TIN_LANES;
    float largest = -__builtin_inff();
    vf m = vf_set1(-__builtin_inff());
    for (int i = 0; i < whole; i += TIN_LANES) m = vf_max(m, vf_load(x + i));
    if (whole) largest = vf_reduce_max(m);
    for (int i = whole; i < s.n; i++) largest = sf_max(x[i], largest);
    const vf top = vf_set1(largest);
    vf sum = vf_zero();
    float rest = 0.0f;
    for (int first = 0; first < whole; first += TIN_SOFTMAX_STEPS * TIN_LANES) {
        const int left = whole - first, most = TIN_SOFTMAX_STEPS * TIN_LANES;
        vf part = vf_zero();
        for (int i = first; i < first + (left < most ? left : most); i += TIN_LANES) {
            const vf d = vf_sub(vf_load(x + i), top), e = vf_exp(d);
            part = vf_add(part, e);
            vf_store(y + i, s.logarithm ? d : e);
        }
        sum = vf_add(sum, part);
    }
    for (int i = whole; i < s.n; i++) {
        const float d = x[i] - largest, e = tin_expf(d);
        rest += e;
        y[i] = s.logarithm ? d : e;
    }
    if (whole) rest += vf_reduce_add(sum);
    const float factor = s.logarithm ? tin_logf(rest) : 1.0f / rest;
    for (int i = 0; i < whole; i += TIN_LANES) {
        const vf v = vf_load(y + i);
        vf_store(y + i, s.logarithm ? vf_sub(v, vf_set1(factor)) : vf_mul(v, vf_set1(factor)));
    }
    if (tail)
        for (int i = whole; i < s.n; i++) y[i] = s.logarithm ? y[i] - factor : y[i] * factor;
}

/* `live` columns side by side. */
TIN_INLINE void softmax_across(const float *x, float *y, const struct softmax_f32 s, const int live)
{
    vf m = vf_set1(-__builtin_inff()), sum = vf_zero();
    for (int i = 0; i < s.n; i++) m = vf_max(m, vf_load_n(x + (ptrdiff_t)i * s.inner, live));
    for (int first = 0; first < s.n; first += TIN_SOFTMAX_STEPS) {
        const int left = s.n - first;
        vf part = vf_zero();
        for (int i = first; i < first + (left < TIN_SOFTMAX_STEPS ? left : TIN_SOFTMAX_STEPS); i++) {
            const vf d = vf_sub(vf_load_n(x + (ptrdiff_t)i * s.inner, live), m), e = vf_exp(d);
            part = vf_add(part, e);
            vf_store_n(y + (ptrdiff_t)i * s.inner, s.logarithm ? d : e, live);
        }
        sum = vf_add(sum, part);
    }
    const vf factor = s.logarithm ? vf_log(sum) : vf_div(vf_set1(1.0f), sum);
    for (int i = 0; i < s.n; i++) {
        const vf v = vf_load_n(y + (ptrdiff_t)i * s.inner, live);
        vf_store_n(y + (ptrdiff_t)i * s.inner, s.logarithm ? vf_sub(v, factor) : vf_mul(v, factor),
                   live);
    }
}

TIN_INLINE void softmax_f32(const float *x, float *y, const struct softmax_f32 s, ptrdiff_t begin,
                            ptrdiff_t end)
{
    if (s.inner == 1) {
        for (ptrdiff_t chunk = begin; chunk < end; chunk++)
            softmax_along(x + chunk * s.n, y + chunk * s.n, s);
        return;
    }
    const int bands = (s.inner + s.band - 1) / s.band;
    for (ptrdiff_t chunk = begin; chunk < end; chunk++) {
        const int from = (int)(chunk % bands) * s.band,
                  to = from + s.band < s.inner ? from + s.band : s.inner;
        const ptrdiff_t base = chunk / bands * s.n * s.inner;
        int j = from;
        for (; j + TIN_LANES <= to; j += TIN_LANES)
            softmax_across(x + base + j, y + base + j, s, TIN_LANES);
        if (j < to) softmax_across(x + base + j, y + base + j, s, to - j);
    }
}

#endif
