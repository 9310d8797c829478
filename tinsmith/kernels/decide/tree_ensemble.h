/* TreeEnsemble: y[n][t] gathers what the leaves give that x[n] comes to; see ops/tree_ensemble.py.
 * Template: T is float or double. A row of nodes is (mode, feature, yes, no); mode 0 is a leaf. */
#ifndef TIN_TREE_ENSEMBLE_H
#define TIN_TREE_ENSEMBLE_H
#include "../c/task.h"
struct tree_ensemble {
    ptrdiff_t samples, features, targets, trees;
    int aggregate; /* 0: sum, 1: least, 2: largest */
    ptrdiff_t chunks; /* of samples */
};
enum { TIN_TREE_MISSING = 8 }; /* added to a mode: NaN goes where the comparison holds */
#endif

TIN_INLINE void KERNEL(const T *restrict x, const int32_t *restrict nodes,
                       const T *restrict thresholds, const int32_t *restrict targets,
                       const T *restrict weights, const int32_t *restrict roots, T *restrict y,
                       const struct tree_ensemble s, ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t last = tin_chunk(s.samples, s.chunks, end);
    for (ptrdiff_t n = tin_chunk(s.samples, s.chunks, begin); n < last; n++) {
        const T *from = x + n * s.features;
        T *to = y + n * s.targets;
        for (ptrdiff_t t = 0; t < s.targets; t++) to[t] = s.aggregate ? (T)__builtin_nan("") : 0;
        for (ptrdiff_t tree = 0; tree < s.trees; tree++) {
            ptrdiff_t at = roots[tree];
            const int32_t *node = nodes + 4 * at;
            while (node[0]) {
                const T value = from[node[1]], limit = thresholds[at];
                int holds;
                switch (node[0] & 7) {
                case 1: holds = value <= limit; break;
                case 2: holds = value < limit; break;
                case 3: holds = value >= limit; break;
                case 4: holds = value > limit; break;
                case 5: holds = value == limit; break;
                default: holds = value != limit;
                }
                if (value != value && (node[0] & TIN_TREE_MISSING)) holds = 1;
                at = holds ? node[2] : node[3];
                node = nodes + 4 * at;
            }
            for (ptrdiff_t i = node[2]; i < node[3]; i++) {
                T *sum = to + targets[i];
                if (!s.aggregate)
                    *sum += weights[i];
                else if (*sum != *sum || (s.aggregate == 1 ? weights[i] < *sum : weights[i] > *sum))
                    *sum = weights[i];
            }
        }
        for (ptrdiff_t t = 0; s.aggregate && t < s.targets; t++)
            if (to[t] != to[t]) to[t] = 0;
    }
}
