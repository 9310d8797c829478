/* conv2d_direct_f32.h: 2-D convolution of float32, directly: any kernel, stride, dilation, zero
 * padding, groups. 3-D, too: planes of a volume lie one after the other (rows H W apart), and the
 * sum goes over kd planes from i_d stride_d - pad_front on, dil_d apart.
 *
 *   y[n, o, i, j] = finish(bias[o] + sum over c, p, q of w[o, c, p, q] x[n, c, i stride_h -
 *   pad_top + p dil_h, j stride_w - pad_left + q dil_w], r)
 *
 * Layouts. L = TIN_LANES. Every pointer is the address of channel 0 of image 0 (of a slice, where
 * it is one); all strides in floats.
 *   x   channel c at (c / ic_block) x_block + (c % ic_block) x_lane + h x_row + w x_pixel.
 *       NCHWc: ic_block = L, x_lane = 1, x_pixel = L, x_row = W L, x_block = H W L.
 *       plain NCHW (first layers): ic_block = channels of the whole tensor, x_lane = H W, x_pixel
 *       = 1, x_row = W, x_block = 0.
 *   y   NCHWc: y_plain = 0; channel o at (o / L) y_block + o % L + h y_row + w y_pixel (y_pixel =
 *   L).
 *       plain: y_plain = 1; channel o at o y_block + h y_row + w y_pixel (y_pixel = 1).
 *   r   (residual) as y, with r_n, r_block, r_row, r_pixel. r may be y itself.
 * Lanes beyond the last channel: never used from x, undefined in y (NCHWc), not stored in y
 * (plain). The pointers may be 4-byte aligned.
 *
 * Groups. The struct speaks of `groups` independent convolutions of ic -> oc channels, group g
 * reading channels from g ic and writing
 * channels from g oc. groups > 1 needs oc % L == 0 (NCHWc y); when that fails, the packer merges
 * neighbouring groups until it holds
 * (m = L / gcd(oc, L) groups become one of m ic -> m oc channels, block-diagonal, zeros between;
 * if m does not divide groups, all become one).
 * An infinity in x then spoils its neighbours' groups too: 0 * inf is NaN.
 *
 * Weights, zero-padded to whole vectors: [group][oc group][segment][kd][kh][kw][c][B][L]. oc group:
 * B = tile_b vectors of channels, the last one of a group holding the remaining B' = blocks % tile_b
 * (its weights are packed with B' in place of B). Segments: the input channels in
 * order, cut where channel index (of the tensor) is a multiple of ic_block; c runs over the real
 * channels of the segment only.
 * bias: [group][blocks L], zero-padded; never NULL. (pack() in conv2d_direct_f32.py does both.)
 *
 * halves: where the last block of output channels is half empty, vectors of L / 2 channels waste
 * nothing. Each holds two products of every channel, of an even and an odd input channel, which are
 * added at the end. Weights [oc group][segment][kd][kh][kw][c / 2][B][L / 2][2], bias [L / 2][2],
 * the second 0; tile_b counts such vectors and is even where there are several oc groups. For one
 * group, NCHWc x and y, and an even number of input channels.
 *
 * Chunks: batch x bands x groups x oc groups, the oc group running fastest; the rows of output (of
 * all planes) are cut evenly into bands. Chunks share nothing that is written. Count: n bands
 * groups ceil(ceil(oc / L) / tile_b).
 *
 * Tiles: tile_p pixels of one row x tile_b vectors of channels are summed in tile_p tile_b
 * registers; the rest of a row (ow % tile_p) and of
 * the blocks have tiles of their own. A 1x1 of stride 1 without padding should be given as one
 * row of H W pixels (ih = oh = 1, iw = ow = H W)
 * and by_columns: then its tiles are cut evenly into bands, which is allowed only where no tile
 * meets an edge (kw == 1, no padding left or right).
 *
 * Which tile: one that fits the registers (kernels/registers.py; with none to spare compilers spill:
 * 7x4 of AVX-512 loses a quarter, 4x3 of AVX2 up to half), at least 8 sums in flight, and a tail that is
 * not small.
 *   AVX-512 (L 16)  row 14, 28, 56, 112 and 1x1: 14x2 · 55: 11x2 · 27: 9x2 · 13: 13x2 · 7: 7x3,
 *   7x2 · 1x1 of few input channels: 8x3
 *   AVX2    (L 8)   6x2; rows of 14: 5x2; 13: 6x2, 5x2; 7: 4x2
 *   NEON64  (L 4)   6x4, 7x3
 * Share of the FMA peak on one Zen 5 core (132 GMAC/s; boost reaches 136), zig cc 0.17, one thread:
 *   1x1: 56x56 64->64 98%, 28x28 512->128 100%, 14x14 256->1024 100%, 7x7 2048->512 100%; 16
 *   input channels 87 .. 90% (stores), 144->24 92%
 *   (halves; 73% without). 3x3: 56 64->64 101%, 28 128->128 100%, 14 256->256
 *   100%, 13 64->256 103%, 7 512->512 94%; stride 2: 101%.
 *   7x7 stride 2 from plain RGB: 100%; 3x3 stride 2 from plain RGB: 91%. AVX2 6x2: 97 .. 103%
 *   from rows of 27 up, 87 .. 90% at 13 and 14.
 */
#ifndef TIN_CONV2D_DIRECT_F32_H
#define TIN_CONV2D_DIRECT_F32_H

#include "../c/epilogue.h"
#include "../c/row_tiles.h"

struct conv2d_direct_f32 {
    int n, groups, ic, ih, iw, oc, oh, ow; /* ic, oc: channels of one group */
    int kh, kw, stride_h, stride_w, dil_h, dil_w, pad_top, pad_left;
    int id, od, kd, stride_d, dil_d, pad_front; /* 1, 1, 1, 1, 1, 0: an image */
    int ic_block;
    ptrdiff_t x_n, x_block, x_lane, x_row, x_pixel;
    ptrdiff_t y_n, y_block, y_row, y_pixel;
    ptrdiff_t r_n, r_block, r_row, r_pixel;
    int y_plain;
    int tile_p, tile_b, halves, bands, by_columns;
    int ahead; /* floats of weights to come that each input channel (or pair) asks for, or 0 */
    int residual, act;
    float alpha, beta;
};

enum { TIN_CONV_MAX_P = 32, TIN_CONV_MAX_B = 8, TIN_CONV_LINE = 16 };

/* Weights of the next oc group (after the last: of the next layer), of which none was asked for
 * yet from `next` on. They come from far away, each once a run; asked for while this group is
 * summed, they cost no time. */
struct conv2d_ahead {
    const float *next, *stop;
};

/* The next `floats` of them; `instead`, which is near, when all are asked for. */
TIN_INLINE const float *conv2d_next(struct conv2d_ahead *ahead, const float *instead,
                                    const ptrdiff_t floats)
{
    const float *from = ahead->next;
    if (from >= ahead->stop) return instead;
    ahead->next += floats;
    return from;
}

/* Asks for `floats` from `from` on. A few at a time, spread over the channels: a burst of them
 * holds up what the sums wait for. */
TIN_INLINE void conv2d_ask(const float *from, const int floats)
{
    const int lines = (floats + TIN_CONV_LINE - 1) / TIN_CONV_LINE;
    if (lines == 0) return;
    TIN_UNROLL
    for (int i = 0; i < lines; i++) __builtin_prefetch(from + i * TIN_CONV_LINE, 0, 2);
}

/* Asks for P pixels, step floats apart, of the block of channels that comes next. Blocks lie far
 * apart, which no machine foresees; what another core wrote takes long to come. */
TIN_INLINE void conv2d_ask_pixels(const float *x, const ptrdiff_t step, const int P)
{
    const int apart = step > TIN_CONV_LINE ? (int)step : TIN_CONV_LINE;
    const int lines = ((int)step * P + apart - 1) / apart;
    TIN_UNROLL
    for (int i = 0; i < lines; i++) __builtin_prefetch(x + i * apart, 0, 3);
}

/* Rows row .. rows_end - 1, columns column .. columns_end - 1. */
struct conv2d_band {
    int row, rows_end, column, columns_end;
};

/* One of the bands that oh rows, or the tiles of P columns of ow, are cut into evenly. */
TIN_INLINE struct conv2d_band conv2d_band_of(const int band, const int bands, const int by_columns,
                                             const int oh, const int ow, const int P)
{
    struct conv2d_band cut = {0, oh, 0, ow};
    if (by_columns) {
        const int tiles = (ow + P - 1) / P;
        cut.column = (int)tin_chunk(tiles, bands, band) * P;
        if (band + 1 < bands) cut.columns_end = (int)tin_chunk(tiles, bands, band + 1) * P;
    } else {
        cut.row = (int)tin_chunk(oh, bands, band);
        cut.rows_end = (int)tin_chunk(oh, bands, band + 1);
    }
    return cut;
}

/* Output channels of one vector of weights. */
TIN_INLINE int conv2d_direct_width(const struct conv2d_direct_f32 s)
{
    return s.halves ? TIN_LANES / 2 : TIN_LANES;
}

/* Is input column of pixel p, tap q inside the row? Folds to a constant in tiles that know their
 * column. */
TIN_INLINE int conv2d_direct_inside(const struct conv2d_direct_f32 s, int column, int p, int q)
{
    const int w = (column + p) * s.stride_w - s.pad_left + q * s.dil_w;
    return w >= 0 && w < s.iw;
}

/* One vector of channels of one pixel of a plain tensor: `lanes` floats, step apart. */
TIN_INLINE vf conv2d_direct_gather(const float *from, const ptrdiff_t step, const int lanes)
{
    float v[TIN_LANES] = {0};
    TIN_NO_UNROLL
    for (int l = 0; l < lanes; l++) v[l] = from[l * step];
    return vf_load(v);
}
TIN_INLINE void conv2d_direct_scatter(float *to, const vf value, const ptrdiff_t step,
                                      const int lanes)
{
    float v[TIN_LANES];
    vf_store(v, value);
    TIN_NO_UNROLL
    for (int l = 0; l < lanes; l++) to[l * step] = v[l];
}

/* acc += x[pixels, c of one segment] w[c, B, L], for tap q; xp: pixel 0, channel 0 of the segment.
 * edge: pixels outside are left out. Meanwhile asks for s.ahead floats a channel from `ask` on. */
TIN_INLINE void conv2d_direct_tap(vf acc[TIN_CONV_MAX_P][TIN_CONV_MAX_B], const float *restrict xp,
                                  const float *restrict w, const float *ask,
                                  const struct conv2d_direct_f32 s, const int P, const int B,
                                  const int channels, const int edge, const int column, const int q)
{
    const ptrdiff_t step = s.x_pixel * s.stride_w;
#if TIN_FMA_BY_LANE
    if (s.x_lane == 1 && s.ic_block == TIN_LANES && !s.halves) {
        if (channels == TIN_LANES) {
            vf xv[TIN_CONV_MAX_P];
            conv2d_ask(ask, TIN_LANES * s.ahead);
            TIN_UNROLL
            for (int p = 0; p < P; p++)
                if (!edge || conv2d_direct_inside(s, column, p, q)) xv[p] = vf_load(xp + p * step);
            TIN_UNROLL
            for (int c = 0; c < TIN_LANES; c++) {
                TIN_UNROLL
                for (int b = 0; b < B; b++) {
                    const vf wv = vf_load(w + (c * B + b) * TIN_LANES);
                    TIN_UNROLL
                    for (int p = 0; p < P; p++)
                        if (!edge || conv2d_direct_inside(s, column, p, q))
                            acc[p][b] = vf_fma_lane(wv, xv[p], c, acc[p][b]);
                }
            }
            return;
        }
    }
#endif
    const int steps = s.halves ? channels / 2 : channels;
    TIN_NO_UNROLL
    for (int c = 0; c < steps; c++) {
        vf wv[TIN_CONV_MAX_B];
        conv2d_ask(ask + c * s.ahead, s.ahead);
        TIN_UNROLL
        for (int b = 0; b < B; b++) wv[b] = vf_load(w + (c * B + b) * TIN_LANES);
        TIN_UNROLL
        for (int p = 0; p < P; p++) {
            if (!edge || conv2d_direct_inside(s, column, p, q)) {
                const float *at = xp + p * step + c * (s.halves ? 2 : s.x_lane);
                const vf xv = s.halves ? vf_set2(at) : vf_set1(*at);
                TIN_UNROLL
                for (int b = 0; b < B; b++) acc[p][b] = vf_fma(wv[b], xv, acc[p][b]);
            }
        }
    }
}

/* acc += x[P neighbouring pixels, c] w[c, B, L] over `ic` channels, blocks of which lie x_block
 * apart. whole: ic is a multiple of L; far: asks for the pixels of the next block. Meanwhile each
 * channel asks for `floats` of what comes ahead. */
TIN_INLINE void conv2d_direct_channels(vf acc[TIN_CONV_MAX_P][TIN_CONV_MAX_B],
                                       const float *restrict x, const ptrdiff_t x_block,
                                       const float *restrict w, const int P, const int B,
                                       const int ic, const int whole, const int far,
                                       const int floats, struct conv2d_ahead *ahead)
{
    const struct conv2d_direct_f32 tile = {
        .ic_block = TIN_LANES, .x_lane = 1, .x_pixel = TIN_LANES, .stride_w = 1, .ahead = floats};
    TIN_NO_UNROLL
    for (int c = 0; c < ic; c += TIN_LANES) {
        const int channels = whole || ic - c >= TIN_LANES ? TIN_LANES : ic - c;
        const float *xc = x + c / TIN_LANES * x_block;
        if (far && c + TIN_LANES < ic) conv2d_ask_pixels(xc + x_block, TIN_LANES, P);
        conv2d_direct_tap(acc, xc, w + (ptrdiff_t)c * B * TIN_LANES,
                          conv2d_next(ahead, w, channels * floats), tile, P, B, channels, 0, 0, 0);
    }
}

/* P pixels x B vectors from (row, column) on. x: channel 0 of the tensor at the first tap of the
 * row, column 0, which may lie outside; depth, height: the planes and rows of taps inside.
 * w, bias: of this oc group; y, r: of this row and the oc group's first channel. live: real
 * channels from there on. */
TIN_INLINE void conv2d_direct_tile(const float *restrict x, const float *r, const float *restrict w,
                                   const float *restrict bias, float *y,
                                   const struct conv2d_direct_f32 s, const int P, const int B,
                                   const int edge, const int column, const int first_channel,
                                   const struct row_taps depth, const struct row_taps height,
                                   const int live, struct conv2d_ahead *ahead)
{
    vf acc[TIN_CONV_MAX_P][TIN_CONV_MAX_B];
    TIN_UNROLL
    for (int b = 0; b < B; b++) {
        const vf v = vf_load(bias + b * TIN_LANES);
        TIN_UNROLL
        for (int p = 0; p < P; p++) acc[p][b] = v;
    }
    const int aligned =
        s.groups == 1 || s.ic % s.ic_block == 0; /* segments start at block borders */
    const float *xt = x + (ptrdiff_t)column * s.stride_w * s.x_pixel;
    TIN_NO_UNROLL
    for (int c = 0; c < s.ic;) {
        const int lane = aligned ? 0 : (first_channel + c) % s.ic_block;
        const int most = s.ic_block - lane, left = s.ic - c;
        const int channels = s.ic % s.ic_block == 0 && aligned ? s.ic_block
                             : most < left                     ? most
                                                               : left;
        const ptrdiff_t tap = (ptrdiff_t)channels * B * conv2d_direct_width(s);
        const int steps = s.halves ? channels / 2 : channels;
        const float *xs =
            xt + (ptrdiff_t)((first_channel + c) / s.ic_block) * s.x_block + lane * s.x_lane;
        if (s.kd * s.kh * s.kw == 1 && s.x_lane == 1) {
            const int last = c + channels >= s.ic; /* then those of the next tile's first block */
            conv2d_ask_pixels(last ? xt + (ptrdiff_t)(first_channel / s.ic_block) * s.x_block +
                                         P * s.stride_w * s.x_pixel
                                   : xs - lane + s.x_block,
                              s.stride_w * s.x_pixel, P);
        }
        TIN_NO_UNROLL
        for (int z = depth.begin; z < depth.end; z++) {
            const float *plane = xs + (ptrdiff_t)z * s.dil_d * s.ih * s.x_row;
            const float *wz = w + (ptrdiff_t)z * s.kh * s.kw * tap;
            TIN_NO_UNROLL
            for (int p = height.begin; p < height.end; p++) {
                const float *row = plane + (ptrdiff_t)p * s.dil_h * s.x_row;
                const float *wr = wz + (ptrdiff_t)p * s.kw * tap;
                if (edge == 1) {
                    TIN_UNROLL
                    for (int q = 0; q < s.kw; q++)
                        conv2d_direct_tap(acc, row + (ptrdiff_t)q * s.dil_w * s.x_pixel,
                                          wr + q * tap, conv2d_next(ahead, w, steps * s.ahead), s,
                                          P, B, channels, 1, column, q);
                } else {
                    TIN_NO_UNROLL
                    for (int q = 0; q < s.kw; q++)
                        conv2d_direct_tap(acc, row + (ptrdiff_t)q * s.dil_w * s.x_pixel,
                                          wr + q * tap, conv2d_next(ahead, w, steps * s.ahead), s,
                                          P, B, channels, edge, column, q);
                }
            }
        }
        w += s.kd * s.kh * s.kw * tap;
        c += channels;
    }
    const int blocks = s.halves ? (B + 1) / 2 : B;
    if (s.halves) {
        TIN_UNROLL
        for (int b = 0; b < blocks; b++) {
            TIN_UNROLL
            for (int p = 0; p < P; p++)
                acc[p][b] =
                    vf_add_pairs(acc[p][2 * b], 2 * b + 1 < B ? acc[p][2 * b + 1] : vf_zero());
        }
    }
    TIN_UNROLL
    for (int b = 0; b < blocks; b++) {
        TIN_UNROLL
        for (int p = 0; p < P; p++) {
            float *to = y + (column + p) * s.y_pixel + (s.y_plain ? b * TIN_LANES : b) * s.y_block;
            const int lanes = live - b * TIN_LANES < TIN_LANES ? live - b * TIN_LANES : TIN_LANES;
            vf rv = vf_zero();
            if (s.residual) {
                const float *from =
                    r + (column + p) * s.r_pixel + (s.y_plain ? b * TIN_LANES : b) * s.r_block;
                rv = s.y_plain ? conv2d_direct_gather(from, s.r_block, lanes) : vf_load(from);
            }
            const vf v = vf_finish_tile(acc[p][b], rv, s.residual, s.act, s.alpha, s.beta);
            if (s.y_plain)
                conv2d_direct_scatter(to, v, s.y_block, lanes);
            else
                vf_store(to, v);
        }
    }
}

/* Columns [from, to) of one row, B vectors. */
TIN_INLINE void conv2d_direct_row(const float *restrict x, const float *r, const float *restrict w,
                                  const float *restrict bias, float *y,
                                  const struct conv2d_direct_f32 s, const int B, const int from,
                                  const int to, const int first_channel,
                                  const struct row_taps depth, const struct row_taps height,
                                  const int live, struct conv2d_ahead *ahead)
{
#define TIN_CONV_TILE(pixels, edge, column)                                                        \
    conv2d_direct_tile(x, r, w, bias, y, s, pixels, B, edge, column, first_channel, depth, height, \
                       live, ahead)
    TIN_ROW_TILES(s.tile_p, from, to, s.ow, s.iw, s.stride_w, s.pad_left, (s.kw - 1) * s.dil_w,
                  TIN_CONV_TILE);
#undef TIN_CONV_TILE
}

TIN_INLINE void conv2d_direct_f32(const float *restrict x, const float *r, const float *restrict w,
                                  const float *restrict bias, float *y,
                                  const struct conv2d_direct_f32 s, ptrdiff_t begin, ptrdiff_t end)
{
    const int width = conv2d_direct_width(s);
    const int blocks = (s.oc + width - 1) / width, B_tail = blocks % s.tile_b;
    const int oc_groups = (blocks + s.tile_b - 1) / s.tile_b;
    const ptrdiff_t taps =
        (ptrdiff_t)s.ic * s.kd * s.kh * s.kw * width; /* weights of one vector of output channels */
    TIN_NO_UNROLL
    for (ptrdiff_t chunk = begin; chunk < end; chunk++) {
        const int og = (int)(chunk % oc_groups);
        const int g = s.groups == 1 ? 0 : (int)(chunk / oc_groups % s.groups);
        const int band = (int)(chunk / oc_groups / s.groups % s.bands);
        const int n = s.n == 1 ? 0 : (int)(chunk / oc_groups / s.groups / s.bands);
        const struct conv2d_band cut =
            conv2d_band_of(band, s.bands, s.by_columns, s.od * s.oh, s.ow, s.tile_p);
        const int vector =
            g * blocks + og * s.tile_b; /* first vector of output channels, in weights and bias */
        const int channel = g * s.oc + og * s.tile_b * width;
        const float *wg = w + vector * taps, *bg = bias + (ptrdiff_t)vector * TIN_LANES;
        const ptrdiff_t unit = s.y_plain ? 1 : TIN_LANES;
        const float *xn = x + n * s.x_n;
        const float *after = wg + s.tile_b * taps;
        struct conv2d_ahead ahead = {after, after + s.tile_b * taps};
        TIN_NO_UNROLL
        for (int i = cut.row; i < cut.rows_end; i++) {
            const int plane = s.od == 1 ? 0 : i / s.oh;
            const int front = plane * s.stride_d - s.pad_front;
            const int top = (i - plane * s.oh) * s.stride_h - s.pad_top;
            const struct row_taps depth = row_taps_of(front, s.dil_d, s.kd, s.id);
            const struct row_taps height = row_taps_of(top, s.dil_h, s.kh, s.ih);
            const float *xr = xn + ((ptrdiff_t)front * s.ih + top) * s.x_row -
                              (ptrdiff_t)s.pad_left * s.x_pixel;
            float *yr = y + n * s.y_n + (channel / unit) * s.y_block + (ptrdiff_t)i * s.y_row;
            const float *rr =
                s.residual ? r + n * s.r_n + (channel / unit) * s.r_block + (ptrdiff_t)i * s.r_row
                           : r;
            const int live = s.oc - og * s.tile_b * TIN_LANES;
            const int B = B_tail && og == oc_groups - 1 ? B_tail : s.tile_b;
            if (B_tail && og == oc_groups - 1)
                conv2d_direct_row(xr, rr, wg, bg, yr, s, B_tail, cut.column, cut.columns_end,
                                  g * s.ic, depth, height, live, &ahead);
            else
                conv2d_direct_row(xr, rr, wg, bg, yr, s, s.tile_b, cut.column, cut.columns_end,
                                  g * s.ic, depth, height, live, &ahead);
            if (act_is_costly(s.act)) {
                const int runs = s.y_plain  ? (live < B * TIN_LANES ? live : B * TIN_LANES)
                                 : s.halves ? (B + 1) / 2
                                            : B;
                TIN_NO_UNROLL
                for (int b = 0; b < runs; b++) {
                    float *yb = yr + b * s.y_block + cut.column * s.y_pixel;
                    const float *rb = s.residual ? rr + b * s.r_block + cut.column * s.r_pixel : r;
                    if (s.y_plain)
                        finish_floats(yb, rb, cut.columns_end - cut.column, s.residual, s.act,
                                      s.alpha, s.beta);
                    else
                        finish_row(yb, s.y_pixel, rb, s.r_pixel, cut.columns_end - cut.column,
                                   s.residual, s.act, s.alpha, s.beta);
                }
            }
        }
    }
}

#endif
