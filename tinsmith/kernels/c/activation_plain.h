/* activation_plain.h: the activations of epilogue.h on one float or double. */
#ifndef TIN_ACTIVATION_PLAIN_H
#define TIN_ACTIVATION_PLAIN_H
#include "epilogue.h"
#include "scalar.h"

TIN_INLINE double tin_activate_f64(double v, const int act, const double alpha, const double beta)
{
    switch (act) {
    case TIN_ACT_RELU:
        return tin_relu_f64(v);
    case TIN_ACT_CLIP:
        return tin_at_most_f64(tin_at_least_f64(v, alpha), beta);
    case TIN_ACT_LEAKY:
        return tin_prelu_f64(v, alpha);
    case TIN_ACT_SIGMOID:
        return tin_sigmoid_f64(v);
    case TIN_ACT_SILU:
        return tin_swish_f64(v, 1);
    case TIN_ACT_HARDSIGMOID:
        return tin_hard_sigmoid_f64(v, alpha, beta);
    case TIN_ACT_HARDSWISH:
        return tin_hard_swish_f64(v);
    case TIN_ACT_TANH:
        return tin_tanh_f64(v);
    case TIN_ACT_ELU:
        return tin_elu_f64(v, alpha);
    case TIN_ACT_GELU:
        return tin_gelu_f64(v);
    case TIN_ACT_MISH:
        return tin_mish_f64(v);
    case TIN_ACT_SOFTPLUS:
        return tin_softplus_f64(v);
    default:
        return v;
    }
}

/* `s` has act, alpha and beta; A is float or double. Of any other type, v comes back as it is. */
#define TIN_ACTIVATE(A, v, s)                                                         \
    (s.act == TIN_ACT_NONE ? (v)                                                      \
     : sizeof(A) == 8      ? (A)tin_activate_f64((double)(v), s.act, s.alpha, s.beta) \
                           : (A)sf_activate((float)(v), s.act, (float)s.alpha, (float)s.beta))

#endif
