
/* The weights, which stay in flash. */
extern const uint32_t ${name}_weights[];
