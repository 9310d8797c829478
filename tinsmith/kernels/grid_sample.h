/* GridSample over up to three spatial axes: taps and weights of a point once, then all channels.
 *
 * Templates: T for the image and G for the grid, each with its _ARITH, _LOAD, _STORE; G_ROUND and
 * G_FLOOR. */
#ifndef TIN_GRID_SAMPLE_H
#define TIN_GRID_SAMPLE_H
#include "scalar.h"
#include "task.h"
enum { TIN_GRID_NEAREST, TIN_GRID_LINEAR, TIN_GRID_CUBIC };
enum { TIN_GRID_ZEROS, TIN_GRID_BORDER, TIN_GRID_REFLECTION };
struct grid_sample {
    ptrdiff_t n, c, points, axes;
    ptrdiff_t extent[3]; /* of the image, 1 before its axes */
    int mode, padding, align_corners;
    ptrdiff_t chunks; /* of all points */
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

TIN_INLINE void KERNEL(const T *restrict x, const G *restrict grid, T *restrict y,
                       const struct grid_sample s, ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t pixels = s.extent[0] * s.extent[1] * s.extent[2];
    const ptrdiff_t last = tin_chunk(s.n * s.points, s.chunks, end);
    for (ptrdiff_t point = tin_chunk(s.n * s.points, s.chunks, begin); point < last; point++) {
        ptrdiff_t place[64] = {0};
        T_ARITH weight[64] = {1};
        int taps = 1;
        for (ptrdiff_t axis = 3 - s.axes; axis < 3; axis++) {
            const ptrdiff_t extent = s.extent[axis];
            const G_ARITH n = G_LOAD(grid[point * s.axes + 2 - axis]);
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
            T_ARITH share[4] = {1};
            int valid = 0;
            for (int tap = 0; tap < count; tap++) {
                const ptrdiff_t offset = s.mode == TIN_GRID_CUBIC ? tap - 1 : tap;
                const ptrdiff_t pixel =
                    tin_grid_pixel(base + offset, extent, s.padding, s.align_corners);
                const double distance = d > (G_ARITH)offset ? (double)(d - (G_ARITH)offset)
                                                            : (double)((G_ARITH)offset - d);
                index[valid] = pixel;
                share[valid] = (T_ARITH)(s.mode == TIN_GRID_NEAREST  ? 1
                                         : s.mode == TIN_GRID_LINEAR ? 1 - distance
                                                                     : tin_grid_cubic(distance));
                valid += pixel >= 0;
            }
            int made = taps * valid;
            for (int old = taps - 1; old >= 0;
                 old--) { /* from the end, so that the lists grow in place */
                for (int tap = valid - 1; tap >= 0; tap--) {
                    made--;
                    const ptrdiff_t from = place[old];
                    const T_ARITH factor = weight[old];
                    place[made] = from * extent + index[tap];
                    weight[made] = factor * share[tap];
                }
            }
            taps *= valid;
        }
        const ptrdiff_t image = point / s.points, at = point % s.points;
        for (ptrdiff_t c = 0; c < s.c; c++) {
            const T *restrict plane = x + (image * s.c + c) * pixels;
            T_ARITH v = 0;
            for (int tap = 0; tap < taps; tap++) v += weight[tap] * T_LOAD(plane[place[tap]]);
            y[(image * s.c + c) * s.points + at] = T_STORE(v);
        }
    }
}
