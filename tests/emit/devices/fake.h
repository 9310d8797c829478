/* A device in the memory of the host: its arena lies apart, between guards, and nobody but its own
 * functions can touch it. It starts as NaN. */
#ifndef FAKE_H
#define FAKE_H
#include <stddef.h>

struct fake {
    unsigned char *memory;
    size_t bytes; /* whole pages */
};

/* 0: the arena is there. */
int fake_open(struct fake *device, size_t bytes);
void fake_close(struct fake *device);

/* Between these two the arena can be read and written. */
unsigned char *fake_enter(const struct fake *device);
void fake_leave(const struct fake *device);

/* The same bytes as those of another device of this size. */
void fake_share(const struct fake *device, const struct fake *of);
void fake_write(const struct fake *device, size_t at, const void *from, size_t bytes);
void fake_read(const struct fake *device, size_t at, void *to, size_t bytes);
#endif
