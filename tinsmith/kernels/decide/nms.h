/* clang-format off */
/* NonMaxSuppression: for each batch and class the best boxes that overlap no better one much.
 * Rows of (batch, class, box); those past the selected ones are -1.
 */
/* clang-format on */
#ifndef TIN_NMS_H
#define TIN_NMS_H
#include "../c/task.h"
struct nms {
    ptrdiff_t batches, classes, boxes;
    ptrdiff_t rows, limit; /* of y; of boxes selected for each class */
    float iou, score;      /* thresholds; score is -inf where there is none */
    int all_scores;        /* no score threshold: even -inf may be selected */
    int center;            /* boxes are center, width, height and not two corners */
};

struct tin_box {
    float low[2], high[2];
};

TIN_INLINE struct tin_box tin_box_at(const float *b, int center)
{
    struct tin_box box;
    for (int k = 0; k < 2; k++) {
        const float half = b[2 + k] / 2.0f;
        const float first = center ? b[k] - half : b[k], second = center ? b[k] + half : b[2 + k];
        box.low[k] = first < second ? first : second;
        box.high[k] = first < second ? second : first;
    }
    return box;
}

/* Intersection over union; 0 where the union is empty. */
TIN_INLINE float tin_box_overlap(const struct tin_box a, const struct tin_box b)
{
    float inter = 1.0f, area_a = 1.0f, area_b = 1.0f;
    for (int k = 0; k < 2; k++) {
        const float low = a.low[k] > b.low[k] ? a.low[k] : b.low[k];
        const float high = a.high[k] < b.high[k] ? a.high[k] : b.high[k];
        inter *= high > low ? high - low : 0.0f;
        area_a *= a.high[k] - a.low[k];
        area_b *= b.high[k] - b.low[k];
    }
    const float area = area_a + area_b - inter;
    return area > 0.0f ? inter / area : 0.0f;
}

TIN_INLINE void nms(const float *restrict boxes, const float *restrict scores, int64_t *restrict y,
                    void *restrict scratch, const struct nms s, ptrdiff_t begin, ptrdiff_t end)
{
    uint8_t *restrict left = scratch;
    ptrdiff_t row = 0;
    if (begin >= end) return;
    for (ptrdiff_t line = 0; line < s.batches * s.classes; line++) {
        const float *restrict score = scores + line * s.boxes;
        const float *restrict box = boxes + line / s.classes * s.boxes * 4;
        for (ptrdiff_t i = 0; i < s.boxes; i++)
            left[i] = s.all_scores ? score[i] == score[i] : score[i] > s.score;
        for (ptrdiff_t n = 0; n < s.limit && row < s.rows; n++) {
            ptrdiff_t best = -1;
            for (ptrdiff_t i = 0; i < s.boxes; i++)
                if (left[i] && (best < 0 || score[i] > score[best])) best = i;
            if (best < 0) break;
            y[3 * row] = line / s.classes;
            y[3 * row + 1] = line % s.classes;
            y[3 * row + 2] = best;
            row++;
            left[best] = 0;
            const struct tin_box chosen = tin_box_at(box + 4 * best, s.center);
            for (ptrdiff_t i = 0; i < s.boxes; i++)
                if (left[i])
                    left[i] = !(tin_box_overlap(tin_box_at(box + 4 * i, s.center), chosen) > s.iou);
        }
    }
    for (ptrdiff_t i = 3 * row; i < 3 * s.rows; i++) y[i] = -1;
}
#endif
