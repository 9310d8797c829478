/* epilogue_body.h: activations for one type; read twice by epilogue.h, which sets TIN_T and
 * TIN_F(name). */

/* The activations of a few instructions; v itself for the others. */
TIN_INLINE TIN_T TIN_F(activate_cheap)(TIN_T v, const int act, const float alpha, const float beta)
{
    const TIN_T zero = TIN_F(set1)(0.0f), one = TIN_F(set1)(1.0f);
    const TIN_T a = TIN_F(set1)(alpha), b = TIN_F(set1)(beta);
    switch (act) {
    case TIN_ACT_RELU:
        return TIN_F(max)(zero, v);
    case TIN_ACT_CLIP:
        return TIN_F(min)(b, TIN_F(max)(a, v));
    case TIN_ACT_LEAKY:
        if (alpha >= 0.0f && alpha <= 1.0f) return TIN_F(max)(TIN_F(mul)(a, v), v);
        return TIN_F(select)(TIN_F(lt)(v, zero), TIN_F(mul)(a, v), v);
    case TIN_ACT_HARDSIGMOID:
        return TIN_F(min)(one, TIN_F(max)(zero, TIN_F(fma)(a, v, b)));
    case TIN_ACT_HARDSWISH:
        return TIN_F(mul)(v, TIN_F(min)(one, TIN_F(max)(zero, TIN_F(fma)(TIN_F(set1)(1.0f / 6.0f),
                                                                         v, TIN_F(set1)(0.5f)))));
    default:
        return v;
    }
}

TIN_INLINE TIN_T TIN_F(activate)(TIN_T v, const int act, const float alpha, const float beta)
{
    const TIN_T zero = TIN_F(set1)(0.0f), one = TIN_F(set1)(1.0f);
    const TIN_T a = TIN_F(set1)(alpha), b = TIN_F(set1)(beta);
    switch (act) {
    case TIN_ACT_SIGMOID:
        return TIN_F(sigmoid)(v);
    case TIN_ACT_SILU:
        return TIN_F(div)(v, TIN_F(add)(one, TIN_F(exp)(TIN_F(neg)(v))));
    case TIN_ACT_TANH:
        return TIN_F(tanh)(v);
    case TIN_ACT_ELU:
        return TIN_F(select)(TIN_F(lt)(v, zero), TIN_F(mul)(a, TIN_F(expm1_negative)(v)), v);
    case TIN_ACT_SELU:
        return TIN_F(mul)(
            b, TIN_F(select)(TIN_F(lt)(v, zero), TIN_F(mul)(a, TIN_F(expm1_negative)(v)), v));
    case TIN_ACT_GELU:
        return TIN_F(gelu)(v);
    case TIN_ACT_GELU_TANH:
        return TIN_F(gelu_tanh)(v);
    case TIN_ACT_MISH:
        return TIN_F(mish)(v);
    case TIN_ACT_SOFTPLUS:
        return TIN_F(softplus)(v);
    case TIN_ACT_EXP:
        return TIN_F(exp)(v);
    default:
        return TIN_F(activate_cheap)(v, act, alpha, beta);
    }
}
