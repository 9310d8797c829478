/* The calls of "Semihosting for AArch32 and AArch64" (Arm IHI 0076) that a test program needs. */
#include "semihost.h"

enum { OPEN = 1, CLOSE = 2, WRITE0 = 4, WRITE = 5, READ = 6, FLEN = 12, GET_CMDLINE = 21, EXIT_EXTENDED = 32 };
enum { APPLICATION_EXIT = 0x20026 };

static int32_t call(uint32_t operation, const void *argument) {
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return (int32_t)r0;
}

static size_t length(const char *text) {
    size_t count = 0;
    while (text[count] != '\0') count++;
    return count;
}

void tin_write(const char *text) { call(WRITE0, text); }

void tin_write_int(int32_t value) {
    char text[12];
    char *at = text + sizeof text - 1;
    uint32_t rest = value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
    *at = '\0';
    do {
        *--at = (char)('0' + rest % 10u);
        rest /= 10u;
    } while (rest != 0);
    if (value < 0) *--at = '-';
    tin_write(at);
}

_Noreturn void tin_exit(int code) {
    const uint32_t block[2] = {APPLICATION_EXIT, (uint32_t)code};
    call(EXIT_EXTENDED, block);
    for (;;) {
    }
}

void tin_command_line(char *line, size_t size_bytes) {
    uintptr_t block[2] = {(uintptr_t)line, size_bytes};
    line[0] = '\0';
    if (call(GET_CMDLINE, block) != 0) line[0] = '\0';
}

int tin_open(const char *path, int write) {
    const uintptr_t block[3] = {(uintptr_t)path, write ? 5u : 1u, length(path)}; /* "wb", "rb" */
    return call(OPEN, block);
}

int32_t tin_size(int file) {
    const uint32_t block[1] = {(uint32_t)file};
    return call(FLEN, block);
}

size_t tin_read(int file, void *to, size_t size_bytes) {
    const uintptr_t block[3] = {(uintptr_t)file, (uintptr_t)to, size_bytes};
    return size_bytes - (size_t)call(READ, block);
}

size_t tin_store(int file, const void *from, size_t size_bytes) {
    const uintptr_t block[3] = {(uintptr_t)file, (uintptr_t)from, size_bytes};
    return size_bytes - (size_t)call(WRITE, block);
}

void tin_close(int file) {
    const uint32_t block[1] = {(uint32_t)file};
    call(CLOSE, block);
}
