/* Semihosting: text, files and exit through the debugger or emulator. There is no heap and no buffer. */
#ifndef TIN_SEMIHOST_H
#define TIN_SEMIHOST_H
#include <stddef.h>
#include <stdint.h>

void tin_write(const char *text);                          /* to the console */
void tin_write_int(int32_t value);
_Noreturn void tin_exit(int code);
void tin_command_line(char *line, size_t size_bytes);      /* "" when there is none */

/* Files of the host, relative to the emulator's working directory. -1 or a short count is failure. */
int tin_open(const char *path, int write);
int32_t tin_size(int file);
size_t tin_read(int file, void *to, size_t size_bytes);
size_t tin_store(int file, const void *from, size_t size_bytes);
void tin_close(int file);
#endif
