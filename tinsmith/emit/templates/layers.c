/* Some layers of $name. */
#include "kernels/${name}_layers.h"

$includes

#if defined(TIN_LANES) && TIN_LANES != $lanes
#error "weights and layouts are for vectors of $lanes floats: use the flags of the Makefile"
#endif

$layers
