/* $name step by step: reads weights.bin and inputs.bin, writes each result to trace.bin as soon as
 * its step is done, and all outputs in the end. `tinsmith verify --on qemu` reads it. */
#include "$name.h"

enum region { ARENA, OUTPUT };

static const struct {
    int step;
    enum region region;
    size_t offset, bytes;
} results[] = {
$results
    {$steps, ARENA, 0, 0},
};

#if __STDC_HOSTED__
#include <stdio.h>
#include <stdlib.h>
typedef FILE *tin_file;

/* A static array ends at 2 GB. */
#define MEMORY(name, bytes, where) static unsigned char *name
#define GET(name, bytes) (name = zeros(bytes))

static unsigned char *zeros(size_t bytes)
{
    unsigned char *data = calloc(bytes + 128, 1);
    return data ? data + (64 - (uintptr_t)data % 64) : 0;
}

static tin_file open_file(const char *path, int write)
{
    return fopen(path, write ? "wb" : "rb");
}

static size_t read_from(tin_file file, void *to, size_t bytes)
{
    return fread(to, 1, bytes, file);
}

static size_t write_to(tin_file file, const void *from, size_t bytes)
{
    return fwrite(from, 1, bytes, file);
}

static int close_file(tin_file file)
{
    return fclose(file);
}

static int is_open(tin_file file)
{
    return file != 0;
}
#else
#include "semihost.h"
typedef int tin_file;

#define LARGE __attribute__((section(".large")))
#define MEMORY(name, bytes, where) \
    static unsigned char name[bytes + 64] __attribute__((aligned(64))) where
#define GET(name, bytes) 1

static tin_file open_file(const char *path, int write)
{
    return tin_open(path, write);
}

static size_t read_from(tin_file file, void *to, size_t bytes)
{
    return tin_read(file, to, bytes);
}

static size_t write_to(tin_file file, const void *from, size_t bytes)
{
    return tin_store(file, from, bytes);
}

static int close_file(tin_file file)
{
    tin_close(file);
    return 0;
}

static int is_open(tin_file file)
{
    return file >= 0;
}
#endif

MEMORY(weights, $weights_bytes, LARGE);
MEMORY(input_data, $input_bytes, LARGE);
MEMORY(output_data, $output_bytes, );
MEMORY(arena, $arena_bytes, );
static const size_t input_at[] = {${input_at}0};
static const size_t output_at[] = {${output_at}0};
static const size_t output_bytes[] = {${output_sizes}0};
static struct ${name}_context context;

static int load(const char *path, unsigned char *to, size_t bytes)
{
    const tin_file file = open_file(path, 0);
    if (!is_open(file))
        return 1;
    const size_t got = read_from(file, to, bytes);
    close_file(file);
    return got != bytes;
}

int main(void)
{
    const void *in[${upper}_INPUTS + 1] = {0};
    void *out[${upper}_OUTPUTS + 1] = {0};
    if (!GET(weights, $weights_bytes) || !GET(input_data, $input_bytes) ||
        !GET(output_data, $output_bytes) || !GET(arena, $arena_bytes))
        return 7;
    if (load("weights.bin", weights, $weights_bytes) || load("inputs.bin", input_data, $input_bytes))
        return 2;
    for (int i = 0; i < ${upper}_INPUTS; i++)
        in[i] = input_data + input_at[i];
    for (int i = 0; i < ${upper}_OUTPUTS; i++)
        out[i] = output_data + output_at[i];
    if (${name}_init(&context, weights, $weights_bytes, arena, $arena_bytes, 1) != ${upper}_OK)
        return 3;
    const tin_file trace = open_file("trace.bin", 1);
    if (!is_open(trace))
        return 4;
    for (int step = 0, row = 0; step < ${upper}_STEPS; step++) {
        if (${name}_step(&context, step, in, out) != ${upper}_OK)
            return 5;
        for (; results[row].step == step; row++) {
            const unsigned char *base = results[row].region == ARENA ? arena : output_data;
            if (write_to(trace, base + results[row].offset, results[row].bytes) != results[row].bytes)
                return 6;
        }
    }
    for (int i = 0; i < ${upper}_OUTPUTS; i++)
        if (write_to(trace, out[i], output_bytes[i]) != output_bytes[i])
            return 6;
    ${name}_free(&context);
    return close_file(trace) ? 6 : 0;
}
