/* Whether this processor, under this system, has the instructions that a network was compiled for.
 *
 * What includes this must itself be compiled without those instructions. */
#ifndef TIN_PROCESSOR_H
#define TIN_PROCESSOR_H
#include "task.h"

enum { TIN_PROCESSOR_WORDS = 7 };

#if defined(__x86_64__) || defined(__i386__)
TIN_INLINE void tin_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t *registers)
{
    __asm__ __volatile__("cpuid"
                         : "=a"(registers[0]), "=b"(registers[1]), "=c"(registers[2]),
                           "=d"(registers[3])
                         : "a"(leaf), "c"(subleaf));
}

/* Leaf 1 ecx; leaf 7 ebx, ecx, edx; leaf 7.1 eax; leaf 0x80000001 ecx; the registers that the
 * system saves (XCR0). */
static inline void tin_processor_words(uint32_t *words)
{
    uint32_t r[4], last;
    tin_cpuid(0, 0, r);
    last = r[0];
    tin_cpuid(1, 0, r);
    words[0] = r[2];
    if (last >= 7) {
        tin_cpuid(7, 0, r);
        words[1] = r[1];
        words[2] = r[2];
        words[3] = r[3];
        if (r[0] >= 1) {
            tin_cpuid(7, 1, r);
            words[4] = r[0];
        }
    }
    tin_cpuid(0x80000000u, 0, r);
    if (r[0] >= 0x80000001u) {
        tin_cpuid(0x80000001u, 0, r);
        words[5] = r[2];
    }
    if (words[0] >> 27 & 1) /* xgetbv is there */
        __asm__ __volatile__(".byte 0x0f, 0x01, 0xd0" : "=a"(words[6]), "=d"(r[0]) : "c"(0));
}
#elif defined(__linux__) && (defined(__aarch64__) || defined(__arm__))
#include <sys/auxv.h>

/* AT_HWCAP and AT_HWCAP2. */
static inline void tin_processor_words(uint32_t *words)
{
    words[0] = (uint32_t)getauxval(16);
    words[1] = (uint32_t)getauxval(26);
}
#else
/* A system that does not tell. */
static inline void tin_processor_words(uint32_t *words)
{
    for (int i = 0; i < TIN_PROCESSOR_WORDS; i++)
        words[i] = UINT32_MAX;
}
#endif

static inline int tin_processor_has(const uint32_t *needed)
{
    uint32_t words[TIN_PROCESSOR_WORDS] = {0};
    int has = 1;
    tin_processor_words(words);
    for (int i = 0; i < TIN_PROCESSOR_WORDS; i++)
        has &= (words[i] & needed[i]) == needed[i];
    return has;
}
#endif
