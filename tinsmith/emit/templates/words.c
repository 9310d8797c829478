#include <stdint.h>

extern const uint32_t $symbol[];
const uint32_t $symbol[] __attribute__((aligned(64))) = {
    $words,
};
