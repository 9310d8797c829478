/* conv2d_winograd_bf16.h: 3x3 convolution of bfloat16 by Winograd's F(2x2, 3x3); stride 1, dilation
 * 1, one group.
 *
 *   y[n, o, i, j] = finish(bias[o] + sum over c, p, q of w[o, c, p, q] x[n, c, i - pad_top + p, j -
 *   pad_left + q], r)
 *
 * The output is cut into tiles of 2 x 2; each reads 4 x 4 of x. With d those, g the filter and *
 * element by element,
 *   tile = At (sum over c of (G g Gt) * (Bt d B)) A
 *   Bt = 1 0 -1 0 | 0 1 1 0 | 0 -1 1 0 | 0 1 0 -1      At = 1 1 1 0 | 0 1 -1 -1
 * and the sums over c are, for each of the 16 elements, a matrix product of pairs of bfloat16 with
 * float32 sums. Transforms are float32; their results, V, are rounded to bfloat16, which F(4x4, 3x3)
 * would not stand: it magnifies what was rounded 15 times, this one 2.4 times.
 *
 * x, y, r: NCHWc as in conv2d_direct.h. r may be y itself. Lanes beyond the last channel of x
 * may hold anything: the sums do not read them.
 *
 * Weights G g Gt, bfloat16, zero-padded: [oc group][16][ceil(ic / 2)][B][L][2]. oc group: B = tile_b
 * vectors of channels, the last one holding the remaining ones. bias: [blocks L], float32,
 * zero-padded; never NULL. (pack() in conv2d_winograd_bf16.py does both.)
 *
 * A panel is `panel` tiles, counted over the whole batch. Scratch, for each thread:
 *   V   [16][ceil(ic / L)][panel][L] bfloat16, 2 L halves between elements
 *   M   [16][panel][tile_b][L] float32, L floats between elements: the sums for one oc group
 * Chunks: parts x panels, the panel running fastest; a part is `groups` oc groups. Count:
 * ceil(ceil(ceil(oc / L) / tile_b) / groups) ceil(n ceil(oh / 2) ceil(ow / 2) / panel).
 */
#ifndef TIN_CONV2D_WINOGRAD_BF16_H
#define TIN_CONV2D_WINOGRAD_BF16_H

#include "sums.h"
#include "winograd.h"

struct conv2d_winograd_bf16 {
    int n, ic, ih, iw, oc, oh, ow, pad_top, pad_left;
    ptrdiff_t x_n, x_block, x_row, x_pixel;
    ptrdiff_t y_n, y_block, y_row, y_pixel;
    ptrdiff_t r_n, r_block, r_row, r_pixel;
    int tile_p, tile_b, panel, groups;
    int ahead; /* floats of weights to come that each pair of a register tile asks for */
    int residual, act;
    float alpha, beta;
};

enum { TIN_F23_IN = 4, TIN_F23_OUT = 2, TIN_F23_ELEMENTS = 16 };

TIN_INLINE int f23_tiles(const struct conv2d_winograd_bf16 s)
{
    return s.n * ((s.oh + 1) / 2) * ((s.ow + 1) / 2);
}

/* t = Bt d */
TIN_INLINE void f23_bt(vf *t, const vf *d)
{
    t[0] = vf_sub(d[0], d[2]);
    t[1] = vf_add(d[1], d[2]);
    t[2] = vf_sub(d[2], d[1]);
    t[3] = vf_sub(d[1], d[3]);
}

/* t = At m */
TIN_INLINE void f23_at(vf *t, const vf *m)
{
    t[0] = vf_add(vf_add(m[0], m[1]), m[2]);
    t[1] = vf_sub(vf_sub(m[1], m[2]), m[3]);
}

/* Bt d of column j of a tile into t[.][j]. x: pixel (0, 0) of d, which may lie outside; edge: only
 * rows top .. bottom - 1 and columns left .. right - 1 of d are inside, the others are 0. */
TIN_INLINE void f23_column(vf t[TIN_F23_IN][TIN_F23_IN], const uint16_t *restrict x,
                           const ptrdiff_t x_row, const int j, const int edge, const int top,
                           const int bottom, const int left, const int right)
{
    vf d[TIN_F23_IN], column[TIN_F23_IN];
    const int some = !edge || (j >= left && j < right);
    TIN_UNROLL
    for (int i = 0; i < TIN_F23_IN; i++)
        d[i] = some && (!edge || (i >= top && i < bottom))
                   ? vf_load_bf16(x + i * x_row + j * TIN_LANES)
                   : vf_zero();
    f23_bt(column, d);
    TIN_UNROLL
    for (int i = 0; i < TIN_F23_IN; i++) t[i][j] = column[i];
}

/* v[element] = Bt d B of one block of channels of one tile; elements are step apart. t: Bt d; where
 * `next`, the last two columns of the tile to the left, which are the first two of this one. */
TIN_INLINE void f23_input(vf t[TIN_F23_IN][TIN_F23_IN], const uint16_t *restrict x,
                          uint16_t *restrict v, const ptrdiff_t x_row, const ptrdiff_t step,
                          const int next, const int edge, const int top, const int bottom,
                          const int left, const int right)
{
    if (next) {
        TIN_UNROLL
        for (int i = 0; i < TIN_F23_IN; i++) {
            t[i][0] = t[i][2];
            t[i][1] = t[i][3];
        }
    } else {
        f23_column(t, x, x_row, 0, edge, top, bottom, left, right);
        f23_column(t, x, x_row, 1, edge, top, bottom, left, right);
    }
    f23_column(t, x, x_row, 2, edge, top, bottom, left, right);
    f23_column(t, x, x_row, 3, edge, top, bottom, left, right);
    TIN_UNROLL
    for (int i = 0; i < TIN_F23_IN; i++) {
        vf row[TIN_F23_IN];
        f23_bt(row, t[i]);
        TIN_UNROLL
        for (int j = 0; j < TIN_F23_IN; j++) vf_store_bf16(v + (i * TIN_F23_IN + j) * step, row[j]);
    }
}

/* V of `count` tiles from `first` on. */
TIN_INLINE void f23_inputs(const uint16_t *restrict x, uint16_t *restrict v,
                           const struct conv2d_winograd_bf16 s, const ptrdiff_t step,
                           const int first, const int count)
{
    TIN_NO_UNROLL
    for (int block = 0; block < (s.ic + TIN_LANES - 1) / TIN_LANES; block++) {
        struct winograd_place place = winograd_place_of(first, s.oh, s.ow, TIN_F23_OUT);
        vf t[TIN_F23_IN][TIN_F23_IN];
        TIN_NO_UNROLL
        for (int tile = 0; tile < count; tile++) {
            const int row = place.row - s.pad_top, column = place.column - s.pad_left;
            const uint16_t *xt =
                x + place.n * s.x_n + block * s.x_block + row * s.x_row + column * s.x_pixel;
            uint16_t *vt = v + ((ptrdiff_t)block * s.panel + tile) * TIN_LANES;
            const int inside =
                row >= 0 && column >= 0 && row + TIN_F23_IN <= s.ih && column + TIN_F23_IN <= s.iw;
            if (inside && tile > 0 && place.column > 0)
                f23_input(t, xt, vt, s.x_row, step, 1, 0, 0, 0, 0, 0);
            else if (inside)
                f23_input(t, xt, vt, s.x_row, step, 0, 0, 0, 0, 0, 0);
            else
                f23_input(t, xt, vt, s.x_row, step, 0, 1, -row, s.ih - row, -column, s.iw - column);
            place = winograd_next(place, s.oh, s.ow, TIN_F23_OUT);
        }
    }
}

/* m = bias + sum over c of v[c, P tiles] u[c, B, L], for one element. */
TIN_INLINE void f23_tile(const uint16_t *restrict v, const float *restrict u,
                         const float *restrict bias, float *restrict m,
                         const struct conv2d_winograd_bf16 s, const int P, const int B,
                         const int element, struct conv_ahead *ahead)
{
    const struct conv_operands t = {.stored = TIN_BF16,
                                    .inner = 2,
                                    .ragged = s.ic % 2,
                                    .step = TIN_LANES,
                                    .lane = 1,
                                    .ahead = s.ahead};
    conv_sums acc;
    TIN_UNROLL
    for (int b = 0; b < B; b++) {
        const vf start = element == TIN_F23_IN + 1 ? vf_load(bias + b * TIN_LANES) : vf_zero();
        TIN_UNROLL
        for (int p = 0; p < P; p++) acc[p][b] = start;
    }
    conv_runs(acc, v, (ptrdiff_t)s.panel * TIN_LANES, u, t, P, B, s.ic, s.ic % TIN_LANES == 0, 0,
              ahead);
    conv_store(m, acc, P, B);
}

/* M of `count` tiles for one oc group. */
TIN_INLINE void f23_products(const uint16_t *restrict v, const float *restrict u,
                             const float *restrict bias, float *restrict m,
                             const struct conv2d_winograd_bf16 s, const int B, const int count,
                             const ptrdiff_t v_step, const ptrdiff_t m_step)
{
    const int P_tail = s.panel % s.tile_p ? s.panel % s.tile_p : f23_tiles(s) % s.tile_p;
    const int whole = count - count % s.tile_p;
    const ptrdiff_t element = (ptrdiff_t)(s.ic + 1) / 2 * B * TIN_LANES;
    TIN_NO_UNROLL
    for (int e = 0; e < TIN_F23_ELEMENTS; e++) {
        const uint16_t *ve = v + e * v_step;
        const float *ue = u + e * element, *after = ue + element;
        struct conv_ahead ahead = {after, after + element};
        float *me = m + e * m_step;
        TIN_NO_UNROLL
        for (int p = 0; p < whole; p += s.tile_p)
            f23_tile(ve + (ptrdiff_t)p * TIN_LANES, ue, bias, me + (ptrdiff_t)p * B * TIN_LANES, s,
                     s.tile_p, B, e, &ahead);
        if (P_tail && whole < count)
            f23_tile(ve + (ptrdiff_t)whole * TIN_LANES, ue, bias,
                     me + (ptrdiff_t)whole * B * TIN_LANES, s, P_tail, B, e, &ahead);
    }
}

/* The pixels of one tile from its elements of M, step apart: the first `rows` rows and `columns`
 * columns of 2 x 2. */
TIN_INLINE void f23_output(const float *restrict m, const uint16_t *r, uint16_t *y,
                           const struct conv2d_winograd_bf16 s, const ptrdiff_t step,
                           const int rows, const int columns)
{
    vf t[TIN_F23_OUT][TIN_F23_IN];
    TIN_UNROLL
    for (int j = 0; j < TIN_F23_IN; j++) {
        vf d[TIN_F23_IN], column[TIN_F23_OUT];
        TIN_UNROLL
        for (int i = 0; i < TIN_F23_IN; i++) d[i] = vf_load(m + (i * TIN_F23_IN + j) * step);
        f23_at(column, d);
        TIN_UNROLL
        for (int i = 0; i < TIN_F23_OUT; i++) t[i][j] = column[i];
    }
    TIN_UNROLL
    for (int i = 0; i < TIN_F23_OUT; i++) {
        vf row[TIN_F23_OUT];
        f23_at(row, t[i]);
        TIN_UNROLL
        for (int j = 0; j < TIN_F23_OUT; j++) {
            if (i < rows && j < columns) {
                vf rv = vf_zero();
                if (s.residual) rv = vf_load_bf16(r + i * s.r_row + j * s.r_pixel);
                vf v = vf_finish_tile(row[j], rv, s.residual, s.act, s.alpha, s.beta);
                vf_store_bf16(y + i * s.y_row + j * s.y_pixel, v);
            }
        }
    }
    if (act_is_costly(s.act)) {
        TIN_NO_UNROLL
        for (int i = 0; i < rows; i++)
            finish_row(y + i * s.y_row, s.y_pixel, s.residual ? r + i * s.r_row : r, s.r_pixel, columns,
                       s.residual, s.act, s.alpha, s.beta, TIN_BF16);
    }
}

/* The pixels of `count` tiles from `first` on, B blocks of channels. r, y: at the first of them. */
TIN_INLINE void f23_outputs(const float *restrict m, const uint16_t *r, uint16_t *y,
                            const struct conv2d_winograd_bf16 s, const ptrdiff_t step, const int B,
                            const int first, const int count)
{
    struct winograd_place place = winograd_place_of(first, s.oh, s.ow, TIN_F23_OUT);
    TIN_NO_UNROLL
    for (int tile = 0; tile < count; tile++) {
        const int rows = s.oh - place.row, columns = s.ow - place.column;
        TIN_NO_UNROLL
        for (int b = 0; b < B; b++) {
            const float *mt = m + ((ptrdiff_t)tile * B + b) * TIN_LANES;
            uint16_t *yt = y + place.n * s.y_n + b * s.y_block + place.row * s.y_row +
                           place.column * s.y_pixel;
            const uint16_t *rt = s.residual ? r + place.n * s.r_n + b * s.r_block +
                                                  place.row * s.r_row + place.column * s.r_pixel
                                            : r;
            if (rows >= TIN_F23_OUT && columns >= TIN_F23_OUT)
                f23_output(mt, rt, yt, s, step, TIN_F23_OUT, TIN_F23_OUT);
            else
                f23_output(mt, rt, yt, s, step, rows < TIN_F23_OUT ? rows : TIN_F23_OUT,
                           columns < TIN_F23_OUT ? columns : TIN_F23_OUT);
        }
        place = winograd_next(place, s.oh, s.ow, TIN_F23_OUT);
    }
}

TIN_INLINE void conv2d_winograd_bf16(const uint16_t *restrict x, const uint16_t *r,
                                     const void *restrict w, const float *restrict bias,
                                     uint16_t *y, void *restrict scratch,
                                     const struct conv2d_winograd_bf16 s, ptrdiff_t begin,
                                     ptrdiff_t end)
{
    const int blocks = (s.oc + TIN_LANES - 1) / TIN_LANES, B_tail = blocks % s.tile_b;
    const int oc_groups = (blocks + s.tile_b - 1) / s.tile_b;
    const int tiles = f23_tiles(s), panels = (tiles + s.panel - 1) / s.panel;
    const ptrdiff_t v_step =
        ((ptrdiff_t)(s.ic + TIN_LANES - 1) / TIN_LANES * s.panel + 2) * TIN_LANES;
    const ptrdiff_t m_step = ((ptrdiff_t)s.panel * s.tile_b + 1) * TIN_LANES;
    /* weights of one vector of output channels */
    const ptrdiff_t filter = (ptrdiff_t)TIN_F23_ELEMENTS * ((s.ic + 1) / 2) * TIN_LANES;
    float *m = scratch;
    uint16_t *v = (uint16_t *)(m + TIN_F23_ELEMENTS * m_step);
    TIN_NO_UNROLL
    for (ptrdiff_t chunk = begin; chunk < end; chunk++) {
        const int first = (int)(chunk % panels) * s.panel, part = (int)(chunk / panels);
        const int count = tiles - first < s.panel ? tiles - first : s.panel;
        const int last = (part + 1) * s.groups < oc_groups ? (part + 1) * s.groups : oc_groups;
        f23_inputs(x, v, s, v_step, first, count);
        TIN_NO_UNROLL
        for (int og = part * s.groups; og < last; og++) {
            const ptrdiff_t vector = (ptrdiff_t)og * s.tile_b;
            const float *u = (const float *)w + vector * filter;
            const float *bg = bias + vector * TIN_LANES;
            const int B = B_tail && og == oc_groups - 1 ? B_tail : s.tile_b;
            if (B_tail && og == oc_groups - 1)
                f23_products(v, u, bg, m, s, B_tail, count, v_step, m_step);
            else
                f23_products(v, u, bg, m, s, s.tile_b, count, v_step, m_step);
            f23_outputs(m, s.residual ? r + vector * s.r_block : r, y + vector * s.y_block, s,
                        m_step, B, first, count);
        }
    }
}

#endif
