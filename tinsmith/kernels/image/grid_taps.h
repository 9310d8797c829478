/* The taps of GridSample over up to three spatial axes: which pixels a point reads, and how much.
 *
 * The second part is a template: G for the grid with its _ARITH, _LOAD, _ROUND and _FLOOR, W for the
 * weights. */
#ifndef TIN_GRID_TAPS_H
#define TIN_GRID_TAPS_H
#include "../c/scalar.h"
#include "../c/task.h"
enum { TIN_GRID_NEAREST, TIN_GRID_LINEAR, TIN_GRID_CUBIC };
enum { TIN_GRID_ZEROS, TIN_GRID_BORDER, TIN_GRID_REFLECTION };
enum { TIN_GRID_MOST = 64 }; /* taps of a point */

/* How points are read. */
struct tin_grid {
    ptrdiff_t axes, extent[3]; /* of the image, 1 before its axes */
    int mode, padding, align_corners;
};

/* x mirrored at the edges of an axis until it lies within. */
TIN_INLINE double tin_grid_reflect(double x, ptrdiff_t extent, int align_corners)
{
    const double start = align_corners ? 0 : -0.5,
                 span = (double)(align_corners ? extent - 1 : extent);
    if (span == 0 || !(x > -16777216 && x < 16777216)) return start;
    const double over = x < start ? start - x : x - (start + span);
    if (!(over > 0)) return x;
    const double turns = tin_floor_f64(over / span), rest = over - turns * span;
    const int odd = turns - 2 * tin_floor_f64(turns / 2) != 0;
    return odd == (x < start) ? start + span - rest : start + rest;
}

/* The weight of a tap at a distance, by Keys' cubic filter. */
TIN_INLINE double tin_grid_cubic(double d)
{
    const double a = -0.75;
    return d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
}

/* The pixel at coordinate i of an axis, or -1 if there is none. */
TIN_INLINE ptrdiff_t tin_grid_pixel(ptrdiff_t i, ptrdiff_t extent, int padding, int align_corners)
{
    if (i >= 0 && i < extent) return i;
    if (padding == TIN_GRID_ZEROS) return -1;
    if (padding == TIN_GRID_REFLECTION)
        i = (ptrdiff_t)tin_grid_reflect((double)i, extent, align_corners);
    return i < 0 ? 0 : i < extent ? i : extent - 1;
}
#endif

/* Places and weights of the pixels that the point `at` reads; returns how many. */
TIN_INLINE int TIN_JOIN(KERNEL, _taps)(const G *restrict at, ptrdiff_t *restrict place,
                                       W *restrict weight, const struct tin_grid s)
{
    int taps = 1;
    place[0] = 0;
    weight[0] = 1;
    for (ptrdiff_t axis = 3 - s.axes; axis < 3; axis++) {
        const ptrdiff_t extent = s.extent[axis];
        const G_ARITH n = G_LOAD(at[2 - axis]);
        /* Rounded by the cast, so that no compiler fuses the product with the subtraction. */
        G_ARITH v = s.align_corners ? (n + 1) / 2 * (G_ARITH)(extent - 1)
                                    : ((G_ARITH)((double)(n + 1) * (double)extent) - 1) / 2;
        if (s.mode == TIN_GRID_NEAREST) v = G_ROUND(v);
        if (s.padding == TIN_GRID_REFLECTION)
            v = (G_ARITH)tin_grid_reflect((double)v, extent, s.align_corners);
        const G_ARITH low = -4, high = (G_ARITH)(extent + 4);
        v = v > low ? v : low; /* NaN becomes low */
        v = v < high ? v : high;
        const ptrdiff_t base = (ptrdiff_t)G_FLOOR(v);
        const G_ARITH d = v - (G_ARITH)base;
        const int count = s.mode == TIN_GRID_NEAREST ? 1 : s.mode == TIN_GRID_LINEAR ? 2 : 4;
        ptrdiff_t index[4] = {0};
        W share[4] = {1};
        int valid = 0;
        for (int tap = 0; tap < count; tap++) {
            const ptrdiff_t offset = s.mode == TIN_GRID_CUBIC ? tap - 1 : tap;
            const ptrdiff_t pixel =
                tin_grid_pixel(base + offset, extent, s.padding, s.align_corners);
            const double distance = d > (G_ARITH)offset ? (double)(d - (G_ARITH)offset)
                                                        : (double)((G_ARITH)offset - d);
            index[valid] = pixel;
            share[valid] = (W)(s.mode == TIN_GRID_NEAREST  ? 1
                               : s.mode == TIN_GRID_LINEAR ? 1 - distance
                                                           : tin_grid_cubic(distance));
            valid += pixel >= 0;
        }
        /* From the end, so that the lists grow in place. */
        for (int old = taps - 1; old >= 0; old--) {
            const ptrdiff_t from = place[old];
            const W factor = weight[old];
            for (int tap = valid - 1; tap >= 0; tap--) {
                place[old * valid + tap] = from * extent + index[tap];
                weight[old * valid + tap] = factor * share[tap];
            }
        }
        taps *= valid;
    }
    return taps;
}
