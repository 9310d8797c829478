/* clang-format off */
/* scalar_float.h: the functions of scalar.h for one floating-point type; read twice by it. TIN_T
 * is the type, TIN_F(name) names a function, TIN_LIBM(name) one of <math.h>, TIN_ALL_INTEGERS is
 * the least number above which all numbers are integers.
 */
/* clang-format on */

TIN_INLINE TIN_T TIN_F(add)(TIN_T a, TIN_T b) { return a + b; }
TIN_INLINE TIN_T TIN_F(sub)(TIN_T a, TIN_T b) { return a - b; }
TIN_INLINE TIN_T TIN_F(mul)(TIN_T a, TIN_T b) { return a * b; }
TIN_INLINE TIN_T TIN_F(div)(TIN_T a, TIN_T b) { return a / b; }
TIN_INLINE TIN_T TIN_F(neg)(TIN_T x) { return -x; }
TIN_INLINE TIN_T TIN_F(abs)(TIN_T x) { return TIN_LIBM(__builtin_fabs)(x); }
TIN_INLINE TIN_T TIN_F(sqrt)(TIN_T x) { return TIN_LIBM(__builtin_sqrt)(x); }
TIN_INLINE TIN_T TIN_F(reciprocal)(TIN_T x) { return 1 / x; }
TIN_INLINE TIN_T TIN_F(min)(TIN_T a, TIN_T b) { return a < b || a != a ? a : b; }
TIN_INLINE TIN_T TIN_F(max)(TIN_T a, TIN_T b) { return a > b || a != a ? a : b; }
TIN_INLINE TIN_T TIN_F(sign)(TIN_T x) { return x != x ? x : (TIN_T)((x > 0) - (x < 0)); }
TIN_INLINE TIN_T TIN_F(pow)(TIN_T a, TIN_T b) { return TIN_LIBM(pow)(a, b); }
TIN_INLINE TIN_T TIN_F(fmod)(TIN_T a, TIN_T b) { return TIN_LIBM(fmod)(a, b); }
TIN_INLINE TIN_T TIN_F(mod)(TIN_T a, TIN_T b)
{
    const TIN_T rest = TIN_LIBM(fmod)(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

/* Activations. Comparisons are written so that NaN comes through. */
TIN_INLINE TIN_T TIN_F(relu)(TIN_T x) { return x < 0 ? 0 : x; }
TIN_INLINE TIN_T TIN_F(at_least)(TIN_T x, TIN_T low) { return x < low ? low : x; }
TIN_INLINE TIN_T TIN_F(at_most)(TIN_T x, TIN_T high) { return x > high ? high : x; }
TIN_INLINE TIN_T TIN_F(hard_sigmoid)(TIN_T x, TIN_T alpha, TIN_T beta)
{
    return TIN_F(at_least)(TIN_F(at_most)(alpha * x + beta, 1), 0);
}
TIN_INLINE TIN_T TIN_F(hard_swish)(TIN_T x)
{
    return x * TIN_F(hard_sigmoid)(x, (TIN_T)1 / 6, (TIN_T)0.5);
}
TIN_INLINE TIN_T TIN_F(prelu)(TIN_T x, TIN_T slope) { return x < 0 ? x * slope : x; }
TIN_INLINE TIN_T TIN_F(thresholded_relu)(TIN_T x, TIN_T alpha) { return x > alpha ? x : 0; }
TIN_INLINE TIN_T TIN_F(shrink)(TIN_T x, TIN_T bias, TIN_T lambd)
{
    return x < -lambd ? x + bias : x > lambd ? x - bias : 0;
}
TIN_INLINE TIN_T TIN_F(elu)(TIN_T x, TIN_T alpha)
{
    const TIN_T below = alpha * TIN_F(expm1_negative)(x < 0 ? x : 0);
    return x < 0 ? below : x;
}
TIN_INLINE TIN_T TIN_F(selu)(TIN_T x, TIN_T alpha, TIN_T gamma)
{
    return gamma * TIN_F(elu)(x, alpha);
}
TIN_INLINE TIN_T TIN_F(celu)(TIN_T x, TIN_T alpha)
{
    const TIN_T scaled = x / alpha;
    return x < 0 ? alpha * (alpha > 0 ? TIN_F(expm1_negative)(scaled) : TIN_LIBM(expm1)(scaled))
                 : x;
}
TIN_INLINE TIN_T TIN_F(softsign)(TIN_T x) { return x / (1 + TIN_LIBM(__builtin_fabs)(x)); }
TIN_INLINE TIN_T TIN_F(swish)(TIN_T x, TIN_T alpha) { return x / (1 + TIN_F(exp)(-alpha * x)); }

/* Rounding: half to even. */
TIN_INLINE TIN_T TIN_F(round)(TIN_T x)
{
    if (TIN_ROUNDS_IN_HARDWARE) return TIN_LIBM(__builtin_rint)(x);
    const TIN_T magnitude = TIN_LIBM(__builtin_fabs)(x);
    const TIN_T whole = magnitude < TIN_ALL_INTEGERS
                            ? (magnitude + TIN_ALL_INTEGERS) - TIN_ALL_INTEGERS
                            : magnitude;
    return TIN_LIBM(__builtin_copysign)(whole, x);
}
TIN_INLINE TIN_T TIN_F(floor)(TIN_T x)
{
    if (TIN_ROUNDS_IN_HARDWARE) return TIN_LIBM(__builtin_floor)(x);
    const TIN_T near = TIN_F(round)(x);
    return near > x ? near - 1 : near;
}
TIN_INLINE TIN_T TIN_F(ceil)(TIN_T x)
{
    if (TIN_ROUNDS_IN_HARDWARE) return TIN_LIBM(__builtin_ceil)(x);
    const TIN_T near = TIN_F(round)(x);
    return near < x ? TIN_LIBM(__builtin_copysign)(near + 1, x) : near;
}

/* Rare enough to leave to the library. */
TIN_INLINE TIN_T TIN_F(sin)(TIN_T x) { return TIN_LIBM(sin)(x); }
TIN_INLINE TIN_T TIN_F(cos)(TIN_T x) { return TIN_LIBM(cos)(x); }
TIN_INLINE TIN_T TIN_F(tan)(TIN_T x) { return TIN_LIBM(tan)(x); }
TIN_INLINE TIN_T TIN_F(asin)(TIN_T x) { return TIN_LIBM(asin)(x); }
TIN_INLINE TIN_T TIN_F(acos)(TIN_T x) { return TIN_LIBM(acos)(x); }
TIN_INLINE TIN_T TIN_F(atan)(TIN_T x) { return TIN_LIBM(atan)(x); }
TIN_INLINE TIN_T TIN_F(sinh)(TIN_T x) { return TIN_LIBM(sinh)(x); }
TIN_INLINE TIN_T TIN_F(cosh)(TIN_T x) { return TIN_LIBM(cosh)(x); }
TIN_INLINE TIN_T TIN_F(asinh)(TIN_T x) { return TIN_LIBM(asinh)(x); }
TIN_INLINE TIN_T TIN_F(acosh)(TIN_T x) { return TIN_LIBM(acosh)(x); }
TIN_INLINE TIN_T TIN_F(atanh)(TIN_T x) { return TIN_LIBM(atanh)(x); }
