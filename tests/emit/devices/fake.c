#define _DEFAULT_SOURCE
#include "fake.h"
#include <string.h>
#include <sys/mman.h>

enum { GUARD_BYTES = 1 << 16 };

static void protect(const struct fake *device, int protection)
{
    if (mprotect(device->memory, device->bytes, protection))
        __builtin_trap();
}

int fake_open(struct fake *device, size_t bytes)
{
    const size_t whole = (bytes / GUARD_BYTES + 1) * GUARD_BYTES;
    unsigned char *all = mmap(0, whole + 2 * GUARD_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
                              -1, 0);
    if (all == MAP_FAILED)
        return 1;
    device->memory = all + GUARD_BYTES;
    device->bytes = whole;
    memset(fake_enter(device), 0xff, whole);
    fake_leave(device);
    return 0;
}

void fake_close(struct fake *device)
{
    munmap(device->memory - GUARD_BYTES, device->bytes + 2 * GUARD_BYTES);
}

unsigned char *fake_enter(const struct fake *device)
{
    protect(device, PROT_READ | PROT_WRITE);
    return device->memory;
}

void fake_leave(const struct fake *device)
{
    protect(device, PROT_NONE);
}

void fake_share(const struct fake *device, const struct fake *of)
{
    memcpy(fake_enter(device), fake_enter(of), of->bytes);
    fake_leave(device);
    fake_leave(of);
}

void fake_write(const struct fake *device, size_t at, const void *from, size_t bytes)
{
    memcpy(fake_enter(device) + at, from, bytes);
    fake_leave(device);
}

void fake_read(const struct fake *device, size_t at, void *to, size_t bytes)
{
    memcpy(to, fake_enter(device) + at, bytes);
    fake_leave(device);
}
