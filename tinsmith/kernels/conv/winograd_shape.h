/* clang-format off */
/* winograd_shape.h: the constants of a convolution by Winograd's algorithms, shared by the parts of
 * conv2d_winograd.h.
 *
 * Three things are not as in a plain convolution of 3x3; where they do not apply their constants
 * are those in brackets, and fold away.
 *
 * Depth (1): first layers, whose stride is `depth`. Each depth x depth square of x becomes one
 * pixel of depth^2 channels, [c][row][column], in a strip of scratch, and the algorithm moves by 1
 * over those. ic counts these channels; ih, iw, pad_top, pad_left speak of x itself, which is
 * plain NCHW.
 *
 * Phases (0 for all but phase_groups, which is all groups): a transposed convolution of stride 2,
 * whose even and odd rows and columns of outputs are four convolutions of their own. oc counts the
 * channels of all four, those of a phase together and whole vectors; oh, ow count the pixels of one
 * phase, and y_row, y_pixel lie between them.
 *   phase_groups   oc groups of a phase; oc groups of a part are of one phase
 *   phase_blocks   elements of y between the channels of a phase and those of the next
 *   odd_row, odd_column      elements of y from a pixel of an even row, column to the odd one
 *   shift_top, shift_left    padding that odd rows, columns have less
 *
 * Lean groups (ready = groups, slab 0): of F(4, 3). Their filters stay as they are in memory and
 * are transformed on the way, a row of elements of `slab` input channels (a multiple of L) at a
 * time, which the first cache holds: a quarter of the bytes come from memory, for more arithmetic.
 * Of each part `ready` groups are transformed all the same, by a G without its factors (which the
 * inputs have): the last of even parts, the first of odd ones, so that one thread waits for memory
 * while the next one computes.
 */
/* clang-format on */
#ifndef TIN_WINOGRAD_SHAPE_H
#define TIN_WINOGRAD_SHAPE_H

#include "../c/stored.h"
#include "winograd.h"

struct conv2d_winograd {
    int stored, inner; /* of x, y, r and V; of filters (sums.h) */
    int n, ic, ih, iw, oc, oh, ow;
    int in, out, stride; /* the algorithm: elements, outputs, and inputs from one to the next */
    int pad_top, pad_left;
    int depth;
    int phase_groups, shift_top, shift_left;
    ptrdiff_t phase_blocks, odd_row, odd_column;
    ptrdiff_t x_n, x_block, x_row, x_pixel;
    ptrdiff_t y_n, y_block, y_row, y_pixel;
    ptrdiff_t r_n, r_block, r_row, r_pixel;
    int across, tiles;       /* tiles of a row, and of the whole batch */
    int panel, panels, unit; /* tiles of the largest panel; how many; panels are whole units of tiles */
    ptrdiff_t v_step, m_step; /* from one element of V, of M to the next */
    int tile_p, tile_b, groups;
    int slab, ready;
    int ahead, ready_ahead; /* floats of weights to come that each step of a sum asks for, in lean
                             * groups and in ready ones */
    int residual, act;
    float alpha, beta;
};

/* Are some groups lean? Then inputs have the factors of G. */
TIN_INLINE int conv2d_winograd_is_lean(const struct conv2d_winograd s)
{
    return s.ready < s.groups;
}

/* Does all of a tile stay in registers while it is transformed? */
TIN_INLINE int conv2d_winograd_is_small(const struct conv2d_winograd s) { return s.in == 4; }

#endif
