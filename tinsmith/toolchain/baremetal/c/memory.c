/* The functions that a C compiler calls on its own for copies and clears, for programs without libc. */
#include <stddef.h>
#include <string.h>

/* Keeps the compiler from turning a loop back into a call of the function it stands in. */
#define KEEP_LOOP __asm__ volatile("" ::: "memory")

__attribute__((weak)) void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    unsigned char *out = to;
    const unsigned char *in = from;
    if ((((size_t)out | (size_t)in) & 3u) == 0) {
        for (; size >= 4; size -= 4, out += 4, in += 4) {
            *(unsigned *)(void *)out = *(const unsigned *)(const void *)in;
            KEEP_LOOP;
        }
    }
    for (; size > 0; size--) {
        *out++ = *in++;
        KEEP_LOOP;
    }
    return to;
}

__attribute__((weak)) void *memmove(void *to, const void *from, size_t size) {
    unsigned char *out = to;
    const unsigned char *in = from;
    if (out <= in || out >= in + size) return memcpy(to, from, size);
    while (size > 0) {
        size--;
        out[size] = in[size];
        KEEP_LOOP;
    }
    return to;
}

__attribute__((weak)) void *memset(void *to, int value, size_t size) {
    unsigned char *out = to;
    const unsigned word = 0x01010101u * (unsigned char)value;
    if (((size_t)out & 3u) == 0) {
        for (; size >= 4; size -= 4, out += 4) {
            *(unsigned *)(void *)out = word;
            KEEP_LOOP;
        }
    }
    for (; size > 0; size--) {
        *out++ = (unsigned char)value;
        KEEP_LOOP;
    }
    return to;
}

__attribute__((weak)) int memcmp(const void *left, const void *right, size_t size) {
    const unsigned char *a = left, *b = right;
    for (; size > 0; size--, a++, b++) {
        if (*a != *b) return *a < *b ? -1 : 1;
    }
    return 0;
}
