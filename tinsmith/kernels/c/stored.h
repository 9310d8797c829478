/* clang-format off */
/* stored.h: vectors of float32 that lie in memory as float32, bfloat16 or float16.
 *
 * A kernel whose struct says how an operand is stored finds, loads and stores its elements with
 * these: loads widen, stores round. `stored` is a constant after inlining. Positions count
 * elements.
 *
 *   TIN_F32    4 bytes
 *   TIN_BF16   2 bytes
 *   TIN_F16    2 bytes; only loaded
 */
/* clang-format on */
#ifndef TIN_STORED_H
#define TIN_STORED_H

#include "epilogue.h"

enum { TIN_F32, TIN_BF16, TIN_F16 };

TIN_INLINE int stored_bytes(const int stored) { return stored == TIN_F32 ? 4 : 2; }

TIN_INLINE const void *stored_at(const void *p, const ptrdiff_t i, const int stored)
{
    return (const char *)p + i * stored_bytes(stored);
}

TIN_INLINE void *stored_place(void *p, const ptrdiff_t i, const int stored)
{
    return (char *)p + i * stored_bytes(stored);
}

TIN_INLINE vf stored_load(const void *p, const ptrdiff_t i, const int stored)
{
    if (stored == TIN_BF16) return vf_load_bf16((const uint16_t *)p + i);
    if (stored == TIN_F16) return vf_load_f16((const uint16_t *)p + i);
    return vf_load((const float *)p + i);
}

TIN_INLINE void stored_store(void *p, const ptrdiff_t i, const vf v, const int stored)
{
    if (stored == TIN_BF16)
        vf_store_bf16((uint16_t *)p + i, v);
    else
        vf_store((float *)p + i, v);
}

TIN_INLINE void stored_store_n(void *p, const ptrdiff_t i, const vf v, const int n,
                               const int stored)
{
    if (stored == TIN_BF16)
        vf_store_bf16_n((uint16_t *)p + i, v, n);
    else
        vf_store_n((float *)p + i, v, n);
}

/* Completes `count` vectors, *_step elements apart, already through vf_finish_tile(). What a costly
 * activation reads of bfloat16 was rounded once already. */
TIN_INLINE void finish_row(void *y, const ptrdiff_t y_step, const void *r, const ptrdiff_t r_step,
                           const int count, const int residual, const int act, const float alpha,
                           const float beta, const int stored)
{
    if (!act_is_costly(act)) return;
    TIN_NO_UNROLL
    for (int i = 0; i < count; i++) {
        const vf v = vf_activate(stored_load(y, i * y_step, stored), act, alpha, beta);
        stored_store(
            y, i * y_step,
            residual == TIN_RES_AFTER ? vf_add(v, stored_load(r, i * r_step, stored)) : v, stored);
    }
}

#endif
