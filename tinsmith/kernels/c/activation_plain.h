/* activation_plain.h: the activations of activations.h on one float or double. */
#ifndef TIN_ACTIVATION_PLAIN_H
#define TIN_ACTIVATION_PLAIN_H
#include "epilogue.h"
#include "scalar.h"

TIN_INLINE double tin_activate_f64(double v, const int act, const double alpha, const double beta)
{
    switch (act) {
        TIN_CHEAP_ACTIVATIONS(TIN_CASE_PLAIN)
        TIN_COSTLY_ACTIVATIONS(TIN_CASE_PLAIN)
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
