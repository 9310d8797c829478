/* clang-format off */
/* epilogue.h: what a kernel does to a sum before storing it: residual, then activation (or the
 * other way round).
 *
 * Each kernel's struct holds `act`, `alpha`, `beta` and `residual`; all are constants at the call,
 * so the switch folds away. `act`: TIN_ACT_NONE or one of activations.h.
 *
 *   residual         (r is read only where there is one; else it may be NULL)
 *   TIN_RES_NONE     f(v)
 *   TIN_RES_BEFORE   f(v + r)
 *   TIN_RES_AFTER    f(v) + r       with a costly activation r must not be y
 *
 * Two steps, so that register tiles stay small in code: vf_finish_tile() does all of it where the
 * activation is cheap, and only adds a residual of TIN_RES_BEFORE where it is costly (it takes exp
 * or tanh); then finish_row() of stored.h, or finish_floats(), completes the stored row, still in
 * L1.
 */
/* clang-format on */
#ifndef TIN_EPILOGUE_H
#define TIN_EPILOGUE_H

#include "activations.h"
#include "vmath.h"

enum { TIN_RES_NONE, TIN_RES_BEFORE, TIN_RES_AFTER };

#define TIN_T vf
#define TIN_F(name) vf_##name
#include "epilogue_body.h"
#undef TIN_T
#undef TIN_F

#define TIN_T float
#define TIN_F(name) sf_##name
#include "epilogue_body.h"
#undef TIN_T
#undef TIN_F

/* Is the activation left to finish_row()? */
TIN_INLINE int act_is_costly(const int act)
{
    switch (act) {
        TIN_COSTLY_ACTIVATIONS(TIN_CASE_TRUE)
    default:
        return 0;
    }
}

/* For the registers of a tile. r is read only where residual says so. */
TIN_INLINE vf vf_finish_tile(vf v, vf r, const int residual, const int act, const float alpha,
                             const float beta)
{
    if (residual == TIN_RES_BEFORE) v = vf_add(v, r);
    v = vf_activate_cheap(v, act, alpha, beta);
    return residual == TIN_RES_AFTER && !act_is_costly(act) ? vf_add(v, r) : v;
}

/* Completes `count` neighbouring floats, already through vf_finish_tile(). */
TIN_INLINE void finish_floats(float *y, const float *r, const int count, const int residual,
                              const int act, const float alpha, const float beta)
{
    if (!act_is_costly(act)) return;
    TIN_NO_UNROLL
    for (int i = 0; i < count; i += TIN_LANES) {
        const int live = count - i < TIN_LANES ? count - i : TIN_LANES;
        const vf v = vf_activate(vf_load_n(y + i, live), act, alpha, beta);
        vf_store_n(y + i, residual == TIN_RES_AFTER ? vf_add(v, vf_load_n(r + i, live)) : v, live);
    }
}

#endif
