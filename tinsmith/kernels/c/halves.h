/* halves.h: vectors of float32 that lie in memory as float32, bfloat16 or float16.
 *
 * A kernel whose struct says how an operand is stored (TIN_F32, TIN_BF16, TIN_F16, constants after
 * inlining) finds, loads and stores its elements with these. Positions count elements.
 */
#ifndef TIN_HALVES_H
#define TIN_HALVES_H

#include "epilogue.h"

enum { TIN_F32, TIN_BF16, TIN_F16 };

TIN_INLINE const void *half_at(const void *p, const ptrdiff_t i, const int stored)
{
    return (const char *)p + i * (stored == TIN_F32 ? 4 : 2);
}

TIN_INLINE void *half_place(void *p, const ptrdiff_t i, const int stored)
{
    return (char *)p + i * (stored == TIN_F32 ? 4 : 2);
}

TIN_INLINE vf half_load(const void *p, const ptrdiff_t i, const int stored)
{
    if (stored == TIN_BF16) return vf_load_bf16((const uint16_t *)p + i);
    if (stored == TIN_F16) return vf_load_f16((const uint16_t *)p + i);
    return vf_load((const float *)p + i);
}

/* stored: TIN_F32 or TIN_BF16. */
TIN_INLINE void half_store(void *p, const ptrdiff_t i, const vf v, const int stored)
{
    if (stored == TIN_BF16)
        vf_store_bf16((uint16_t *)p + i, v);
    else
        vf_store((float *)p + i, v);
}

TIN_INLINE void half_store_n(void *p, const ptrdiff_t i, const vf v, const int n, const int stored)
{
    if (stored == TIN_BF16)
        vf_store_bf16_n((uint16_t *)p + i, v, n);
    else
        vf_store_n((float *)p + i, v, n);
}

/* As finish_row() of epilogue.h, for a row in memory as bf16: what a costly activation reads was
 * rounded once already. */
TIN_INLINE void finish_row_bf16(uint16_t *y, const ptrdiff_t y_step, const uint16_t *r,
                                const ptrdiff_t r_step, const int count, const int residual,
                                const int act, const float alpha, const float beta)
{
    if (!act_is_costly(act)) return;
    TIN_NO_UNROLL
    for (int i = 0; i < count; i++) {
        const vf v = vf_activate(vf_load_bf16(y + i * y_step), act, alpha, beta);
        vf_store_bf16(y + i * y_step,
                      residual == TIN_RES_AFTER ? vf_add(v, vf_load_bf16(r + i * r_step)) : v);
    }
}

#endif
