/* activations.h: the activations that kernels apply on the way, a row for each.
 *
 * ROW(name, vector, plain): the name behind TIN_ACT_; the value at v in the type for which TIN_F is
 * defined, of which zero, one, a and b (alpha and beta) are, too; the value at v, alpha and beta in
 * double. What the rows are to users of kernels stands in ops/activation_table.py.
 *
 *   TIN_ACT_<name>    f(v)                                        alpha, beta
 *   NONE              v
 *   RELU              max(0, v)
 *   CLIP              min(beta, max(alpha, v))                    lower, upper bound (ReLU6: 0, 6)
 *   LEAKY             v < 0 ? alpha v : v                         slope
 *   HARDSIGMOID       min(1, max(0, alpha v + beta))              ONNX: 0.2, 0.5
 *   HARDSWISH         v min(1, max(0, v / 6 + 1/2))
 *   SIGMOID           1 / (1 + e^-v)
 *   SILU              v sigmoid(v)
 *   TANH              tanh v
 *   ELU               v < 0 ? alpha (e^v - 1) : v                 scale of the negative side
 *   CELU              v < 0 ? alpha (e^(v / alpha) - 1) : v       more than 0
 *   GELU              v (1 + erf(v / sqrt 2)) / 2
 *   GELU_TANH         its tanh approximation
 *   SELU              beta (v < 0 ? alpha (e^v - 1) : v)          ONNX: 1.67326, 1.0507
 *   MISH              v tanh(log(1 + e^v))
 *   SOFTPLUS          log(1 + e^v)
 */
#ifndef TIN_ACTIVATIONS_H
#define TIN_ACTIVATIONS_H

/* clang-format off */

/* Of a few instructions: done in the registers of a tile. */
#define TIN_CHEAP_ACTIVATIONS(ROW)                                                                \
    ROW(RELU, TIN_F(max)(zero, v), tin_relu_f64(v))                                               \
    ROW(CLIP, TIN_F(min)(b, TIN_F(max)(a, v)), tin_at_most_f64(tin_at_least_f64(v, alpha), beta)) \
    ROW(LEAKY,                                                                                    \
        alpha >= 0.0f && alpha <= 1.0f ? TIN_F(max)(TIN_F(mul)(a, v), v)                          \
                                       : TIN_F(select)(TIN_F(lt)(v, zero), TIN_F(mul)(a, v), v),  \
        tin_prelu_f64(v, alpha))                                                                  \
    ROW(HARDSIGMOID, TIN_F(min)(one, TIN_F(max)(zero, TIN_F(fma)(a, v, b))),                      \
        tin_hard_sigmoid_f64(v, alpha, beta))                                                     \
    ROW(HARDSWISH,                                                                                \
        TIN_F(mul)(v, TIN_F(min)(one, TIN_F(max)(zero, TIN_F(fma)(TIN_F(set1)(1.0f / 6.0f), v,    \
                                                                  TIN_F(set1)(0.5f))))),          \
        tin_hard_swish_f64(v))

/* With exp, tanh or erf: left to finish_row(). */
#define TIN_COSTLY_ACTIVATIONS(ROW)                                                               \
    ROW(SIGMOID, TIN_F(sigmoid)(v), tin_sigmoid_f64(v))                                           \
    ROW(SILU, TIN_F(div)(v, TIN_F(add)(one, TIN_F(exp)(TIN_F(neg)(v)))), tin_swish_f64(v, 1))     \
    ROW(TANH, TIN_F(tanh)(v), tin_tanh_f64(v))                                                    \
    ROW(ELU, TIN_F(select)(TIN_F(lt)(v, zero), TIN_F(mul)(a, TIN_F(expm1_negative)(v)), v),       \
        tin_elu_f64(v, alpha))                                                                    \
    ROW(SELU,                                                                                     \
        TIN_F(mul)(b, TIN_F(select)(TIN_F(lt)(v, zero), TIN_F(mul)(a, TIN_F(expm1_negative)(v)),  \
                                    v)),                                                          \
        tin_selu_f64(v, alpha, beta))                                                             \
    ROW(CELU,                                                                                     \
        TIN_F(select)(TIN_F(lt)(v, zero),                                                         \
                      TIN_F(mul)(a, TIN_F(expm1_negative)(TIN_F(div)(v, a))), v),                 \
        tin_celu_f64(v, alpha))                                                                   \
    ROW(GELU, TIN_F(gelu)(v), tin_gelu_f64(v))                                                    \
    ROW(GELU_TANH, TIN_F(gelu_tanh)(v), tin_gelu_tanh_f64(v))                                     \
    ROW(MISH, TIN_F(mish)(v), tin_mish_f64(v))                                                    \
    ROW(SOFTPLUS, TIN_F(softplus)(v), tin_softplus_f64(v))

/* clang-format on */

#define TIN_NAME(name, vector, plain) TIN_ACT_##name,
enum { TIN_ACT_NONE, TIN_CHEAP_ACTIVATIONS(TIN_NAME) TIN_COSTLY_ACTIVATIONS(TIN_NAME) };
#undef TIN_NAME

/* Cases of a switch that returns the value. */
#define TIN_CASE_VECTOR(name, vector, plain) \
    case TIN_ACT_##name:                     \
        return vector;
#define TIN_CASE_PLAIN(name, vector, plain) \
    case TIN_ACT_##name:                    \
        return plain;
#define TIN_CASE_TRUE(name, vector, plain) \
    case TIN_ACT_##name:                   \
        return 1;

#endif
