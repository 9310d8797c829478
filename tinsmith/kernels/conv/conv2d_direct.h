/* clang-format off */
/* conv2d_direct.h: convolution of images and volumes, directly: any kernel, stride, dilation, zero
 * padding, groups; of float32 or bfloat16, with sums of float32.
 *
 *   y[n, o, i, j] = finish(bias[o] + sum over c, p, q of
 *                   w[o, c, p, q] x[n, c, i stride_h - pad_top + p dil_h,
 *                                         j stride_w - pad_left + q dil_w],
 *                   r[n, o, i, j])
 *
 * Planes of a volume lie one after the other (rows H W apart), and the sum goes over kd planes from
 * i_d stride_d - pad_front on, dil_d apart.
 *
 * Types. x, y and r lie in memory as `stored` (stored.h) says; strides count its elements. sums.h
 * says what w is, by `stored` and `inner`. bias is float32.
 *
 * Layouts. L = TIN_LANES. Every pointer is the address of channel 0 of image 0 (of a slice, where
 * it is one).
 *   x   channel c at (c / ic_block) x_block + (c % ic_block) x_lane + h x_row + w x_pixel
 *         NCHWc: ic_block = L, x_lane = 1, x_pixel = L, x_row = W L, x_block = H W L
 *         NCHW (float32; first layers): ic_block = all channels, x_lane = H W, x_pixel = 1,
 *         x_row = W, x_block = 0
 *   y   NCHWc (y_plain = 0): channel o at (o / L) y_block + o % L + h y_row + w y_pixel,
 *       y_pixel = L
 *       NCHW (y_plain = 1; float32): channel o at o y_block + h y_row + w y_pixel, y_pixel = 1
 *   r   as y, with r_n, r_block, r_row, r_pixel; may be y itself
 * Lanes beyond the last channel: never used from x, undefined in y (NCHWc), not stored (NCHW).
 * Pointers need the alignment of an element only.
 *
 * Groups. `groups` independent convolutions of ic -> oc channels, group g reading channels from g
 * ic and writing channels from g oc on. More than one needs oc % L == 0 where y is NCHWc;
 * groups.py joins neighbours until that holds. An infinity in x then spoils its neighbours' groups
 * too: 0 * inf is NaN.
 *
 * Weights, zero-padded: [group][oc group][segment][kd][kh][kw][ceil(c / inner)][B][width][inner]
 * (pack.py).
 *   width     output channels of a vector of weights, by `stored` and `inner`
 *   oc group  B = tile_b vectors of channels, the last one of a group holding the remaining ones
 *   segment   input channels in order, cut where the tensor's channel is a multiple of ic_block
 *   filter    floats of one vector of output channels, the same for all groups
 * bias, zero-padded: [group][vector][width][inner], but for the first of inner zeros; never NULL.
 * (Of pairs that are summed at once, bfloat16's: [group][vector][width].)
 *
 * Chunks: batch x bands x groups x oc groups, the oc group running fastest; the rows of output (of
 * all planes) are cut evenly into bands. Chunks share nothing that is written.
 *
 * Tiles: tile_p pixels of one row x tile_b vectors are summed in registers; the rest of a row (ow
 * % tile_p) and of the vectors have tiles of their own. A 1x1 of stride 1 without padding should
 * be given as one row of H W pixels (ih = oh = 1, iw = ow = H W) and by_columns: then its tiles
 * are cut evenly into bands, which is allowed only where no tile meets an edge (kw == 1, no
 * padding left or right).
 *
 * Which tile: one that fits the registers (kernels/registers.py; with none to spare compilers
 * spill: 7x4 of AVX-512 loses a quarter, 4x3 of AVX2 up to half), at least 8 sums in flight, and a
 * tail that is not small (tiles.py).
 *   AVX-512 (L 16)   row 14, 28, 56, 112 and 1x1: 14x2 · 55: 11x2 · 27: 9x2 · 13: 13x2 ·
 *                    7: 7x3, 7x2 · 1x1 of few input channels: 8x3
 *   AVX2    (L 8)    6x2; rows of 14: 5x2; 13: 6x2, 5x2; 7: 4x2
 *   NEON64  (L 4)    6x4, 7x3
 *
 * Share of the FMA peak on one Zen 5 core (132 GMAC/s; boost reaches 136), zig cc 0.17, one thread:
 *   1x1       56x56 64->64      98%        3x3   56x56 64->64     101%
 *             28x28 512->128   100%              28x28 128->128   100%
 *             14x14 256->1024  100%              14x14 256->256   100%
 *             7x7 2048->512    100%              13x13 64->256    103%
 *             144->24           92% (inner 2)    7x7 512->512      94%
 *             16 input channels 87 .. 90%        stride 2         101%
 *   NCHW RGB  7x7 stride 2     100%        AVX2  6x2, rows of 27 and more    97 .. 103%
 *             3x3 stride 2      91%              rows of 13 and 14           87 ..  90%
 */
/* clang-format on */
#ifndef TIN_CONV2D_DIRECT_H
#define TIN_CONV2D_DIRECT_H

#include "../c/row_tiles.h"
#include "sums.h"

struct conv2d_direct {
    int stored, inner;
    int ragged; /* some segments are no multiple of inner */
    int n, groups, ic, ih, iw, oc, oh, ow; /* ic, oc: channels of one group */
    int kh, kw, stride_h, stride_w, dil_h, dil_w, pad_top, pad_left;
    int id, od, kd, stride_d, dil_d, pad_front; /* 1, 1, 1, 1, 1, 0: an image */
    int ic_block;
    ptrdiff_t filter;
    ptrdiff_t x_n, x_block, x_lane, x_row, x_pixel;
    ptrdiff_t y_n, y_block, y_row, y_pixel;
    ptrdiff_t r_n, r_block, r_row, r_pixel;
    int y_plain;
    int tile_p, tile_b, bands, by_columns;
    int ahead; /* floats of weights to come that each step of a sum asks for, or 0 */
    int residual, act;
    float alpha, beta;
};

/* Rows row .. rows_end - 1, columns column .. columns_end - 1. */
struct conv2d_band {
    int row, rows_end, column, columns_end;
};

/* One of the bands that the rows, or the tiles of the columns, are cut into evenly. */
TIN_INLINE struct conv2d_band conv2d_band_of(const struct conv2d_direct s, const int band)
{
    const int rows = s.od * s.oh, tiles = (s.ow + s.tile_p - 1) / s.tile_p;
    struct conv2d_band cut = {0, rows, 0, s.ow};
    if (s.by_columns) {
        cut.column = (int)tin_chunk(tiles, s.bands, band) * s.tile_p;
        if (band + 1 < s.bands)
            cut.columns_end = (int)tin_chunk(tiles, s.bands, band + 1) * s.tile_p;
    } else {
        cut.row = (int)tin_chunk(rows, s.bands, band);
        cut.rows_end = (int)tin_chunk(rows, s.bands, band + 1);
    }
    return cut;
}

/* What all tiles of one row of output and one oc group share. */
struct conv2d_row {
    const void *x;                 /* channel 0 of the tensor, first tap, column 0: may lie outside */
    const void *r;                 /* first channel of the oc group, column 0 */
    void *y;                       /* the same */
    const float *w, *bias;         /* of the oc group */
    int first_channel;             /* of the group, in the tensor */
    int live;                      /* real output channels from the oc group's first on */
    struct row_taps depth, height; /* planes and rows of taps inside */
};

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

/* The sums of a tile from `column` on, to y. */
TIN_INLINE void conv2d_direct_finish(conv_sums acc, const struct conv2d_row row,
                                     const struct conv2d_direct s, const int P, const int B,
                                     const int column)
{
    TIN_UNROLL
    for (int b = 0; b < B; b++) {
        TIN_UNROLL
        for (int p = 0; p < P; p++) {
            const int block = s.y_plain ? b * TIN_LANES : b, left = row.live - b * TIN_LANES;
            const int lanes = left < TIN_LANES ? left : TIN_LANES;
            const ptrdiff_t to = (column + p) * s.y_pixel + block * s.y_block;
            const ptrdiff_t from = (column + p) * s.r_pixel + block * s.r_block;
            vf rv = vf_zero();
            if (s.residual)
                rv = s.y_plain ? conv2d_direct_gather((const float *)row.r + from, s.r_block, lanes)
                               : stored_load(row.r, from, s.stored);
            const vf v = vf_finish_tile(acc[p][b], rv, s.residual, s.act, s.alpha, s.beta);
            if (s.y_plain)
                conv2d_direct_scatter((float *)row.y + to, v, s.y_block, lanes);
            else
                stored_store(row.y, to, v, s.stored);
        }
    }
}

/* P pixels from `column` on x B vectors. */
TIN_INLINE void conv2d_direct_tile(const struct conv2d_row row, const struct conv2d_direct s,
                                   const int P, const int B, const int edge, const int column,
                                   struct conv_ahead *ahead)
{
    const struct conv_operands t = {.stored = s.stored,
                                    .inner = s.inner,
                                    .ragged = s.ragged,
                                    .step = s.x_pixel * s.stride_w,
                                    .lane = s.x_lane,
                                    .stride = s.stride_w,
                                    .iw = s.iw,
                                    .ahead = s.ahead};
    const int aligned = s.groups == 1 || s.ic % s.ic_block == 0;
    const int pointwise = s.kd * s.kh * s.kw == 1 && s.x_lane == 1;
    const void *xt = stored_at(row.x, (ptrdiff_t)column * s.stride_w * s.x_pixel, s.stored);
    const float *w = row.w;
    conv_sums acc;
    conv_start(acc, row.bias, P, B);
    TIN_NO_UNROLL
    for (int c = 0; c < s.ic;) {
        const struct conv_segment segment =
            conv_segment_of(row.first_channel, c, s.ic, s.ic_block, aligned);
        const int steps = segment.count / s.inner;
        const ptrdiff_t tap =
            (ptrdiff_t)(segment.count + s.inner - 1) / s.inner * B * TIN_LANES;
        const ptrdiff_t block = (ptrdiff_t)segment.block * s.x_block;
        const void *xs = stored_at(xt, block + segment.lane * s.x_lane, s.stored);
        if (pointwise) { /* of the next block, or of the next tile's first one */
            const int last = c + segment.count >= s.ic;
            const ptrdiff_t next =
                last ? (ptrdiff_t)(row.first_channel / s.ic_block) * s.x_block + P * t.step
                     : block + s.x_block;
            conv_ask_pixels(stored_at(xt, next, s.stored), t.step, P, s.stored);
        }
        TIN_NO_UNROLL
        for (int z = row.depth.begin; z < row.depth.end; z++) {
            TIN_NO_UNROLL
            for (int p = row.height.begin; p < row.height.end; p++) {
                const void *xp = stored_at(
                    xs, ((ptrdiff_t)z * s.dil_d * s.ih + (ptrdiff_t)p * s.dil_h) * s.x_row,
                    s.stored);
                const float *wp = w + ((ptrdiff_t)z * s.kh + p) * s.kw * tap;
#define TIN_CONV_TAP(q, edge)                                                               \
    conv_run(acc, stored_at(xp, (ptrdiff_t)(q) * s.dil_w * s.x_pixel, s.stored),            \
             wp + (q) * tap, conv_next(ahead, w, steps * s.ahead), t, P, B, segment.count,  \
             edge, column * s.stride_w - s.pad_left + (q) * s.dil_w)
                if (edge == 1) {
                    TIN_UNROLL
                    for (int q = 0; q < s.kw; q++) TIN_CONV_TAP(q, 1);
                } else {
                    TIN_NO_UNROLL
                    for (int q = 0; q < s.kw; q++) TIN_CONV_TAP(q, edge);
                }
#undef TIN_CONV_TAP
            }
        }
        w += s.kd * s.kh * s.kw * tap;
        c += segment.count;
    }
    const int vectors = conv_join(acc, P, B, conv_width(s.stored, s.inner));
    conv2d_direct_finish(acc, row, s, P, vectors, column);
}

/* Columns of one row, B vectors. */
TIN_INLINE void conv2d_direct_row(const struct conv2d_row row, const struct conv2d_direct s,
                                  const int B, const struct conv2d_band cut,
                                  struct conv_ahead *ahead)
{
#define TIN_CONV_TILE(pixels, edge, column) \
    conv2d_direct_tile(row, s, pixels, B, edge, column, ahead)
    TIN_ROW_TILES(s.tile_p, cut.column, cut.columns_end, s.ow, s.iw, s.stride_w, s.pad_left,
                  (s.kw - 1) * s.dil_w, TIN_CONV_TILE);
#undef TIN_CONV_TILE
}

/* Costly activations of one row, B vectors of weights. */
TIN_INLINE void conv2d_direct_activate(const struct conv2d_row row, const struct conv2d_direct s,
                                       const int B, const struct conv2d_band cut)
{
    if (!act_is_costly(s.act)) return;
    const int width = conv_width(s.stored, s.inner), columns = cut.columns_end - cut.column;
    const int channels = row.live < B * width ? row.live : B * width;
    const int runs = s.y_plain ? channels : (B * width + TIN_LANES - 1) / TIN_LANES;
    TIN_NO_UNROLL
    for (int b = 0; b < runs; b++) {
        void *to = stored_place(row.y, b * s.y_block + cut.column * s.y_pixel, s.stored);
        const void *from = row.r;
        if (s.residual)
            from = stored_at(row.r, b * s.r_block + cut.column * s.r_pixel, s.stored);
        if (s.y_plain)
            finish_floats(to, from, columns, s.residual, s.act, s.alpha, s.beta);
        else
            finish_row(to, s.y_pixel, from, s.r_pixel, columns, s.residual, s.act, s.alpha, s.beta,
                       s.stored);
    }
}

TIN_INLINE void conv2d_direct(const void *restrict x, const void *r, const void *restrict w,
                              const float *restrict bias, void *y, const struct conv2d_direct s,
                              ptrdiff_t begin, ptrdiff_t end)
{
    const int width = conv_width(s.stored, s.inner);
    const int vectors = (s.oc + width - 1) / width, rest = vectors % s.tile_b;
    const int B_tail = s.tile_b == 2 ? 1 : rest; /* a constant where oc is none */
    const int oc_groups = (vectors + s.tile_b - 1) / s.tile_b;
    const ptrdiff_t unit = s.y_plain ? 1 : TIN_LANES;
    TIN_NO_UNROLL
    for (ptrdiff_t chunk = begin; chunk < end; chunk++) {
        const int og = (int)(chunk % oc_groups);
        const int g = s.groups == 1 ? 0 : (int)(chunk / oc_groups % s.groups);
        const int band = (int)(chunk / oc_groups / s.groups % s.bands);
        const int n = s.n == 1 ? 0 : (int)(chunk / oc_groups / s.groups / s.bands);
        const struct conv2d_band cut = conv2d_band_of(s, band);
        const int vector = g * vectors + og * s.tile_b;
        const int channel = g * s.oc + og * s.tile_b * width, tail = rest && og == oc_groups - 1;
        struct conv2d_row row = {.w = (const float *)w + vector * s.filter,
                                 .bias = bias + (ptrdiff_t)vector * TIN_LANES,
                                 .first_channel = g * s.ic,
                                 .live = s.oc - og * s.tile_b * width};
        const float *after = row.w + s.tile_b * s.filter;
        struct conv_ahead ahead = {after, after + s.tile_b * s.filter};
        TIN_NO_UNROLL
        for (int i = cut.row; i < cut.rows_end; i++) {
            const int plane = s.od == 1 ? 0 : i / s.oh;
            const int front = plane * s.stride_d - s.pad_front;
            const int top = (i - plane * s.oh) * s.stride_h - s.pad_top;
            row.depth = row_taps_of(front, s.dil_d, s.kd, s.id);
            row.height = row_taps_of(top, s.dil_h, s.kh, s.ih);
            row.x = stored_at(x,
                              n * s.x_n + ((ptrdiff_t)front * s.ih + top) * s.x_row -
                                  (ptrdiff_t)s.pad_left * s.x_pixel,
                              s.stored);
            row.y = stored_place(
                y, n * s.y_n + channel / unit * s.y_block + (ptrdiff_t)i * s.y_row, s.stored);
            row.r = r;
            if (s.residual)
                row.r = stored_at(
                    r, n * s.r_n + channel / unit * s.r_block + (ptrdiff_t)i * s.r_row, s.stored);
            if (tail)
                conv2d_direct_row(row, s, B_tail, cut, &ahead);
            else
                conv2d_direct_row(row, s, s.tile_b, cut, &ahead);
            conv2d_direct_activate(row, s, tail ? B_tail : s.tile_b, cut);
        }
    }
}

#endif
