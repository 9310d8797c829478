/* conv2d_winograd_f32.h: 3x3 convolution of float32, stride 1, dilation 1, one group, by
 * Winograd's F(4x4, 3x3) (Lavin and Gray, 2016).
 *
 *   y[n, o, i, j] = finish(bias[o] + sum over c, p, q of w[o, c, p, q] x[n, c, i - pad_top + p, j
 *   - pad_left + q], r)
 *
 * The output is cut into tiles of 4 x 4; each reads 6 x 6 of x. With d those, g the filter and *
 * element by element,
 *   tile = At (sum over c of (G g Gt) * (Bt d B)) A         points 0, 1, -1, 2, -2, infinity
 * so that 36 products stand for 144, and the sums over c are, for each of the 36 elements, a
 * matrix product.
 *
 * Layouts. L = TIN_LANES. Every pointer is the address of channel 0 of image 0 (of a slice, where
 * it is one); all strides in floats.
 *   x, y, r   NCHWc: channel c at (c / L) x_block + c % L + h x_row + w x_pixel (x_pixel = L). r
 *   may be y itself.
 * Lanes beyond the last channel: read in x but kept to their lane of V, which the sums never
 * read; undefined in y.
 *
 * Weights, transformed and zero-padded to whole vectors: [oc group][36][ic][B][L]. oc group: B =
 * tile_b vectors of channels, the last one
 * holding the remaining B' = blocks % tile_b (packed with B' in place of B). bias: [blocks L],
 * zero-padded; never NULL.
 * (pack() in conv2d_winograd_f32.py does both.)
 *
 * A panel is `panel` tiles, counted over the whole batch. Scratch, for each thread, two arrays of
 * 36 elements one after the other:
 *   V   [36][ceil(ic / L)][panel][L], L floats between elements: Bt d B of all channels of the
 *   panel
 *   M   [36][panel][tile_b][L],       L floats between elements: its sums for one oc group
 * (the L floats keep elements off the same cache sets.)
 *
 * Chunks: parts x panels, the panel running fastest; a part is `groups` oc groups. Each chunk
 * transforms its panel of x, then for
 * each of its oc groups fills M and transforms it out. Chunks share nothing that is written.
 * Count: ceil(ceil(ceil(oc / L) / tile_b) / groups) ceil(n ceil(oh / 4) ceil(ow / 4) / panel).
 *
 * Register tiles: tile_p tiles x tile_b vectors. panel is a multiple of tile_p; what is left of
 * all tiles has a register tile of its own.
 */
#ifndef TIN_CONV2D_WINOGRAD_F32_H
#define TIN_CONV2D_WINOGRAD_F32_H

#include "conv2d_direct_f32.h"

struct conv2d_winograd_f32 {
    int n, ic, ih, iw, oc, oh, ow;
    int pad_top, pad_left;
    ptrdiff_t x_n, x_block, x_row, x_pixel;
    ptrdiff_t y_n, y_block, y_row, y_pixel;
    ptrdiff_t r_n, r_block, r_row, r_pixel;
    int tile_p, tile_b, panel, groups;
    int residual, act;
    float alpha, beta;
};

/* Element (1, 1) adds to every pixel of a tile alike: its sums start with the bias. */
enum {
    TIN_WINOGRAD_OUT = 4,
    TIN_WINOGRAD_IN = 6,
    TIN_WINOGRAD_ELEMENTS = 36,
    TIN_WINOGRAD_BIAS = 7
};

/* Weights, which mostly come from far away, are asked for 8 KB ahead: a fifth off layers of 256
 * channels. A cache line: 16 floats. */
enum { TIN_WINOGRAD_LINE = 16, TIN_WINOGRAD_AHEAD = 2048 };

/* Where a tile lies: of which image, from which row and column of y on. */
struct winograd_place {
    int n, row, column;
};

TIN_INLINE struct winograd_place conv2d_winograd_place(const struct conv2d_winograd_f32 s,
                                                       const int tile)
{
    const int across = (s.ow + TIN_WINOGRAD_OUT - 1) / TIN_WINOGRAD_OUT,
              down = (s.oh + TIN_WINOGRAD_OUT - 1) / TIN_WINOGRAD_OUT;
    const struct winograd_place place = {tile / across / down,
                                         tile / across % down * TIN_WINOGRAD_OUT,
                                         tile % across * TIN_WINOGRAD_OUT};
    return place;
}

/* The place of the next tile. */
TIN_INLINE struct winograd_place conv2d_winograd_next(const struct conv2d_winograd_f32 s,
                                                      struct winograd_place place)
{
    place.column += TIN_WINOGRAD_OUT;
    if (place.column >= s.ow) {
        place.column = 0;
        place.row += TIN_WINOGRAD_OUT;
        if (place.row >= s.oh) {
            place.row = 0;
            place.n++;
        }
    }
    return place;
}

/* t = Bt d */
TIN_INLINE void conv2d_winograd_bt(vf t[TIN_WINOGRAD_IN], const vf d[TIN_WINOGRAD_IN])
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

/* t = At m */
TIN_INLINE void conv2d_winograd_at(vf t[TIN_WINOGRAD_OUT], const vf m[TIN_WINOGRAD_IN])
{
    const vf sum1 = vf_add(m[1], m[2]), less1 = vf_sub(m[1], m[2]), sum2 = vf_add(m[3], m[4]),
             less2 = vf_sub(m[3], m[4]);
    t[0] = vf_add(m[0], vf_add(sum1, sum2));
    t[1] = vf_fma(vf_set1(2.0f), less2, less1);
    t[2] = vf_fma(vf_set1(4.0f), sum2, sum1);
    t[3] = vf_add(vf_fma(vf_set1(8.0f), less2, less1), m[5]);
}

/* v[element] = Bt d B of one block of channels of one tile; elements are step apart. x: the first
 * pixel of d, which may lie outside;
 * edge: only rows top .. bottom - 1 and columns left .. right - 1 of d are inside, the others are
 * 0. */
TIN_INLINE void conv2d_winograd_input(const float *restrict x, float *restrict v,
                                      const struct conv2d_winograd_f32 s, const ptrdiff_t step,
                                      const int edge, const int top, const int bottom,
                                      const int left, const int right)
{
    vf t[TIN_WINOGRAD_IN][TIN_WINOGRAD_IN], d[TIN_WINOGRAD_IN], column[TIN_WINOGRAD_IN];
    TIN_NO_UNROLL
    for (int j = 0; j < TIN_WINOGRAD_IN; j++) {
        const int some = !edge || (j >= left && j < right);
        TIN_UNROLL
        for (int i = 0; i < TIN_WINOGRAD_IN; i++)
            d[i] = some && (!edge || (i >= top && i < bottom))
                       ? vf_load(x + i * s.x_row + j * s.x_pixel)
                       : vf_zero();
        conv2d_winograd_bt(column, d);
        TIN_UNROLL
        for (int i = 0; i < TIN_WINOGRAD_IN; i++) t[i][j] = column[i];
    }
    TIN_NO_UNROLL
    for (int i = 0; i < TIN_WINOGRAD_IN; i++) {
        conv2d_winograd_bt(d, t[i]);
        TIN_UNROLL
        for (int j = 0; j < TIN_WINOGRAD_IN; j++)
            vf_store(v + (i * TIN_WINOGRAD_IN + j) * step, d[j]);
    }
}

/* V of `count` tiles from `first` on. */
TIN_INLINE void conv2d_winograd_inputs(const float *restrict x, float *restrict v,
                                       const struct conv2d_winograd_f32 s, const ptrdiff_t step,
                                       const int first, const int count)
{
    TIN_NO_UNROLL
    for (int block = 0; block < (s.ic + TIN_LANES - 1) / TIN_LANES; block++) {
        struct winograd_place place = conv2d_winograd_place(s, first);
        TIN_NO_UNROLL
        for (int tile = 0; tile < count; tile++) {
            const int row = place.row - s.pad_top, column = place.column - s.pad_left;
            const float *xt =
                x + place.n * s.x_n + block * s.x_block + row * s.x_row + column * s.x_pixel;
            float *vt = v + (block * s.panel + tile) * TIN_LANES;
            if (row >= 0 && column >= 0 && row + TIN_WINOGRAD_IN <= s.ih &&
                column + TIN_WINOGRAD_IN <= s.iw)
                conv2d_winograd_input(xt, vt, s, step, 0, 0, 0, 0, 0);
            else
                conv2d_winograd_input(xt, vt, s, step, 1, -row, s.ih - row, -column, s.iw - column);
            place = conv2d_winograd_next(s, place);
        }
    }
}

/* m = bias + sum over c of v[c, P tiles] u[c, B, L], for one element. */
TIN_INLINE void conv2d_winograd_tile(const float *restrict v, const float *restrict u,
                                     const float *restrict bias, float *restrict m,
                                     const struct conv2d_winograd_f32 s, const int P, const int B,
                                     const int element)
{
    const struct conv2d_direct_f32 tiles = {
        .ic_block = TIN_LANES, .x_lane = 1, .x_pixel = TIN_LANES, .stride_w = 1};
    vf acc[TIN_CONV_MAX_P][TIN_CONV_MAX_B];
    TIN_UNROLL
    for (int b = 0; b < B; b++) {
        const vf start = element == TIN_WINOGRAD_BIAS ? vf_load(bias + b * TIN_LANES) : vf_zero();
        TIN_UNROLL
        for (int p = 0; p < P; p++) acc[p][b] = start;
    }
    TIN_NO_UNROLL
    for (int c = 0; c < s.ic; c += TIN_LANES) {
        const int channels = s.ic % TIN_LANES == 0 || s.ic - c >= TIN_LANES ? TIN_LANES : s.ic - c;
        TIN_UNROLL
        for (int i = 0; i < B * TIN_LANES * TIN_LANES; i += TIN_WINOGRAD_LINE)
            __builtin_prefetch(u + (ptrdiff_t)c * B * TIN_LANES + i + TIN_WINOGRAD_AHEAD, 0, 2);
        conv2d_direct_tap(acc, v + (ptrdiff_t)c * s.panel, u + (ptrdiff_t)c * B * TIN_LANES, tiles,
                          P, B, channels, 0, 0, 0);
    }
    TIN_UNROLL
    for (int p = 0; p < P; p++) {
        TIN_UNROLL
        for (int b = 0; b < B; b++) vf_store(m + (p * B + b) * TIN_LANES, acc[p][b]);
    }
}

/* M of `count` tiles for one oc group. */
TIN_INLINE void conv2d_winograd_products(const float *restrict v, const float *restrict u,
                                         const float *restrict bias, float *restrict m,
                                         const struct conv2d_winograd_f32 s, const int B,
                                         const int count, const ptrdiff_t v_step,
                                         const ptrdiff_t m_step)
{
    const int tiles = s.n * ((s.oh + TIN_WINOGRAD_OUT - 1) / TIN_WINOGRAD_OUT) *
                      ((s.ow + TIN_WINOGRAD_OUT - 1) / TIN_WINOGRAD_OUT);
    const int P_tail = tiles % s.tile_p, whole = count - count % s.tile_p;
    TIN_NO_UNROLL
    for (int e = 0; e < TIN_WINOGRAD_ELEMENTS; e++) {
        const float *ve = v + e * v_step, *ue = u + (ptrdiff_t)e * s.ic * B * TIN_LANES;
        float *me = m + e * m_step;
        TIN_NO_UNROLL
        for (int p = 0; p < whole; p += s.tile_p)
            conv2d_winograd_tile(ve + p * TIN_LANES, ue, bias, me + p * B * TIN_LANES, s, s.tile_p,
                                 B, e);
        if (P_tail && whole < count)
            conv2d_winograd_tile(ve + whole * TIN_LANES, ue, bias, me + whole * B * TIN_LANES, s,
                                 P_tail, B, e);
    }
}

/* The pixels of one tile from its elements of M, step apart: the first `rows` rows and `columns`
 * columns of 4 x 4. */
TIN_INLINE void conv2d_winograd_output(const float *restrict m, const float *r, float *y,
                                       const struct conv2d_winograd_f32 s, const ptrdiff_t step,
                                       const int rows, const int columns)
{
    vf t[TIN_WINOGRAD_OUT][TIN_WINOGRAD_IN], d[TIN_WINOGRAD_IN], column[TIN_WINOGRAD_OUT];
    TIN_NO_UNROLL
    for (int j = 0; j < TIN_WINOGRAD_IN; j++) {
        TIN_UNROLL
        for (int i = 0; i < TIN_WINOGRAD_IN; i++)
            d[i] = vf_load(m + (i * TIN_WINOGRAD_IN + j) * step);
        conv2d_winograd_at(column, d);
        TIN_UNROLL
        for (int i = 0; i < TIN_WINOGRAD_OUT; i++) t[i][j] = column[i];
    }
    TIN_NO_UNROLL
    for (int i = 0; i < rows; i++) {
        float *to = y + i * s.y_row;
        const float *from = s.residual ? r + i * s.r_row : r;
        conv2d_winograd_at(column, t[i]);
        TIN_UNROLL
        for (int j = 0; j < TIN_WINOGRAD_OUT; j++) {
            if (j < columns) {
                const vf rv = s.residual ? vf_load(from + j * s.r_pixel) : vf_zero();
                vf_store(to + j * s.y_pixel,
                         vf_finish_tile(column[j], rv, s.residual, s.act, s.alpha, s.beta));
            }
        }
        finish_row(to, s.y_pixel, from, s.r_pixel, columns, s.residual, s.act, s.alpha, s.beta);
    }
}

/* The pixels of `count` tiles from `first` on, B blocks of channels. r, y: at the first of them. */
TIN_INLINE void conv2d_winograd_outputs(const float *restrict m, const float *r, float *y,
                                        const struct conv2d_winograd_f32 s, const ptrdiff_t step,
                                        const int B, const int first, const int count)
{
    struct winograd_place place = conv2d_winograd_place(s, first);
    TIN_NO_UNROLL
    for (int tile = 0; tile < count; tile++) {
        const int rows = s.oh - place.row < TIN_WINOGRAD_OUT ? s.oh - place.row : TIN_WINOGRAD_OUT;
        const int columns =
            s.ow - place.column < TIN_WINOGRAD_OUT ? s.ow - place.column : TIN_WINOGRAD_OUT;
        TIN_NO_UNROLL
        for (int b = 0; b < B; b++) {
            float *yt = y + place.n * s.y_n + b * s.y_block + place.row * s.y_row +
                        place.column * s.y_pixel;
            const float *rt = s.residual ? r + place.n * s.r_n + b * s.r_block +
                                               place.row * s.r_row + place.column * s.r_pixel
                                         : r;
            conv2d_winograd_output(m + (tile * B + b) * TIN_LANES, rt, yt, s, step, rows, columns);
        }
        place = conv2d_winograd_next(s, place);
    }
}

TIN_INLINE void conv2d_winograd_f32(const float *restrict x, const float *r,
                                    const float *restrict w, const float *restrict bias, float *y,
                                    void *restrict scratch, const struct conv2d_winograd_f32 s,
                                    ptrdiff_t begin, ptrdiff_t end)
{
    const int blocks = (s.oc + TIN_LANES - 1) / TIN_LANES, B_tail = blocks % s.tile_b;
    const int oc_groups = (blocks + s.tile_b - 1) / s.tile_b;
    const int tiles = s.n * ((s.oh + TIN_WINOGRAD_OUT - 1) / TIN_WINOGRAD_OUT) *
                      ((s.ow + TIN_WINOGRAD_OUT - 1) / TIN_WINOGRAD_OUT);
    const int panels = (tiles + s.panel - 1) / s.panel;
    const ptrdiff_t v_step =
        ((ptrdiff_t)(s.ic + TIN_LANES - 1) / TIN_LANES * s.panel + 1) * TIN_LANES;
    const ptrdiff_t m_step = ((ptrdiff_t)s.panel * s.tile_b + 1) * TIN_LANES;
    const ptrdiff_t filters = (ptrdiff_t)TIN_WINOGRAD_ELEMENTS * s.ic *
                              TIN_LANES; /* weights of one vector of output channels */
    float *v = scratch, *m = v + TIN_WINOGRAD_ELEMENTS * v_step;
    TIN_NO_UNROLL
    for (ptrdiff_t chunk = begin; chunk < end; chunk++) {
        const int first = (int)(chunk % panels) * s.panel, part = (int)(chunk / panels);
        const int count = tiles - first < s.panel ? tiles - first : s.panel;
        const int last = (part + 1) * s.groups < oc_groups ? (part + 1) * s.groups : oc_groups;
        conv2d_winograd_inputs(x, v, s, v_step, first, count);
        TIN_NO_UNROLL
        for (int og = part * s.groups; og < last; og++) {
            const int vector = og * s.tile_b, B = B_tail && og == oc_groups - 1 ? B_tail : s.tile_b;
            const float *u = w + vector * filters, *bg = bias + (ptrdiff_t)vector * TIN_LANES;
            if (B_tail && og == oc_groups - 1)
                conv2d_winograd_products(v, u, bg, m, s, B_tail, count, v_step, m_step);
            else
                conv2d_winograd_products(v, u, bg, m, s, s.tile_b, count, v_step, m_step);
            conv2d_winograd_outputs(m, s.residual ? r + vector * s.r_block : r,
                                    y + vector * s.y_block, s, m_step, B, first, count);
        }
    }
}

#endif
