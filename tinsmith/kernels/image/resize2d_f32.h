/* clang-format off */
/* resize2d_f32.h: nearest and bilinear resampling of rows and columns, float32, NCHWc to NCHWc.
 *
 * The compiler evaluates ONNX's coordinate formula once, into tables (part of the weights), so
 * every mode of it is served:
 *   nearest   y[i, j] = x[index[i], index[oh + j]]
 *             index: int32 [oh rows][ow columns]; fraction unused (NULL)
 *   linear    y[i, j] = (1 - fi) ((1 - fj) x[a, c] + fj x[a, d])
 *                       + fi ((1 - fj) x[b, c] + fj x[b, d])
 *             with a, b = index[i], index[oh + i]; c, d = index[2 oh + j], index[2 oh + ow + j];
 *             fi = fraction[i], fj = fraction[oh + j]
 *             index: int32 [2][oh] then [2][ow], clamped to the input
 *             fraction: float [oh] then [ow]
 * Then activation. x, y: channel c at (c / L) *_block + c % L + h *_row + w *_pixel, strides in
 * floats; pad lanes hold anything on both sides.
 * Chunks: n x bands x ceil(channels / L), the block running fastest.
 */
/* clang-format on */
#ifndef TIN_RESIZE2D_F32_H
#define TIN_RESIZE2D_F32_H

#include "../c/epilogue.h"

enum { TIN_RESIZE_NEAREST, TIN_RESIZE_LINEAR };

struct resize2d_f32 {
    int kind;
    int n, channels, oh, ow;
    ptrdiff_t x_n, x_block, x_row, x_pixel;
    ptrdiff_t y_n, y_block, y_row, y_pixel;
    int bands;
    int act;
    float alpha, beta;
};

TIN_INLINE vf resize2d_mix(vf a, vf b, vf t) { return vf_fma(t, vf_sub(b, a), a); }

TIN_INLINE void resize2d_f32(const float *restrict x, const int32_t *restrict index,
                             const float *restrict fraction, float *restrict y,
                             const struct resize2d_f32 s, ptrdiff_t begin, ptrdiff_t end)
{
    const int blocks = (s.channels + TIN_LANES - 1) / TIN_LANES;
    const int linear = s.kind == TIN_RESIZE_LINEAR;
    const int32_t *columns = index + (linear ? 2 * s.oh : s.oh);
    TIN_NO_UNROLL
    for (ptrdiff_t chunk = begin; chunk < end; chunk++) {
        const int band = (int)(chunk / blocks % s.bands);
        const int first = (int)tin_chunk(s.oh, s.bands, band),
                  last = (int)tin_chunk(s.oh, s.bands, band + 1);
        const ptrdiff_t block = chunk % blocks, n = chunk / s.bands / blocks;
        const float *xb = x + n * s.x_n + block * s.x_block;
        for (int i = first; i < last; i++) {
            float *yr = y + n * s.y_n + block * s.y_block + (ptrdiff_t)i * s.y_row;
            const float *top = xb + (ptrdiff_t)index[i] * s.x_row;
            if (linear) {
                const float *bottom = xb + (ptrdiff_t)index[s.oh + i] * s.x_row;
                const vf fi = vf_set1(fraction[i]);
                for (int j = 0; j < s.ow; j++) {
                    const ptrdiff_t c = columns[j] * s.x_pixel, d = columns[s.ow + j] * s.x_pixel;
                    const vf fj = vf_set1(fraction[s.oh + j]);
                    const vf a = resize2d_mix(vf_load(top + c), vf_load(top + d), fj);
                    const vf b = resize2d_mix(vf_load(bottom + c), vf_load(bottom + d), fj);
                    vf_store(yr + j * s.y_pixel,
                             vf_activate(resize2d_mix(a, b, fi), s.act, s.alpha, s.beta));
                }
            } else {
                for (int j = 0; j < s.ow; j++)
                    vf_store(yr + j * s.y_pixel, vf_activate(vf_load(top + columns[j] * s.x_pixel),
                                                             s.act, s.alpha, s.beta));
            }
        }
    }
}

#endif
