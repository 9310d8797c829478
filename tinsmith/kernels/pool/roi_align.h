/* RoiAlign: for each bin of each region, interpolated samples are averaged, or their largest
 * weighted neighbour is taken.
 *
 * Template: T and its T_ARITH, T_LOAD, T_STORE; T_CEIL. Scratch: one T_ARITH for each channel. */
#ifndef TIN_ROI_ALIGN_H
#define TIN_ROI_ALIGN_H
#include "../c/scalar.h"
#include "../c/task.h"
struct roi_align {
    ptrdiff_t images, c, h, w;
    ptrdiff_t regions, bins_h, bins_w;
    ptrdiff_t sampling,
        most; /* samples of a bin along an axis, 0: as it has pixels; at most so many */
    double spatial_scale, shift, smallest;
    int takes_max;
    ptrdiff_t chunks; /* of all bins */
};
#endif

TIN_INLINE void KERNEL(const T *restrict x, const T *restrict rois,
                       const int64_t *restrict batch_indices, T *restrict y, void *restrict scratch,
                       const struct roi_align s, ptrdiff_t begin, ptrdiff_t end)
{
    T_ARITH *restrict sum = scratch;
    const ptrdiff_t bins = s.bins_h * s.bins_w, plane = s.h * s.w;
    const ptrdiff_t last = tin_chunk(s.regions * bins, s.chunks, end);
    for (ptrdiff_t bin = tin_chunk(s.regions * bins, s.chunks, begin); bin < last; bin++) {
        const ptrdiff_t region = bin / bins;
        const ptrdiff_t at[2] = {bin % bins / s.bins_w, bin % s.bins_w};
        T_ARITH first[2], size[2];
        ptrdiff_t count[2];
        for (int axis = 0; axis < 2; axis++) {
            /* Rounded by the cast, so that no compiler fuses the product with the subtraction. */
            const T_ARITH low =
                (T_ARITH)((double)T_LOAD(rois[region * 4 + 1 - axis]) * s.spatial_scale) -
                (T_ARITH)s.shift;
            const T_ARITH high =
                (T_ARITH)((double)T_LOAD(rois[region * 4 + 3 - axis]) * s.spatial_scale) -
                (T_ARITH)s.shift;
            const T_ARITH extent =
                high - low < (T_ARITH)s.smallest ? (T_ARITH)s.smallest : high - low;
            size[axis] = extent / (T_ARITH)(axis ? s.bins_w : s.bins_h);
            T_ARITH wanted = s.sampling ? (T_ARITH)s.sampling : T_CEIL(size[axis]);
            wanted = wanted > 0 ? wanted : 0;
            count[axis] = (ptrdiff_t)(wanted < (T_ARITH)s.most ? wanted : (T_ARITH)s.most);
            first[axis] = low + (T_ARITH)at[axis] * size[axis];
        }
        const int64_t given = batch_indices[region];
        const ptrdiff_t image = given < 0 ? 0 : given < s.images ? (ptrdiff_t)given : s.images - 1;
        const T *restrict source = x + image * s.c * plane;
        for (ptrdiff_t c = 0; c < s.c; c++) sum[c] = 0;
        for (ptrdiff_t sample = 0; sample < count[0] * count[1]; sample++) {
            const ptrdiff_t step[2] = {sample / count[1], sample % count[1]};
            const ptrdiff_t extent[2] = {s.h, s.w};
            ptrdiff_t low[2] = {0}, high[2] = {0};
            T_ARITH share[2] = {0};
            int inside = 1;
            for (int axis = 0; axis < 2; axis++) {
                const T_ARITH half = (T_ARITH)0.5;
                T_ARITH v =
                    first[axis] + ((T_ARITH)step[axis] + half) * size[axis] / (T_ARITH)count[axis];
                inside &= v >= -1 && v <= (T_ARITH)extent[axis];
                v = v > 0 ? v : 0;
                v = v < (T_ARITH)(extent[axis] - 1) ? v : (T_ARITH)(extent[axis] - 1);
                low[axis] = (ptrdiff_t)v;
                high[axis] = low[axis] + 1 < extent[axis] ? low[axis] + 1 : low[axis];
                share[axis] = v - (T_ARITH)low[axis];
            }
            const T_ARITH all = inside ? 1 : 0;
            const T_ARITH w00 = all * (1 - share[0]) * (1 - share[1]),
                          w01 = all * (1 - share[0]) * share[1];
            const T_ARITH w10 = all * share[0] * (1 - share[1]), w11 = all * share[0] * share[1];
            for (ptrdiff_t c = 0; c < s.c; c++) {
                const T *restrict p = source + c * plane;
                const T_ARITH v00 = w00 * T_LOAD(p[low[0] * s.w + low[1]]);
                const T_ARITH v01 = w01 * T_LOAD(p[low[0] * s.w + high[1]]);
                const T_ARITH v10 = w10 * T_LOAD(p[high[0] * s.w + low[1]]);
                const T_ARITH v11 = w11 * T_LOAD(p[high[0] * s.w + high[1]]);
                if (s.takes_max) {
                    const T_ARITH top = v00 > v01 ? v00 : v01, bottom = v10 > v11 ? v10 : v11;
                    const T_ARITH best = top > bottom ? top : bottom;
                    sum[c] = sample == 0 || best > sum[c] ? best : sum[c];
                } else {
                    sum[c] += v00 + v01 + v10 + v11;
                }
            }
        }
        const ptrdiff_t samples = count[0] * count[1];
        const T_ARITH divisor = (T_ARITH)(s.takes_max || samples == 0 ? 1 : samples);
        for (ptrdiff_t c = 0; c < s.c; c++)
            y[(region * s.c + c) * bins + bin % bins] = T_STORE(sum[c] / divisor);
    }
}
