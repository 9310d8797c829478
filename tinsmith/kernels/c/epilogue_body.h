/* epilogue_body.h: activations for one type; read twice by epilogue.h, which sets TIN_T and
 * TIN_F(name). */

/* The activations of a few instructions; v itself for the others. */
TIN_INLINE TIN_T TIN_F(activate_cheap)(TIN_T v, const int act, const float alpha, const float beta)
{
    const TIN_T zero = TIN_F(set1)(0.0f), one = TIN_F(set1)(1.0f);
    const TIN_T a = TIN_F(set1)(alpha), b = TIN_F(set1)(beta);
    switch (act) {
        TIN_CHEAP_ACTIVATIONS(TIN_CASE_VECTOR)
    default:
        return v;
    }
}

TIN_INLINE TIN_T TIN_F(activate)(TIN_T v, const int act, const float alpha, const float beta)
{
    const TIN_T zero = TIN_F(set1)(0.0f), one = TIN_F(set1)(1.0f);
    const TIN_T a = TIN_F(set1)(alpha), b = TIN_F(set1)(beta);
    switch (act) {
        TIN_COSTLY_ACTIVATIONS(TIN_CASE_VECTOR)
    default:
        return TIN_F(activate_cheap)(v, act, alpha, beta);
    }
}
