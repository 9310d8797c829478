/* The layers of $name: kernels specialised by constants. */
#ifndef $guard
#define $guard
#include <stddef.h>

$declarations
#endif
