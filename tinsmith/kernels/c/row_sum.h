/* row_sum.h: sums of long rows, in sixteen partial sums that compilers keep in vectors. They are
 * joined every TIN_ROW_BLOCK elements (sums down a column: every TIN_COLUMN_BLOCK), because one
 * running sum of half a million numbers loses two digits. */
#ifndef TIN_ROW_SUM_H
#define TIN_ROW_SUM_H
#include "task.h"
enum { TIN_ROW_BLOCK = 4096, TIN_COLUMN_BLOCK = 256 };

/* total = sum of `term` (an expression of index `i`) for i = 0 .. count - 1, in type A. */
#define TIN_ROW_SUM(A, total, i, count, term)                                       \
    do {                                                                            \
        const ptrdiff_t count_ = (count);                                           \
        A total_ = 0;                                                               \
        for (ptrdiff_t first_ = 0; first_ < count_; first_ += TIN_ROW_BLOCK) {      \
            const ptrdiff_t left_ = count_ - first_;                                \
            const ptrdiff_t size_ = left_ < TIN_ROW_BLOCK ? left_ : TIN_ROW_BLOCK;  \
            const ptrdiff_t whole_ = first_ + size_ - size_ % 16;                   \
            A part_[16] = {0};                                                      \
            for (ptrdiff_t base_ = first_; base_ < whole_; base_ += 16)             \
                for (ptrdiff_t lane_ = 0; lane_ < 16; lane_++) {                    \
                    const ptrdiff_t i = base_ + lane_;                              \
                    part_[lane_] = (A)(part_[lane_] + (term));                      \
                }                                                                   \
            for (ptrdiff_t i = whole_; i < first_ + size_; i++)                     \
                part_[i - whole_] = (A)(part_[i - whole_] + (term));                \
            for (ptrdiff_t step_ = 8; step_; step_ /= 2)                            \
                for (ptrdiff_t lane_ = 0; lane_ < step_; lane_++)                   \
                    part_[lane_] = (A)(part_[lane_] + part_[lane_ + step_]);        \
            total_ = (A)(total_ + part_[0]);                                        \
        }                                                                           \
        total = total_;                                                             \
    } while (0)

#endif
