/* conv2d_winograd_f32.h: convolution of float32 by Winograd's algorithms, with the transforms of
 * winograd.h; dilation 1, one group.
 *
 *   y[n, o, i, j] = finish(bias[o] + sum over c, p, q of w[o, c, p, q] x[n, c, i stride - pad_top
 *   + p, j stride - pad_left + q], r)
 *
 * The output is cut into tiles of out x out; each reads in x in of x. With d those, g the filter
 * and * element by element,
 *   tile = At (sum over c of (G g Gt) * (Bt d B)) A
 * and the sums over c are, for each of the in^2 elements, a matrix product.
 *
 * depth 1: x is read as it is; stride is that of the algorithm (1; 2 for in 9).
 * depth > 1 (first layers, whose stride is depth): each depth x depth square of x becomes one pixel
 * of channels depth^2, [c][row][column], in a strip of scratch, and the algorithm moves by 1 over
 * those. ic counts them; ih, iw, pad_top, pad_left speak of x itself.
 *
 * phases 2 (a transposed convolution of stride 2, whose even and odd outputs are convolutions of
 * their own): oc counts the output channels of all 2 x 2 phases, those of a phase together and
 * whole vectors; y is written at each phase's pixels: oh, ow count those of one phase, y_row and
 * y_pixel lie between them. Odd rows have shift_top less padding on top, odd columns shift_left
 * less on the left. Groups of a part and vectors of a group are of one phase. depth 1, no r.
 *
 * Layouts. L = TIN_LANES. Every pointer is the address of channel 0 of image 0 (of a slice, where
 * it is one); all strides in floats.
 *   x, y, r   NCHWc: channel c at (c / L) x_block + c % L + h x_row + w x_pixel (x_pixel = L). r
 *   may be y itself.
 *   x of depth > 1: plain NCHW, channel c at c x_block + h x_row + w.
 * Lanes beyond the last channel: read in x but kept to their lane of V, which the sums never
 * read; undefined in y.
 *
 * Weights u, transformed and zero-padded to whole vectors: [oc group][in^2][ic][B][L]. oc group: B =
 * tile_b vectors of channels, the last one
 * holding the remaining B' = blocks % tile_b (packed with B' in place of B). bias: [blocks L],
 * zero-padded; never NULL.
 * (winograd_filters.h makes them when the network is loaded, or pack() in conv2d_winograd_f32.py.)
 * slab > 0 (in 6, depth 1): w has them as they are, [oc group][ic][9][B][L]. They are transformed on
 * the way, a row of elements of `slab` input channels (a multiple of L) at a time, which the first
 * cache holds: a quarter of the bytes come from memory, for more arithmetic. Of each part `ready`
 * groups are transformed all the same, by a G without its factors: the last of even parts, the
 * first of odd ones, so that one thread waits for memory while the next one computes.
 * slab 0: all groups are ready, w is not read.
 *
 * A panel is at most `panel` tiles, counted over the whole batch: register tiles are cut evenly
 * into `panels`; of depth > 1, each is `panel`, whole rows of tiles.
 * Scratch, for each thread, one after the other:
 *   V   [in^2][ceil(ic / L)][panel][L], L floats between elements: Bt d B of all channels of the
 *   panel
 *   M   [in^2][panel][tile_b][L],       L floats between elements: its sums for one oc group
 *   strip (depth > 1)   [ceil(ic / L)][in][columns][L] for one row of tiles
 *   u (slab > 0)        [in][slab][tile_b][L], L floats between elements
 * (the L floats keep elements off the same cache sets.)
 *
 * Chunks: parts x panels, the panel running fastest; a part is `groups` oc groups. Each chunk
 * transforms its panel of x, then for
 * each of its oc groups fills M and transforms it out. Chunks share nothing that is written.
 * Count: ceil(ceil(ceil(oc / L) / tile_b) / groups) panels.
 *
 * Register tiles: tile_p tiles x tile_b vectors; what is left of a panel (where panel is no
 * multiple of tile_p all panels are full) or of all tiles has a register tile of its own.
 */
#ifndef TIN_CONV2D_WINOGRAD_F32_H
#define TIN_CONV2D_WINOGRAD_F32_H

#include "sums.h"
#include "winograd.h"

struct conv2d_winograd_f32 {
    int n, ic, ih, iw, oc, oh, ow;
    int in, out, stride, depth;
    int pad_top, pad_left;
    int phases, shift_top, shift_left;
    ptrdiff_t x_n, x_block, x_row, x_pixel;
    ptrdiff_t y_n, y_block, y_row, y_pixel;
    ptrdiff_t r_n, r_block, r_row, r_pixel;
    int tile_p, tile_b, panel, panels, groups, slab, ready;
    /* floats of weights to come that each channel of a register tile asks for, in lean groups and
     * in ready ones */
    int ahead, ready_ahead;
    int residual, act;
    float alpha, beta;
};

/* Weights, which mostly come from far away, are asked for one element ahead, 8 KB at least. */
enum { TIN_WINOGRAD_AHEAD = 2048 };

TIN_INLINE int conv2d_winograd_across(const struct conv2d_winograd_f32 s)
{
    return (s.ow + s.out - 1) / s.out;
}

TIN_INLINE int conv2d_winograd_tiles(const struct conv2d_winograd_f32 s)
{
    return s.n * ((s.oh + s.out - 1) / s.out) * conv2d_winograd_across(s);
}

/* v[element] = Bt d B of one block of channels of one tile; elements are step apart. x: the first
 * pixel of d, which may lie outside;
 * edge: only rows top .. bottom - 1 and columns left .. right - 1 of d are inside, the others are
 * 0. */
TIN_INLINE void conv2d_winograd_input(const float *restrict x, float *restrict v,
                                      const ptrdiff_t x_row, const int in, const int scaled,
                                      const ptrdiff_t step, const int edge, const int top,
                                      const int bottom, const int left, const int right)
{
    vf t[TIN_WINOGRAD_MAX_IN][TIN_WINOGRAD_MAX_IN];
    vf d[TIN_WINOGRAD_MAX_IN], column[TIN_WINOGRAD_MAX_IN];
    TIN_NO_UNROLL
    for (int j = 0; j < in; j++) {
        const int some = !edge || (j >= left && j < right);
        TIN_UNROLL
        for (int i = 0; i < in; i++)
            d[i] = some && (!edge || (i >= top && i < bottom))
                       ? vf_load(x + i * x_row + j * TIN_LANES)
                       : vf_zero();
        winograd_bt(column, d, in);
        if (scaled) winograd_scale6(column);
        TIN_UNROLL
        for (int i = 0; i < in; i++) t[i][j] = column[i];
    }
    TIN_NO_UNROLL
    for (int i = 0; i < in; i++) {
        winograd_bt(d, t[i], in);
        if (scaled) winograd_scale6(d);
        TIN_UNROLL
        for (int j = 0; j < in; j++) vf_store(v + (i * in + j) * step, d[j]);
    }
}

/* V of `count` tiles from `first` on, of one phase. */
TIN_INLINE void conv2d_winograd_inputs(const float *restrict x, float *restrict v,
                                       const struct conv2d_winograd_f32 s, const ptrdiff_t step,
                                       const int first, const int count, const int odd_row,
                                       const int odd_column)
{
    const int pad_top = s.pad_top - odd_row * s.shift_top;
    const int pad_left = s.pad_left - odd_column * s.shift_left;
    TIN_NO_UNROLL
    for (int block = 0; block < (s.ic + TIN_LANES - 1) / TIN_LANES; block++) {
        struct winograd_place place = winograd_place_of(first, s.oh, s.ow, s.out);
        TIN_NO_UNROLL
        for (int tile = 0; tile < count; tile++) {
            const int row = place.row * s.stride - pad_top;
            const int column = place.column * s.stride - pad_left;
            const float *xt =
                x + place.n * s.x_n + block * s.x_block + row * s.x_row + column * s.x_pixel;
            float *vt = v + (block * s.panel + tile) * TIN_LANES;
            if (row >= 0 && column >= 0 && row + s.in <= s.ih && column + s.in <= s.iw)
                conv2d_winograd_input(xt, vt, s.x_row, s.in, s.slab > 0, step, 0, 0, 0, 0, 0);
            else
                conv2d_winograd_input(xt, vt, s.x_row, s.in, s.slab > 0, step, 1, -row, s.ih - row,
                                      -column, s.iw - column);
            place = winograd_next(place, s.oh, s.ow, s.out);
        }
    }
}

/* Columns begin .. end - 1 of `depth` lanes of a strip; from: column 0 of x in this row. What lies
 * outside of x is 0; `some`: whether the row is inside. */
TIN_INLINE void conv2d_winograd_margin(const float *restrict from, float *restrict lane,
                                       const struct conv2d_winograd_f32 s, const int some,
                                       const int begin, const int end)
{
    TIN_NO_UNROLL
    for (int j = begin; j < end; j++) {
        TIN_UNROLL
        for (int q = 0; q < s.depth; q++) {
            const int w = j * s.depth + q - s.pad_left;
            lane[j * TIN_LANES + q] = some && w >= 0 && w < s.iw ? from[w] : 0.0f;
        }
    }
}

/* One row of a strip: squares of depth x depth of one channel of x, from row `row` and column -
 * pad_left of x on. to: the channel's first lane in the strip's first pixel. */
TIN_INLINE void conv2d_winograd_squares(const float *restrict x, float *restrict to,
                                        const struct conv2d_winograd_f32 s, const int row,
                                        const int columns)
{
    const int first = (s.pad_left + s.depth - 1) / s.depth;
    const int fit = (s.iw + s.pad_left) / s.depth, last = fit < columns ? fit : columns;
    TIN_UNROLL
    for (int p = 0; p < s.depth; p++) {
        const int h = row + p, some = h >= 0 && h < s.ih;
        const float *from = x + h * s.x_row;
        float *lane = to + p * s.depth;
        if (!some || first >= last) {
            conv2d_winograd_margin(from, lane, s, some, 0, columns);
            continue;
        }
        conv2d_winograd_margin(from, lane, s, 1, 0, first);
        TIN_NO_UNROLL
        for (int j = first; j < last; j++) {
            TIN_UNROLL
            for (int q = 0; q < s.depth; q++)
                lane[j * TIN_LANES + q] = from[j * s.depth + q - s.pad_left];
        }
        conv2d_winograd_margin(from, lane, s, 1, last, columns);
    }
}

/* V of the whole rows of tiles that are `count` tiles from `first` on, depth > 1. */
TIN_INLINE void conv2d_winograd_deep(const float *restrict x, float *restrict v,
                                     float *restrict strip, const struct conv2d_winograd_f32 s,
                                     const ptrdiff_t step, const int first, const int count)
{
    const int across = conv2d_winograd_across(s), area = s.depth * s.depth, images = s.ic / area;
    const int columns = (across - 1) * s.out + s.in, blocks = (s.ic + TIN_LANES - 1) / TIN_LANES;
    const ptrdiff_t row = (ptrdiff_t)columns * TIN_LANES;
    if (s.ic % TIN_LANES) {
        float *last = strip + (blocks - 1) * s.in * row;
        TIN_NO_UNROLL
        for (ptrdiff_t i = 0; i < s.in * row; i += TIN_LANES) vf_store(last + i, vf_zero());
    }
    TIN_NO_UNROLL
    for (int done = 0; done < count; done += across) {
        const struct winograd_place place = winograd_place_of(first + done, s.oh, s.ow, s.out);
        TIN_NO_UNROLL
        for (int c = 0; c < images; c++) {
            const int lane = c * area;
            TIN_NO_UNROLL
            for (int i = 0; i < s.in; i++)
                conv2d_winograd_squares(x + place.n * s.x_n + c * s.x_block,
                                        strip + lane / TIN_LANES * s.in * row + i * row +
                                            lane % TIN_LANES,
                                        s, (place.row + i) * s.depth - s.pad_top, columns);
        }
        TIN_NO_UNROLL
        for (int block = 0; block < blocks; block++) {
            TIN_NO_UNROLL
            for (int tile = 0; tile < across; tile++)
                conv2d_winograd_input(strip + block * s.in * row + tile * s.out * TIN_LANES,
                                      v + (block * s.panel + done + tile) * TIN_LANES, row, s.in, 0,
                                      step, 0, 0, 0, 0, 0);
        }
    }
}

/* Row i of u = G g Gt of `channels` input channels of B vectors: w [channels][9][B][L], u
 * [in][channels][B][L], step floats between elements. */
TIN_INLINE void conv2d_winograd_filters(const float *restrict w, float *restrict u, const int B,
                                        const int channels, const ptrdiff_t step, const int i)
{
    enum { IN = 6, TAPS = 3 };
    const ptrdiff_t tap = (ptrdiff_t)B * TIN_LANES;
    TIN_NO_UNROLL
    for (int c = 0; c < channels; c++) {
        TIN_UNROLL
        for (int b = 0; b < B; b++) {
            const float *from = w + c * TAPS * TAPS * tap + b * TIN_LANES;
            float *to = u + c * tap + b * TIN_LANES;
            vf row[TAPS], g[TAPS], column[IN];
            TIN_UNROLL
            for (int q = 0; q < TAPS; q++) {
                TIN_UNROLL
                for (int p = 0; p < TAPS; p++) g[p] = vf_load(from + (p * TAPS + q) * tap);
                winograd_g6(column, g);
                row[q] = column[i];
            }
            winograd_g6(column, row);
            TIN_UNROLL
            for (int j = 0; j < IN; j++) vf_store(to + j * step, column[j]);
        }
    }
}

/* Some of the products: elements e .. e_end - 1, input channels c .. c_end - 1. */
struct conv2d_winograd_part {
    int e, e_end, c, c_end;
    const float *u;   /* their filters, [element][c][B][L] */
    ptrdiff_t u_step; /* floats between elements */
    const float *ask; /* weights to come */
    ptrdiff_t asked;  /* floats of them for each element */
};

/* m = bias + sum over the part's c of v[c, P tiles] u[c, B, L], for one element; m += where these
 * are not the first. */
TIN_INLINE void conv2d_winograd_tile(const float *restrict v, const float *restrict u,
                                     const float *restrict bias, float *restrict m,
                                     const struct conv2d_winograd_f32 s,
                                     const struct conv2d_winograd_part part, const int P,
                                     const int B, const int element, const int floats,
                                     struct conv_ahead *ahead)
{
    const struct conv_operands t = {
        .stored = TIN_F32, .inner = 1, .step = TIN_LANES, .lane = 1, .ahead = floats};
    conv_sums acc;
    if (part.c == 0) {
        TIN_UNROLL
        for (int b = 0; b < B; b++) {
            const vf start = element == s.in + 1 ? vf_load(bias + b * TIN_LANES) : vf_zero();
            TIN_UNROLL
            for (int p = 0; p < P; p++) acc[p][b] = start;
        }
    } else {
        TIN_UNROLL
        for (int p = 0; p < P; p++) {
            TIN_UNROLL
            for (int b = 0; b < B; b++) acc[p][b] = vf_load(m + (p * B + b) * TIN_LANES);
        }
    }
    conv_runs(acc, v + (ptrdiff_t)part.c * s.panel, (ptrdiff_t)s.panel * TIN_LANES, u, t, P, B,
              part.c_end - part.c, s.ic % TIN_LANES == 0, 0, ahead);
    conv_store(m, acc, P, B);
}

/* A part of M of `count` tiles for one oc group. */
TIN_INLINE void conv2d_winograd_products(const float *restrict v, const float *restrict bias,
                                         float *restrict m, const struct conv2d_winograd_f32 s,
                                         const struct conv2d_winograd_part part, const int floats,
                                         const int B, const int count, const ptrdiff_t v_step,
                                         const ptrdiff_t m_step)
{
    const int P_tail =
        s.panel % s.tile_p ? s.panel % s.tile_p : conv2d_winograd_tiles(s) % s.tile_p;
    const int whole = count - count % s.tile_p;
    TIN_NO_UNROLL
    for (int e = part.e; e < part.e_end; e++) {
        const float *ve = v + e * v_step, *ue = part.u + (e - part.e) * part.u_step;
        const float *ask = part.ask + e * part.asked;
        struct conv_ahead ahead = {ask, ask + part.asked};
        float *me = m + e * m_step;
        TIN_NO_UNROLL
        for (int p = 0; p < whole; p += s.tile_p)
            conv2d_winograd_tile(ve + p * TIN_LANES, ue, bias, me + p * B * TIN_LANES, s, part,
                                 s.tile_p, B, e, floats, &ahead);
        if (P_tail && whole < count)
            conv2d_winograd_tile(ve + whole * TIN_LANES, ue, bias, me + whole * B * TIN_LANES, s,
                                 part, P_tail, B, e, floats, &ahead);
    }
}

/* M of `count` tiles for one oc group. w: its filters, ready or lean; u: scratch for a row of
 * transformed ones. */
TIN_INLINE void conv2d_winograd_group(const float *restrict v, const float *restrict w,
                                      const float *restrict bias, float *restrict m,
                                      float *restrict u, const struct conv2d_winograd_f32 s,
                                      const int ready, const int B, const int count,
                                      const ptrdiff_t v_step, const ptrdiff_t m_step)
{
    const ptrdiff_t vector = (ptrdiff_t)B * TIN_LANES, element = s.ic * vector;
    if (ready) {
        const ptrdiff_t after = element > TIN_WINOGRAD_AHEAD ? element : TIN_WINOGRAD_AHEAD;
        const struct conv2d_winograd_part all = {.e_end = s.in * s.in,
                                                 .c_end = s.ic,
                                                 .u = w,
                                                 .u_step = element,
                                                 .ask = w + after,
                                                 .asked = element};
        conv2d_winograd_products(v, bias, m, s, all, s.ready_ahead, B, count, v_step, m_step);
        return;
    }
    enum { ROWS = 6, TAPS = 9 };
    TIN_NO_UNROLL
    for (int c = 0; c < s.ic; c += s.slab) {
        const int left = s.ic - c, channels = s.ic % s.slab == 0 || left > s.slab ? s.slab : left;
        const ptrdiff_t u_step = s.slab * vector + TIN_LANES;
        const float *wc = w + c * TAPS * vector, *after = wc + channels * TAPS * vector;
        TIN_NO_UNROLL
        for (int i = 0; i < ROWS; i++) {
            const struct conv2d_winograd_part row = {.e = i * ROWS,
                                                     .e_end = (i + 1) * ROWS,
                                                     .c = c,
                                                     .c_end = c + channels,
                                                     .u = u,
                                                     .u_step = u_step,
                                                     .ask = after,
                                                     .asked =
                                                         s.slab * TAPS * vector / (ROWS * ROWS)};
            TIN_UNROLL
            for (int k = 0; k < ROWS; k++)
                if (k == i) conv2d_winograd_filters(wc, u, B, channels, u_step, k);
            conv2d_winograd_products(v, bias, m, s, row, s.ahead, B, count, v_step, m_step);
        }
    }
}

/* The pixels of one tile from its elements of M, step apart: the first `rows` rows and `columns`
 * columns of out x out. */
TIN_INLINE void conv2d_winograd_output(const float *restrict m, const float *r, float *y,
                                       const struct conv2d_winograd_f32 s, const ptrdiff_t step,
                                       const int rows, const int columns)
{
    vf t[TIN_WINOGRAD_MAX_OUT][TIN_WINOGRAD_MAX_IN];
    vf d[TIN_WINOGRAD_MAX_IN], column[TIN_WINOGRAD_MAX_OUT];
    TIN_NO_UNROLL
    for (int j = 0; j < s.in; j++) {
        TIN_UNROLL
        for (int i = 0; i < s.in; i++) d[i] = vf_load(m + (i * s.in + j) * step);
        winograd_at(column, d, s.in);
        TIN_UNROLL
        for (int i = 0; i < s.out; i++) t[i][j] = column[i];
    }
    TIN_NO_UNROLL
    for (int i = 0; i < rows; i++) {
        float *to = y + i * s.y_row;
        const float *from = s.residual ? r + i * s.r_row : r;
        winograd_at(column, t[i], s.in);
        TIN_UNROLL
        for (int j = 0; j < s.out; j++) {
            if (j < columns) {
                const vf rv = s.residual ? vf_load(from + j * s.r_pixel) : vf_zero();
                vf_store(to + j * s.y_pixel,
                         vf_finish_tile(column[j], rv, s.residual, s.act, s.alpha, s.beta));
            }
        }
        finish_row(to, s.y_pixel, from, s.r_pixel, columns, s.residual, s.act, s.alpha, s.beta,
                   TIN_F32);
    }
}

/* Asks for the lines of y that a tile will write, B blocks of channels: where y comes from far
 * away, as after first layers, they arrive during the tile before. */
TIN_INLINE void conv2d_winograd_ask(const float *y, const struct conv2d_winograd_f32 s,
                                    const struct winograd_place place, const int B)
{
    TIN_UNROLL
    for (int b = 0; b < B; b++) {
        const float *to =
            y + place.n * s.y_n + b * s.y_block + place.row * s.y_row + place.column * s.y_pixel;
        TIN_UNROLL
        for (int i = 0; i < s.out; i++) {
            TIN_UNROLL
            for (int j = 0; j < s.out; j++)
                __builtin_prefetch(to + i * s.y_row + j * s.y_pixel, 1, 3);
        }
    }
}

/* The pixels of `count` tiles from `first` on, B blocks of channels. r, y: at the first of them. */
TIN_INLINE void conv2d_winograd_outputs(const float *restrict m, const float *r, float *y,
                                        const struct conv2d_winograd_f32 s, const ptrdiff_t step,
                                        const int B, const int first, const int count)
{
    struct winograd_place place = winograd_place_of(first, s.oh, s.ow, s.out);
    TIN_NO_UNROLL
    for (int tile = 0; tile < count; tile++) {
        const int rows = s.oh - place.row < s.out ? s.oh - place.row : s.out;
        const int columns = s.ow - place.column < s.out ? s.ow - place.column : s.out;
        conv2d_winograd_ask(y, s, winograd_next(place, s.oh, s.ow, s.out), B);
        TIN_NO_UNROLL
        for (int b = 0; b < B; b++) {
            float *yt = y + place.n * s.y_n + b * s.y_block + place.row * s.y_row +
                        place.column * s.y_pixel;
            const float *rt = s.residual ? r + place.n * s.r_n + b * s.r_block +
                                               place.row * s.r_row + place.column * s.r_pixel
                                         : r;
            conv2d_winograd_output(m + (tile * B + b) * TIN_LANES, rt, yt, s, step, rows, columns);
        }
        place = winograd_next(place, s.oh, s.ow, s.out);
    }
}

TIN_INLINE void conv2d_winograd_f32(const float *restrict x, const float *r,
                                    const float *restrict w, const float *restrict u,
                                    const float *restrict bias, float *y, void *restrict scratch,
                                    const struct conv2d_winograd_f32 s, ptrdiff_t begin,
                                    ptrdiff_t end)
{
    const int blocks = (s.oc + TIN_LANES - 1) / TIN_LANES, B_tail = blocks % s.tile_b;
    const int oc_groups = (blocks + s.tile_b - 1) / s.tile_b;
    const int tiles = conv2d_winograd_tiles(s), elements = s.in * s.in;
    /* what panels are made of */
    const int unit = s.depth > 1 ? s.panel : s.tile_p, units = (tiles + unit - 1) / unit;
    const ptrdiff_t v_step =
        ((ptrdiff_t)(s.ic + TIN_LANES - 1) / TIN_LANES * s.panel + 1) * TIN_LANES;
    const ptrdiff_t m_step = ((ptrdiff_t)s.panel * s.tile_b + 1) * TIN_LANES;
    /* filters of one group, as they are and ready */
    const ptrdiff_t stored = (ptrdiff_t)9 * s.ic * s.tile_b * TIN_LANES;
    const ptrdiff_t filters = (ptrdiff_t)elements * s.ic * s.tile_b * TIN_LANES;
    float *v = scratch, *m = v + elements * v_step, *more = m + elements * m_step;
    TIN_NO_UNROLL
    for (ptrdiff_t chunk = begin; chunk < end; chunk++) {
        const int panel = (int)(chunk % s.panels), part = (int)(chunk / s.panels);
        const int first = (int)tin_chunk(units, s.panels, panel) * unit;
        const int past = (int)tin_chunk(units, s.panels, panel + 1) * unit;
        const int count = (past < tiles ? past : tiles) - first;
        const int last = (part + 1) * s.groups < oc_groups ? (part + 1) * s.groups : oc_groups;
        const int phase = part * s.groups / (oc_groups / (s.phases * s.phases));
        const int odd_row = phase / s.phases, odd_column = phase % s.phases;
        const ptrdiff_t y_phase = (odd_row * s.y_row + odd_column * s.y_pixel) / s.phases -
                                  (ptrdiff_t)phase * (blocks / (s.phases * s.phases)) * s.y_block;
        if (s.depth > 1)
            conv2d_winograd_deep(x, v, more, s, v_step, first, count);
        else
            conv2d_winograd_inputs(x, v, s, v_step, first, count, odd_row, odd_column);
        const int lean = s.groups - s.ready, first_ready = part % 2 ? 0 : lean;
        TIN_NO_UNROLL
        for (int og = part * s.groups; og < last; og++) {
            const int k = og - part * s.groups, nth = k - first_ready;
            const int ready = s.slab == 0 || (s.ready > 0 && nth >= 0 && nth < s.ready);
            const int vector = og * s.tile_b, B = B_tail && og == oc_groups - 1 ? B_tail : s.tile_b;
            const float *bg = bias + (ptrdiff_t)vector * TIN_LANES;
            const float *wg = ready ? u + (s.slab ? part * s.ready + nth : og) * filters
                                    : w + (part * lean + (nth < 0 ? k : k - s.ready)) * stored;
            if (B_tail && og == oc_groups - 1)
                conv2d_winograd_group(v, wg, bg, m, more, s, s.slab == 0, B_tail, count, v_step,
                                      m_step);
            else if (ready)
                conv2d_winograd_group(v, wg, bg, m, more, s, 1, s.tile_b, count, v_step, m_step);
            else
                conv2d_winograd_group(v, wg, bg, m, more, s, 0, s.tile_b, count, v_step, m_step);
            conv2d_winograd_outputs(m, s.residual ? r + vector * s.r_block : r,
                                    y + y_phase + vector * s.y_block, s, m_step, B, first, count);
        }
    }
}

#endif
