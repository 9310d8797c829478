/* GridSample in blocked layout: taps and weights of a point once, then whole vectors of channels.
 *
 * A template: G for the grid with its _ARITH, _LOAD, _ROUND and _FLOOR; W is float. */
#include "grid_taps.h"
#ifndef TIN_GRID_SAMPLE_F32_H
#define TIN_GRID_SAMPLE_F32_H
#include "../c/simd.h"
struct grid_sample_f32 {
    ptrdiff_t n, blocks, points, axes;
    ptrdiff_t extent[3];
    int mode, padding, align_corners;
    ptrdiff_t chunks; /* of all points */
};
#endif

TIN_INLINE void KERNEL(const float *restrict x, const G *restrict grid, float *restrict y,
                       const struct grid_sample_f32 s, ptrdiff_t begin, ptrdiff_t end)
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
        for (ptrdiff_t b = 0; b < s.blocks; b++) {
            const float *restrict plane = x + (image * s.blocks + b) * pixels * TIN_LANES;
            vf v = vf_zero();
            for (int tap = 0; tap < taps; tap++)
                v = vf_fma(vf_set1(weight[tap]), vf_load(plane + place[tap] * TIN_LANES), v);
            vf_store(y + ((image * s.blocks + b) * s.points + at) * TIN_LANES, v);
        }
    }
}
