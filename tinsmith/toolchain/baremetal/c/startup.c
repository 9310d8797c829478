/* Reset: copies .data, clears .bss, switches the FPU on, calls main, and leaves with its result. */
#include <stddef.h>
#include <stdint.h>
#include "semihost.h"

extern uint32_t tin_stack_top, tin_data_load, tin_data_start, tin_data_end, tin_bss_start, tin_bss_end;
int main(int argc, char **argv);
void Reset_Handler(void);
void tin_fault(void);
void tin_start(void);
int *__errno(void);

#define MAX_ARGUMENTS 16

/* The C libraries' maths may set errno; nothing here reads it. */
__attribute__((weak)) int *__errno(void) {
    static int value;
    return &value;
}

/* Splits the command line at blanks; argv[0] is the program's name. */
static int split_arguments(char *line, char **argv) {
    int argc = 0;
    while (*line != '\0' && argc < MAX_ARGUMENTS) {
        while (*line == ' ') *line++ = '\0';
        if (*line == '\0') break;
        argv[argc++] = line;
        while (*line != '\0' && *line != ' ') line++;
    }
    return argc;
}

__attribute__((used)) void tin_start(void) {
    static char line[512];
    static char *argv[MAX_ARGUMENTS + 1];
    uint32_t *from = &tin_data_load;
    for (uint32_t *to = &tin_data_start; to < &tin_data_end; to++) *to = *from++;
    for (uint32_t *to = &tin_bss_start; to < &tin_bss_end; to++) *to = 0;
    tin_command_line(line, sizeof line);
    tin_exit(main(split_arguments(line, argv), argv));
}

/* The FPU comes first, and no C statement before it: a compiler may use it in any of them. */
__attribute__((naked)) void Reset_Handler(void) {
    __asm__ volatile(
        "ldr r0, =0xE000ED88\n"
        "ldr r1, [r0]\n"
        "orr r1, r1, #0xF00000\n"
        "str r1, [r0]\n"
        "dsb\n"
        "isb\n"
        "bl tin_start\n"
        "b .\n"
        ".ltorg\n");
}

/* Any fault ends the program with code 134, as abort() does on a system. */
void tin_fault(void) {
    tin_write("fault\n");
    tin_exit(134);
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    &tin_stack_top,
    (const void *)Reset_Handler,
    (const void *)tin_fault, (const void *)tin_fault, (const void *)tin_fault,
    (const void *)tin_fault, (const void *)tin_fault,
    0, 0, 0, 0,
    (const void *)tin_fault, (const void *)tin_fault, 0,
    (const void *)tin_fault, (const void *)tin_fault,
};
