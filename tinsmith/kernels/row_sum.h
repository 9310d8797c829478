/* row_sum.h: sums of long rows, in sixteen partial sums that compilers keep in vectors. */
#ifndef TIN_ROW_SUM_H
#define TIN_ROW_SUM_H
#include "task.h"

/* total = sum of `term` (an expression of index `i`) for i = 0 .. count - 1, in type A. */
#define TIN_ROW_SUM(A, total, i, count, term)                            \
    do {                                                                 \
        A part_[16] = {0};                                               \
        const ptrdiff_t count_ = (count), whole_ = count_ - count_ % 16; \
        for (ptrdiff_t base_ = 0; base_ < whole_; base_ += 16)           \
            for (ptrdiff_t lane_ = 0; lane_ < 16; lane_++) {             \
                const ptrdiff_t i = base_ + lane_;                       \
                part_[lane_] = (A)(part_[lane_] + (term));               \
            }                                                            \
        for (ptrdiff_t i = whole_; i < count_; i++)                      \
            part_[i - whole_] = (A)(part_[i - whole_] + (term));         \
        for (ptrdiff_t step_ = 8; step_; step_ /= 2)                     \
            for (ptrdiff_t lane_ = 0; lane_ < step_; lane_++)            \
                part_[lane_] = (A)(part_[lane_] + part_[lane_ + step_]); \
        total = part_[0];                                                \
    } while (0)

#endif
