/* winograd_filters.h: filters of Winograd's algorithms (winograd.h), transformed when a network is
 * loaded.
 *
 *   u = G g Gt
 *
 * Template: MATRIX is the initialiser of G, [in][taps].
 *
 * w   the filters as they are,  [oc group][ic][taps^2][B][L], halves or not as `stored` says
 * u   transformed,              [oc group][in^2][ic][B][L]
 * L = TIN_LANES; oc group: B = tile_b vectors of channels, the last one holding the remaining B' =
 * blocks % tile_b (packed with B' in place of B).
 *
 * Chunks: oc groups x slabs of TIN_WINOGRAD_SLAB input channels, the slab running fastest. Count:
 * ceil(blocks / tile_b) ceil(ic / TIN_WINOGRAD_SLAB). A row of u after the other is made of all
 * filters of a slab: so few pieces of memory are written at a time, each from end to end.
 */
#ifndef TIN_WINOGRAD_FILTERS_H
#define TIN_WINOGRAD_FILTERS_H

#include "../c/stored.h"
#include "winograd.h"

enum { TIN_WINOGRAD_SLAB = 16, TIN_WINOGRAD_MAX_TAPS = 4 };

struct winograd_filters {
    int in, taps, ic, blocks, tile_b, stored;
};

/* Row p of G g Gt of one vector of filters. w: their taps, `tap` apart; u: its elements, `element`
 * apart. */
TIN_INLINE void winograd_filters_row(const void *restrict w, const int stored, float *restrict u,
                                     const float g[][TIN_WINOGRAD_MAX_TAPS], const int in,
                                     const int taps, const int p, const ptrdiff_t tap,
                                     const ptrdiff_t element)
{
    vf row[TIN_WINOGRAD_MAX_TAPS];
    TIN_UNROLL
    for (int q = 0; q < taps; q++) {
        row[q] = vf_mul(vf_set1(g[p][0]), stored_load(w, q * tap, stored));
        TIN_UNROLL
        for (int k = 1; k < taps; k++)
            row[q] = vf_fma(vf_set1(g[p][k]), stored_load(w, (k * taps + q) * tap, stored), row[q]);
    }
    TIN_UNROLL
    for (int r = 0; r < in; r++) {
        vf sum = vf_mul(vf_set1(g[r][0]), row[0]);
        TIN_UNROLL
        for (int q = 1; q < taps; q++) sum = vf_fma(vf_set1(g[r][q]), row[q], sum);
        vf_store(u + r * element, sum);
    }
}

#endif

TIN_INLINE void KERNEL(const void *restrict w, float *restrict u, const struct winograd_filters s,
                       ptrdiff_t begin, ptrdiff_t end)
{
    static const float g[][TIN_WINOGRAD_MAX_TAPS] = MATRIX;
    const int slabs = (s.ic + TIN_WINOGRAD_SLAB - 1) / TIN_WINOGRAD_SLAB;
    const int B_tail = s.blocks % s.tile_b, tail = s.blocks / s.tile_b;
    /* filters of one vector of output channels */
    const ptrdiff_t from = (ptrdiff_t)s.ic * s.taps * s.taps * TIN_LANES;
    const ptrdiff_t to = (ptrdiff_t)s.ic * s.in * s.in * TIN_LANES;
    TIN_NO_UNROLL
    for (ptrdiff_t chunk = begin; chunk < end; chunk++) {
        const int group = (int)(chunk / slabs), first = (int)(chunk % slabs) * TIN_WINOGRAD_SLAB;
        const int last = first + TIN_WINOGRAD_SLAB < s.ic ? first + TIN_WINOGRAD_SLAB : s.ic;
        const int B = group == tail ? B_tail : s.tile_b;
        const ptrdiff_t tap = (ptrdiff_t)B * TIN_LANES, element = s.ic * tap;
        const void *wg = stored_at(w, group * s.tile_b * from, s.stored);
        float *ug = u + group * s.tile_b * to;
        TIN_NO_UNROLL
        for (int p = 0; p < s.in; p++) {
            TIN_NO_UNROLL
            for (int c = first; c < last; c++) {
                const void *wc = stored_at(wg, c * s.taps * s.taps * tap, s.stored);
                float *uc = ug + p * s.in * element + c * tap;
                TIN_NO_UNROLL
                for (int b = 0; b < B; b++)
                    winograd_filters_row(stored_at(wc, b * TIN_LANES, s.stored), s.stored,
                                         uc + b * TIN_LANES, g, s.in, s.taps, p, tap, element);
            }
        }
    }
}
