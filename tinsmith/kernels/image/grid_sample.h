/* GridSample: taps and weights of a point once, then all channels.
 *
 * A template: T for the image and G for the grid, each with its _ARITH, _LOAD, _STORE; G_ROUND and
 * G_FLOOR; W is T_ARITH. */
#include "grid_taps.h"
#ifndef TIN_GRID_SAMPLE_H
#define TIN_GRID_SAMPLE_H
struct grid_sample {
    ptrdiff_t n, c, points, axes;
    ptrdiff_t extent[3];
    int mode, padding, align_corners;
    ptrdiff_t chunks; /* of all points */
};
#endif

TIN_INLINE void KERNEL(const T *restrict x, const G *restrict grid, T *restrict y,
                       const struct grid_sample s, ptrdiff_t begin, ptrdiff_t end)
{
    const struct tin_grid how = {s.axes, {s.extent[0], s.extent[1], s.extent[2]}, s.mode,
                                 s.padding, s.align_corners};
    const ptrdiff_t pixels = s.extent[0] * s.extent[1] * s.extent[2];
    const ptrdiff_t last = tin_chunk(s.n * s.points, s.chunks, end);
    for (ptrdiff_t point = tin_chunk(s.n * s.points, s.chunks, begin); point < last; point++) {
        ptrdiff_t place[TIN_GRID_MOST];
        W weight[TIN_GRID_MOST];
        const int taps = TIN_JOIN(KERNEL, _taps)(grid + point * s.axes, place, weight, how);
        const ptrdiff_t image = point / s.points, at = point % s.points;
        for (ptrdiff_t c = 0; c < s.c; c++) {
            const T *restrict plane = x + (image * s.c + c) * pixels;
            W v = 0;
            for (int tap = 0; tap < taps; tap++) v += weight[tap] * T_LOAD(plane[place[tap]]);
            y[(image * s.c + c) * s.points + at] = T_STORE(v);
        }
    }
}
