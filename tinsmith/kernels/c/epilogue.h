/* epilogue.h: what a kernel does to a sum before storing it: residual, then activation (or the
 * other way round).
 *
 * Each kernel's struct holds `act`, `alpha`, `beta` and `residual`; all are constants at the
 * call, so the switch folds away.
 *
 *   act               f(v)                                        alpha, beta
 *   TIN_ACT_NONE      v
 *   TIN_ACT_RELU      max(0, v)
 *   TIN_ACT_CLIP      min(beta, max(alpha, v))                    lower, upper bound (ReLU6: 0, 6)
 *   TIN_ACT_LEAKY     v < 0 ? alpha v : v                         slope
 *   TIN_ACT_SIGMOID   1 / (1 + e^-v)
 *   TIN_ACT_SILU      v sigmoid(v)
 *   TIN_ACT_HARDSIGMOID  min(1, max(0, alpha v + beta))           ONNX: 0.2, 0.5
 *   TIN_ACT_HARDSWISH v min(1, max(0, v / 6 + 1/2))
 *   TIN_ACT_TANH      tanh v
 *   TIN_ACT_ELU       v < 0 ? alpha (e^v - 1) : v                 scale of the negative side
 *   TIN_ACT_GELU      v (1 + erf(v / sqrt 2)) / 2
 *   TIN_ACT_GELU_TANH its tanh approximation
 *   TIN_ACT_MISH      v tanh(log(1 + e^v))
 *   TIN_ACT_SOFTPLUS  log(1 + e^v)
 *   TIN_ACT_EXP, TIN_ACT_SELU (alpha: 1.67326, beta: 1.0507)      e^v; beta (v < 0 ? alpha (e^v -
 *   1) : v)
 *
 * `residual`: TIN_RES_NONE (the pointer is never read and may be NULL), TIN_RES_BEFORE f(v + r),
 * TIN_RES_AFTER f(v) + r.
 *
 * Two steps, so that register tiles stay small in code: vf_finish_tile() does all of it where the
 * activation is cheap, and only adds a
 * residual of TIN_RES_BEFORE where it is costly (it takes exp or tanh); then finish_row()
 * completes the stored row, still in L1.
 * With a costly activation and TIN_RES_AFTER, r must not be y.
 */
#ifndef TIN_EPILOGUE_H
#define TIN_EPILOGUE_H

#include "vmath.h"

enum {
    TIN_ACT_NONE,
    TIN_ACT_RELU,
    TIN_ACT_CLIP,
    TIN_ACT_LEAKY,
    TIN_ACT_SIGMOID,
    TIN_ACT_SILU,
    TIN_ACT_HARDSIGMOID,
    TIN_ACT_HARDSWISH,
    TIN_ACT_TANH,
    TIN_ACT_ELU,
    TIN_ACT_GELU,
    TIN_ACT_GELU_TANH,
    TIN_ACT_MISH,
    TIN_ACT_SOFTPLUS,
    TIN_ACT_EXP,
    TIN_ACT_SELU
};
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
    return act == TIN_ACT_SIGMOID || act == TIN_ACT_SILU || act == TIN_ACT_TANH ||
           act == TIN_ACT_ELU || act == TIN_ACT_GELU || act == TIN_ACT_GELU_TANH ||
           act == TIN_ACT_MISH || act == TIN_ACT_SOFTPLUS || act == TIN_ACT_EXP ||
           act == TIN_ACT_SELU;
}

/* For the registers of a tile. r is read only where residual says so. */
TIN_INLINE vf vf_finish_tile(vf v, vf r, const int residual, const int act, const float alpha,
                             const float beta)
{
    if (residual == TIN_RES_BEFORE) v = vf_add(v, r);
    v = vf_activate_cheap(v, act, alpha, beta);
    return residual == TIN_RES_AFTER && !act_is_costly(act) ? vf_add(v, r) : v;
}

/* `count` vectors, *_step floats apart, already through vf_finish_tile(). */
TIN_INLINE void finish_row(float *y, const ptrdiff_t y_step, const float *r, const ptrdiff_t r_step,
                           const int count, const int residual, const int act, const float alpha,
                           const float beta)
{
    if (!act_is_costly(act)) return;
    TIN_NO_UNROLL
    for (int i = 0; i < count; i++) {
        const vf v = vf_activate(vf_load(y + i * y_step), act, alpha, beta);
        vf_store(y + i * y_step,
                 residual == TIN_RES_AFTER ? vf_add(v, vf_load(r + i * r_step)) : v);
    }
}

/* The same for `count` neighbouring floats. */
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
