/* index.h: an index known at run time only, made safe. */
#ifndef TIN_INDEX_H
#define TIN_INDEX_H
#include "task.h"

/* Counts negative indices from the end; -1 if the index is out of range. */
TIN_INLINE ptrdiff_t tin_index(int64_t index, ptrdiff_t extent)
{
    if (index < 0) index += extent;
    return index >= 0 && index < extent ? (ptrdiff_t)index : -1;
}
#endif
