/* vmath_body.h: the functions of vmath.h for one type. Read twice by vmath.h, which sets
 * TIN_T (vf or float), TIN_I (its integer twin), TIN_F(name) and TIN_N(name) (vf_name, vi_name or
 * sf_name, si_name).
 * No include guard, on purpose.
 */

/* e^x = 2^n e^r, n = round(x / ln 2), ln 2 in two parts; 2^n is added to the exponent of e^r. */
TIN_INLINE TIN_T TIN_F(exp)(TIN_T x)
{
    const TIN_T magic =
        TIN_F(set1)(12582912.0f); /* 1.5 * 2^23: the sum's low bits are the rounded integer */
    const TIN_T sum = TIN_F(fma)(x, TIN_F(set1)(1.44269504f), magic);
    const TIN_T n = TIN_F(sub)(sum, magic);
    TIN_T r = TIN_F(fnma)(n, TIN_F(set1)(0.693359375f), x);
    r = TIN_F(fnma)(n, TIN_F(set1)(-2.12194440e-4f), r);
    TIN_T p = TIN_F(set1)(1.9875691500e-4f);
    p = TIN_F(fma)(p, r, TIN_F(set1)(1.3981999507e-3f));
    p = TIN_F(fma)(p, r, TIN_F(set1)(8.3334519073e-3f));
    p = TIN_F(fma)(p, r, TIN_F(set1)(4.1665795894e-2f));
    p = TIN_F(fma)(p, r, TIN_F(set1)(1.6666665459e-1f));
    p = TIN_F(fma)(p, r, TIN_F(set1)(5.0000001201e-1f));
    p = TIN_F(add)(TIN_F(fma)(p, TIN_F(mul)(r, r), r), TIN_F(set1)(1.0f));
    const TIN_T y = TIN_N(float)(TIN_N(add)(TIN_F(bits)(p), TIN_N(shl)(TIN_F(bits)(sum), 23)));
    const TIN_T large = TIN_F(mul)(x, TIN_F(set1)(__builtin_inff())); /* inf, or NaN where x is */
    const TIN_T z = TIN_F(select)(TIN_F(lt)(x, TIN_F(set1)(-87.3365402f)), TIN_F(set1)(0.0f), y);
    return TIN_F(select)(TIN_F(lt)(x, TIN_F(set1)(88.7228394f)), z, large);
}

/* x = 2^e m with m in [sqrt(1/2), sqrt(2)); log x = e ln 2 + log(1 + (m - 1)). */
TIN_INLINE TIN_T TIN_F(log)(TIN_T x)
{
    const TIN_T tiny = TIN_F(set1)(1.17549435e-38f);
    const TIN_T big = TIN_F(select)(TIN_F(lt)(x, tiny), TIN_F(mul)(x, TIN_F(set1)(8388608.0f)), x);
    const TIN_T bias = TIN_F(select)(TIN_F(lt)(x, tiny), TIN_F(set1)(8388608.0f + 127 + 23),
                                     TIN_F(set1)(8388608.0f + 127));
    const TIN_I i = TIN_N(add)(TIN_F(bits)(big), TIN_N(set1)(0x3f800000 - 0x3f3504f3));
    const TIN_I mantissa =
        TIN_N(add)(TIN_N (and)(i, TIN_N(set1)(0x7fffff)), TIN_N(set1)(0x3f3504f3));
    const TIN_T e =
        TIN_F(sub)(TIN_N(float)(TIN_N(or)(TIN_N(shr)(i, 23), TIN_N(set1)(0x4b000000))), bias);
    const TIN_T f = TIN_F(sub)(TIN_N(float)(mantissa), TIN_F(set1)(1.0f));
    const TIN_T f2 = TIN_F(mul)(f, f);
    TIN_T p = TIN_F(set1)(7.0376836292e-2f);
    p = TIN_F(fma)(p, f, TIN_F(set1)(-1.1514610310e-1f));
    p = TIN_F(fma)(p, f, TIN_F(set1)(1.1676998740e-1f));
    p = TIN_F(fma)(p, f, TIN_F(set1)(-1.2420140846e-1f));
    p = TIN_F(fma)(p, f, TIN_F(set1)(1.4249322787e-1f));
    p = TIN_F(fma)(p, f, TIN_F(set1)(-1.6668057665e-1f));
    p = TIN_F(fma)(p, f, TIN_F(set1)(2.0000714765e-1f));
    p = TIN_F(fma)(p, f, TIN_F(set1)(-2.4999993993e-1f));
    p = TIN_F(fma)(p, f, TIN_F(set1)(3.3333331174e-1f));
    p = TIN_F(mul)(TIN_F(mul)(p, f2), f);
    p = TIN_F(fma)(e, TIN_F(set1)(-2.12194440e-4f), p);
    p = TIN_F(fnma)(f2, TIN_F(set1)(0.5f), p);
    const TIN_T y = TIN_F(fma)(e, TIN_F(set1)(0.693359375f), TIN_F(add)(f, p));
    const TIN_T inf = TIN_F(set1)(__builtin_inff());
    const TIN_T finite = TIN_F(select)(TIN_F(lt)(x, inf), y, x); /* inf and NaN stay */
    const TIN_T zero = TIN_F(select)(TIN_F(eq)(x, TIN_F(set1)(0.0f)), TIN_F(neg)(inf), finite);
    return TIN_F(select)(TIN_F(lt)(x, TIN_F(set1)(0.0f)), TIN_F(set1)(__builtin_nanf("")), zero);
}

/* log(1 + u) for 0 <= u; the last term gives back what rounding 1 + u lost. */
TIN_INLINE TIN_T TIN_F(log1p)(TIN_T u)
{
    const TIN_T w = TIN_F(add)(u, TIN_F(set1)(1.0f));
    const TIN_T lost = TIN_F(sub)(u, TIN_F(sub)(w, TIN_F(set1)(1.0f)));
    return TIN_F(add)(TIN_F(log)(w), TIN_F(div)(lost, w));
}

/* An odd rational of degree 13 / 6 in x, exact to float beyond |x| = 7.9. */
TIN_INLINE TIN_T TIN_F(tanh)(TIN_T x)
{
    const TIN_T c = TIN_F(max)(TIN_F(set1)(-7.90531110763549805f),
                               TIN_F(min)(TIN_F(set1)(7.90531110763549805f), x));
    const TIN_T x2 = TIN_F(mul)(c, c);
    TIN_T p = TIN_F(set1)(-2.76076847742355e-16f);
    p = TIN_F(fma)(p, x2, TIN_F(set1)(2.00018790482477e-13f));
    p = TIN_F(fma)(p, x2, TIN_F(set1)(-8.60467152213735e-11f));
    p = TIN_F(fma)(p, x2, TIN_F(set1)(5.12229709037114e-08f));
    p = TIN_F(fma)(p, x2, TIN_F(set1)(1.48572235717979e-05f));
    p = TIN_F(fma)(p, x2, TIN_F(set1)(6.37261928875436e-04f));
    p = TIN_F(fma)(p, x2, TIN_F(set1)(4.89352455891786e-03f));
    TIN_T q = TIN_F(set1)(1.19825839466702e-06f);
    q = TIN_F(fma)(q, x2, TIN_F(set1)(1.18534705686654e-04f));
    q = TIN_F(fma)(q, x2, TIN_F(set1)(2.26843463243900e-03f));
    q = TIN_F(fma)(q, x2, TIN_F(set1)(4.89352518554385e-03f));
    return TIN_F(div)(TIN_F(mul)(c, p), q);
}

TIN_INLINE TIN_T TIN_F(sigmoid)(TIN_T x)
{
    const TIN_T one = TIN_F(set1)(1.0f);
    return TIN_F(div)(one, TIN_F(add)(one, TIN_F(exp)(TIN_F(neg)(x))));
}

/* e^x - 1 for x <= 0, exact near 0: 2 t / (1 - t) with t = tanh(x / 2). */
TIN_INLINE TIN_T TIN_F(expm1_negative)(TIN_T x)
{
    const TIN_T t = TIN_F(tanh)(TIN_F(mul)(x, TIN_F(set1)(0.5f)));
    return TIN_F(div)(TIN_F(add)(t, t), TIN_F(sub)(TIN_F(set1)(1.0f), t));
}

/* log(1 + e^x) = max(x, 0) + log1p(e^-|x|) */
TIN_INLINE TIN_T TIN_F(softplus)(TIN_T x)
{
    return TIN_F(add)(TIN_F(max)(TIN_F(set1)(0.0f), x),
                      TIN_F(log1p)(TIN_F(exp)(TIN_F(neg)(TIN_F(abs)(x)))));
}

/* x tanh(log(1 + e^x)) = x m / (m + 2) with m = e^x (e^x + 2) */
TIN_INLINE TIN_T TIN_F(mish)(TIN_T x)
{
    const TIN_T e = TIN_F(exp)(TIN_F(min)(TIN_F(set1)(20.0f), x));
    const TIN_T two = TIN_F(set1)(2.0f);
    const TIN_T m = TIN_F(mul)(e, TIN_F(add)(e, two));
    return TIN_F(mul)(x, TIN_F(div)(m, TIN_F(add)(m, two)));
}

/* An odd rational of degree 13 / 8 in x, exact to float beyond |x| = 4. */
TIN_INLINE TIN_T TIN_F(erf)(TIN_T x)
{
    const TIN_T c = TIN_F(max)(TIN_F(set1)(-4.0f), TIN_F(min)(TIN_F(set1)(4.0f), x));
    const TIN_T x2 = TIN_F(mul)(c, c);
    TIN_T p = TIN_F(set1)(-2.72614225801306e-10f);
    p = TIN_F(fma)(p, x2, TIN_F(set1)(2.77068142495902e-08f));
    p = TIN_F(fma)(p, x2, TIN_F(set1)(-2.10102402082508e-06f));
    p = TIN_F(fma)(p, x2, TIN_F(set1)(-5.69250639462346e-05f));
    p = TIN_F(fma)(p, x2, TIN_F(set1)(-7.34990630326855e-04f));
    p = TIN_F(fma)(p, x2, TIN_F(set1)(-2.95459980854025e-03f));
    p = TIN_F(fma)(p, x2, TIN_F(set1)(-1.60960333262415e-02f));
    TIN_T q = TIN_F(set1)(-1.45660718464996e-05f);
    q = TIN_F(fma)(q, x2, TIN_F(set1)(-2.13374055278905e-04f));
    q = TIN_F(fma)(q, x2, TIN_F(set1)(-1.68282697438203e-03f));
    q = TIN_F(fma)(q, x2, TIN_F(set1)(-7.37332916720468e-03f));
    q = TIN_F(fma)(q, x2, TIN_F(set1)(-1.42647390514189e-02f));
    return TIN_F(div)(TIN_F(mul)(c, p), q);
}

/* x (1 + erf(x / sqrt 2)) / 2 */
TIN_INLINE TIN_T TIN_F(gelu)(TIN_T x)
{
    const TIN_T half = TIN_F(mul)(x, TIN_F(set1)(0.5f));
    return TIN_F(fma)(half, TIN_F(erf)(TIN_F(mul)(x, TIN_F(set1)(0.707106781f))), half);
}

/* x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 */
TIN_INLINE TIN_T TIN_F(gelu_tanh)(TIN_T x)
{
    const TIN_T half = TIN_F(mul)(x, TIN_F(set1)(0.5f));
    const TIN_T cubic =
        TIN_F(fma)(TIN_F(mul)(x, x), TIN_F(set1)(0.0356774081f), TIN_F(set1)(0.797884561f));
    return TIN_F(fma)(half, TIN_F(tanh)(TIN_F(mul)(x, cubic)), half);
}
