/* clang-format off */
/* winograd.h: the one-dimensional transforms of Winograd's algorithms (Lavin and Gray, 2016), each
 * a vector of L values at a time; and where the tiles lie.
 *
 *   y = At ((G g) * (Bt d))      d: `in` inputs, g: the filter, *: element by element
 *
 * `in` names the algorithm:
 *   4  F(2, 3)  points 0, 1, -1, infinity
 *   5  F(4, 2)  points 0, 1, -1, 2, infinity
 *   6  F(4, 3)  points 0, 1, -1, 2, -2, infinity
 *   7  F(4, 4)  points 0, 1, -1, 2, -2, 1/2, infinity
 *   8  F(6, 3)  points 0, 1, -1, 2, -2, 1/2, -1/2, infinity
 *   9  4 outputs of 3 taps, stride 2: F(4, 2) of the even inputs with taps 0 and 2, then the odd
 *      inputs times tap 1
 * Rows of Bt are the coefficients of (product of x - point) / (x - its own point), those of At the
 * powers of the points; winograd_algorithms.py makes G from them. Element 1 is the point 1: what is
 * added there reaches every output once.
 */
/* clang-format on */
#ifndef TIN_WINOGRAD_H
#define TIN_WINOGRAD_H

#include "../c/simd.h"

enum { TIN_WINOGRAD_MAX_IN = 9, TIN_WINOGRAD_MAX_OUT = 6 };

/* Where a tile of out x out pixels lies: of which image, from which row and column of y on. */
struct winograd_place {
    int n, row, column;
};

/* The place of tile number `tile` of a batch of oh x ow. */
TIN_INLINE struct winograd_place winograd_place_of(const int tile, const int oh, const int ow,
                                                   const int out)
{
    const int across = (ow + out - 1) / out, down = (oh + out - 1) / out;
    const struct winograd_place place = {tile / across / down, tile / across % down * out,
                                         tile % across * out};
    return place;
}

/* The place of the next tile. */
TIN_INLINE struct winograd_place winograd_next(struct winograd_place place, const int oh,
                                               const int ow, const int out)
{
    place.column += out;
    if (place.column >= ow) {
        place.column = 0;
        place.row += out;
        if (place.row >= oh) {
            place.row = 0;
            place.n++;
        }
    }
    return place;
}

TIN_INLINE void winograd_bt4(vf *t, const vf *d)
{
    t[0] = vf_sub(d[2], d[0]);
    t[1] = vf_add(d[2], d[1]);
    t[2] = vf_sub(d[2], d[1]);
    t[3] = vf_sub(d[3], d[1]);
}

TIN_INLINE void winograd_bt5(vf *t, const vf *d)
{
    const vf two = vf_set1(2.0f);
    vf shifted[4];
    TIN_UNROLL
    for (int i = 0; i < 4; i++) shifted[i] = vf_fnma(two, d[i], d[i + 1]);
    t[0] = vf_sub(shifted[2], shifted[0]);
    t[1] = vf_add(shifted[2], shifted[1]);
    t[2] = vf_sub(shifted[2], shifted[1]);
    t[3] = vf_sub(d[3], d[1]);
    t[4] = vf_sub(shifted[3], shifted[1]);
}

TIN_INLINE void winograd_bt6(vf *t, const vf *d)
{
    const vf two = vf_set1(2.0f), four = vf_set1(4.0f), five = vf_set1(5.0f);
    const vf even = vf_fnma(four, d[2], d[4]), odd = vf_fnma(four, d[1], d[3]);
    const vf even2 = vf_sub(d[4], d[2]), odd2 = vf_sub(d[3], d[1]);
    t[0] = vf_fma(four, d[0], vf_fnma(five, d[2], d[4]));
    t[1] = vf_add(even, odd);
    t[2] = vf_sub(even, odd);
    t[3] = vf_fma(two, odd2, even2);
    t[4] = vf_fnma(two, odd2, even2);
    t[5] = vf_fma(four, d[1], vf_fnma(five, d[3], d[5]));
}

TIN_INLINE void winograd_bt7(vf *t, const vf *d)
{
    const vf half = vf_set1(0.5f);
    vf shifted[6];
    TIN_UNROLL
    for (int i = 0; i < 6; i++) shifted[i] = vf_fnma(half, d[i], d[i + 1]);
    winograd_bt6(t, shifted);
    t[6] = t[5];
    t[5] = vf_fma(vf_set1(4.0f), d[1], vf_fnma(vf_set1(5.0f), d[3], d[5]));
}

TIN_INLINE void winograd_bt8(vf *t, const vf *d)
{
    const vf half = vf_set1(0.5f), two = vf_set1(2.0f), four = vf_set1(4.0f);
    const vf a = vf_set1(5.25f), b = vf_set1(4.25f), c = vf_set1(1.25f), e = vf_set1(2.5f);
    const vf quarter = vf_set1(0.25f), five = vf_set1(5.0f);
    t[0] = vf_sub(vf_fma(a, vf_sub(d[2], d[4]), d[6]), d[0]);
    t[7] = vf_sub(vf_fma(a, vf_sub(d[3], d[5]), d[7]), d[1]);
    const vf even1 = vf_fnma(b, d[4], vf_add(d[2], d[6]));
    const vf odd1 = vf_fnma(b, d[3], vf_add(d[1], d[5]));
    t[1] = vf_add(even1, odd1);
    t[2] = vf_sub(even1, odd1);
    const vf even2 = vf_fma(quarter, d[2], vf_fnma(c, d[4], d[6]));
    const vf odd2 = vf_fma(half, d[1], vf_fnma(e, d[3], vf_mul(two, d[5])));
    t[3] = vf_add(even2, odd2);
    t[4] = vf_sub(even2, odd2);
    const vf even3 = vf_fma(four, d[2], vf_fnma(five, d[4], d[6]));
    const vf odd3 = vf_fma(two, d[1], vf_fnma(e, d[3], vf_mul(half, d[5])));
    t[5] = vf_add(even3, odd3);
    t[6] = vf_sub(even3, odd3);
}

TIN_INLINE void winograd_bt9(vf *t, const vf *d)
{
    const vf even[] = {d[0], d[2], d[4], d[6], d[8]};
    winograd_bt5(t, even);
    TIN_UNROLL
    for (int i = 0; i < 4; i++) t[5 + i] = d[2 * i + 1];
}

TIN_INLINE void winograd_at4(vf *t, const vf *m)
{
    t[0] = vf_add(m[0], vf_add(m[1], m[2]));
    t[1] = vf_add(vf_sub(m[1], m[2]), m[3]);
}

TIN_INLINE void winograd_at5(vf *t, const vf *m)
{
    const vf sum = vf_add(m[1], m[2]), less = vf_sub(m[1], m[2]);
    t[0] = vf_add(m[0], vf_add(sum, m[3]));
    t[1] = vf_fma(vf_set1(2.0f), m[3], less);
    t[2] = vf_fma(vf_set1(4.0f), m[3], sum);
    t[3] = vf_add(m[4], vf_fma(vf_set1(8.0f), m[3], less));
}

TIN_INLINE void winograd_at6(vf *t, const vf *m)
{
    const vf sum1 = vf_add(m[1], m[2]), less1 = vf_sub(m[1], m[2]);
    const vf sum2 = vf_add(m[3], m[4]), less2 = vf_sub(m[3], m[4]);
    t[0] = vf_add(m[0], vf_add(sum1, sum2));
    t[1] = vf_fma(vf_set1(2.0f), less2, less1);
    t[2] = vf_fma(vf_set1(4.0f), sum2, sum1);
    t[3] = vf_add(vf_fma(vf_set1(8.0f), less2, less1), m[5]);
}

TIN_INLINE void winograd_at7(vf *t, const vf *m)
{
    const vf sum1 = vf_add(m[1], m[2]), less1 = vf_sub(m[1], m[2]);
    const vf sum2 = vf_add(m[3], m[4]), less2 = vf_sub(m[3], m[4]);
    t[0] = vf_add(vf_add(m[0], m[5]), vf_add(sum1, sum2));
    t[1] = vf_fma(vf_set1(0.5f), m[5], vf_fma(vf_set1(2.0f), less2, less1));
    t[2] = vf_fma(vf_set1(0.25f), m[5], vf_fma(vf_set1(4.0f), sum2, sum1));
    t[3] = vf_fma(vf_set1(0.125f), m[5], vf_add(vf_fma(vf_set1(8.0f), less2, less1), m[6]));
}

TIN_INLINE void winograd_at8(vf *t, const vf *m)
{
    const vf sum1 = vf_add(m[1], m[2]), less1 = vf_sub(m[1], m[2]);
    const vf sum2 = vf_add(m[3], m[4]), less2 = vf_sub(m[3], m[4]);
    const vf sum3 = vf_add(m[5], m[6]), less3 = vf_sub(m[5], m[6]);
    t[0] = vf_add(vf_add(m[0], sum1), vf_add(sum2, sum3));
    t[1] = vf_fma(vf_set1(0.5f), less3, vf_fma(vf_set1(2.0f), less2, less1));
    t[2] = vf_fma(vf_set1(0.25f), sum3, vf_fma(vf_set1(4.0f), sum2, sum1));
    t[3] = vf_fma(vf_set1(0.125f), less3, vf_fma(vf_set1(8.0f), less2, less1));
    t[4] = vf_fma(vf_set1(0.0625f), sum3, vf_fma(vf_set1(16.0f), sum2, sum1));
    t[5] = vf_fma(vf_set1(0.03125f), less3, vf_add(vf_fma(vf_set1(32.0f), less2, less1), m[7]));
}

TIN_INLINE void winograd_at9(vf *t, const vf *m)
{
    winograd_at5(t, m);
    TIN_UNROLL
    for (int i = 0; i < 4; i++) t[i] = vf_add(t[i], m[5 + i]);
}

/* u[6] = G g[3] of F(4, 3), but for the factors by which its rows are what they are: the inputs can
 * have them as well, and there they cost less where filters are many. */
TIN_INLINE void winograd_g6(vf *u, const vf *g)
{
    const vf two = vf_set1(2.0f);
    const vf even1 = vf_add(g[0], g[2]), even2 = vf_fma(vf_set1(4.0f), g[2], g[0]);
    u[0] = g[0];
    u[1] = vf_add(even1, g[1]);
    u[2] = vf_sub(even1, g[1]);
    u[3] = vf_fma(two, g[1], even2);
    u[4] = vf_fnma(two, g[1], even2);
    u[5] = g[2];
}

/* t[6] times the factors of G. */
TIN_INLINE void winograd_scale6(vf *t)
{
    static const float factors[] = {0.25f, -1.0f / 6, -1.0f / 6, 1.0f / 24, 1.0f / 24};
    TIN_UNROLL
    for (int i = 0; i < 5; i++) t[i] = vf_mul(t[i], vf_set1(factors[i]));
}

/* t[in] = Bt d[in] */
TIN_INLINE void winograd_bt(vf *t, const vf *d, const int in)
{
    if (in == 4)
        winograd_bt4(t, d);
    else if (in == 5)
        winograd_bt5(t, d);
    else if (in == 6)
        winograd_bt6(t, d);
    else if (in == 7)
        winograd_bt7(t, d);
    else if (in == 8)
        winograd_bt8(t, d);
    else
        winograd_bt9(t, d);
}

/* t[out] = At m[in] */
TIN_INLINE void winograd_at(vf *t, const vf *m, const int in)
{
    if (in == 4)
        winograd_at4(t, m);
    else if (in == 5)
        winograd_at5(t, m);
    else if (in == 6)
        winograd_at6(t, m);
    else if (in == 7)
        winograd_at7(t, m);
    else if (in == 8)
        winograd_at8(t, m);
    else
        winograd_at9(t, m);
}

#endif
