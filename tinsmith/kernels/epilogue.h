/* epilogue.h: what a kernel does to a sum before storing it: residual, then activation (or the other way round).
 *
 * Each kernel's struct holds `act`, `alpha`, `beta` and `residual`; all are constants at the call, so the switch folds away.
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
 *   TIN_ACT_EXP, TIN_ACT_SELU (alpha: 1.67326, beta: 1.0507)      e^v; beta (v < 0 ? alpha (e^v - 1) : v)
 *
 * `residual`: TIN_RES_NONE (the pointer is never read and may be NULL), TIN_RES_BEFORE f(v + r), TIN_RES_AFTER f(v) + r.
 * NaN in v comes out as NaN, except that ARMv7 and plain C may differ in the sign of it.
 */
#ifndef TIN_EPILOGUE_H
#define TIN_EPILOGUE_H

#include "vmath.h"

enum {
    TIN_ACT_NONE, TIN_ACT_RELU, TIN_ACT_CLIP, TIN_ACT_LEAKY, TIN_ACT_SIGMOID, TIN_ACT_SILU, TIN_ACT_HARDSIGMOID, TIN_ACT_HARDSWISH,
    TIN_ACT_TANH, TIN_ACT_ELU, TIN_ACT_GELU, TIN_ACT_GELU_TANH, TIN_ACT_MISH, TIN_ACT_SOFTPLUS, TIN_ACT_EXP, TIN_ACT_SELU
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

#endif
