/* DeformConv: the samples of a few neighbouring outputs, then their products with all filters.
 *
 * Template: T and its T_ARITH, T_LOAD, T_STORE; T_FLOOR. Scratch: [channel][tap][16 outputs]
 * samples. */
#ifndef TIN_DEFORM_CONV_H
#define TIN_DEFORM_CONV_H
#include "../c/scalar.h"
#include "../c/task.h"
enum { TIN_DEFORM_OUTPUTS = 16 };
struct deform_conv {
    ptrdiff_t n, c, h, w; /* of x */
    ptrdiff_t m, oh, ow;  /* of y */
    ptrdiff_t kernel[2], stride[2], pad[2], dilation[2];
    ptrdiff_t groups, offset_groups;
    ptrdiff_t chunks; /* of all strips of outputs */
    int has_bias, has_mask;
};

/* The four neighbours of one place: offsets in a plane and weights; 0 and 0 beyond the image. */
#define TIN_DEFORM_NEIGHBOUR(k, row, column, share)                                      \
    do {                                                                                 \
        const int inside = (row) >= 0 && (row) < s.h && (column) >= 0 && (column) < s.w; \
        place[k] = inside ? (row) * s.w + (column) : -1;                                 \
        weight[k] = inside ? (share) : 0;                                                \
    } while (0)
#endif

TIN_INLINE void KERNEL(const T *restrict x, const T *restrict w, const T *restrict offset,
                       const T *restrict bias, const T *restrict mask, T *restrict y,
                       void *restrict scratch, const struct deform_conv s, ptrdiff_t begin,
                       ptrdiff_t end)
{
    T_ARITH *restrict samples = scratch;
    const ptrdiff_t taps = s.kernel[0] * s.kernel[1], area = s.oh * s.ow;
    const ptrdiff_t strips = (s.ow + TIN_DEFORM_OUTPUTS - 1) / TIN_DEFORM_OUTPUTS;
    const ptrdiff_t share = s.c / s.offset_groups, depth = s.c / s.groups * taps,
                    filters = s.m / s.groups;
    const ptrdiff_t last = tin_chunk(s.n * s.oh * strips, s.chunks, end);
    for (ptrdiff_t strip = tin_chunk(s.n * s.oh * strips, s.chunks, begin); strip < last; strip++) {
        const ptrdiff_t image = strip / strips / s.oh, row = strip / strips % s.oh;
        const ptrdiff_t from = strip % strips * TIN_DEFORM_OUTPUTS;
        const ptrdiff_t count = s.ow - from < TIN_DEFORM_OUTPUTS ? s.ow - from : TIN_DEFORM_OUTPUTS;
        for (ptrdiff_t i = 0; i < s.c * taps * TIN_DEFORM_OUTPUTS; i++) samples[i] = 0;
        for (ptrdiff_t step = 0; step < s.offset_groups * taps * count; step++) {
            const ptrdiff_t p = step % count, tap = step / count % taps,
                            group = step / count / taps;
            const ptrdiff_t at = row * s.ow + from + p,
                            entry = (image * s.offset_groups + group) * taps + tap;
            const T_ARITH v =
                T_LOAD(offset[entry * 2 * area + at]) +
                (T_ARITH)(row * s.stride[0] - s.pad[0] + tap / s.kernel[1] * s.dilation[0]);
            const T_ARITH u =
                T_LOAD(offset[(entry * 2 + 1) * area + at]) +
                (T_ARITH)((from + p) * s.stride[1] - s.pad[1] + tap % s.kernel[1] * s.dilation[1]);
            if (!(v > -1 && v < (T_ARITH)s.h && u > -1 && u < (T_ARITH)s.w)) continue;
            const ptrdiff_t top = (ptrdiff_t)T_FLOOR(v), left = (ptrdiff_t)T_FLOOR(u);
            const T_ARITH dv = v - (T_ARITH)top, du = u - (T_ARITH)left;
            const T_ARITH factor = s.has_mask ? T_LOAD(mask[entry * area + at]) : 1;
            ptrdiff_t place[4];
            T_ARITH weight[4];
            TIN_DEFORM_NEIGHBOUR(0, top, left, (1 - dv) * (1 - du));
            TIN_DEFORM_NEIGHBOUR(1, top, left + 1, (1 - dv) * du);
            TIN_DEFORM_NEIGHBOUR(2, top + 1, left, dv * (1 - du));
            TIN_DEFORM_NEIGHBOUR(3, top + 1, left + 1, dv * du);
            for (ptrdiff_t c = group * share; c < (group + 1) * share; c++) {
                const T *restrict plane = x + (image * s.c + c) * s.h * s.w;
                T_ARITH sum = 0;
                for (int k = 0; k < 4; k++)
                    sum += place[k] < 0 ? 0 : weight[k] * T_LOAD(plane[place[k]]);
                samples[(c * taps + tap) * TIN_DEFORM_OUTPUTS + p] = sum * factor;
            }
        }
        for (ptrdiff_t m = 0; m < s.m; m++) {
            const T_ARITH *restrict column = samples + m / filters * depth * TIN_DEFORM_OUTPUTS;
            T_ARITH sum[TIN_DEFORM_OUTPUTS];
            for (int p = 0; p < TIN_DEFORM_OUTPUTS; p++) sum[p] = s.has_bias ? T_LOAD(bias[m]) : 0;
            for (ptrdiff_t k = 0; k < depth; k++) {
                const T_ARITH factor = T_LOAD(w[m * depth + k]);
                for (int p = 0; p < TIN_DEFORM_OUTPUTS; p++)
                    sum[p] += factor * column[k * TIN_DEFORM_OUTPUTS + p];
            }
            for (ptrdiff_t p = 0; p < count; p++)
                y[(image * s.m + m) * area + row * s.ow + from + p] = T_STORE(sum[p]);
        }
    }
}
