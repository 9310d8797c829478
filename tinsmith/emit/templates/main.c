/* $name: runs the network from the command line. POSIX; the network itself needs nothing.
 *
 *   $name --selftest              checks golden.bin: inputs, and the outputs they must give
 *   $name --time [--runs 100]     time of a run on the golden inputs: min, median, p90, max
 *   $name IN.raw ... OUT.raw ...  runs on raw tensors: one file for each input, then each output
 *   --weights FILE, --golden FILE, --threads N
 */
#define _POSIX_C_SOURCE 200809L
#include "$name.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MAX_RUNS = 10000 };
enum kind { FLOAT32, FLOAT64, FLOAT16, BFLOAT16, EXACT };

struct port {
    const char *name;
    size_t bytes;
    enum kind kind;
    double tolerance; /* of the largest magnitude; 0 for exact types */
};

static const struct port inputs[] = {$inputs{0, 0, EXACT, 0}};
static const struct port outputs[] = {$outputs{0, 0, EXACT, 0}};

static unsigned char arena[$arena_bytes + 64] __attribute__((aligned(64)));
static unsigned char input_data[$input_bytes + 64] __attribute__((aligned(64)));
static unsigned char output_data[$output_bytes + 64] __attribute__((aligned(64)));
static double milliseconds[MAX_RUNS];
static struct $name model;

static int fail(const char *what, const char *name, const char *why)
{
    fprintf(stderr, "$name: %s '%s': %s\n", what, name, why);
    return 1;
}

/* Maps a whole file read-only; 0 when that is impossible or the size is wrong. */
static const unsigned char *map_file(const char *path, size_t bytes)
{
    struct stat info;
    void *data;
    const int file = open(path, O_RDONLY);
    if (file < 0) {
        fail("file", path, strerror(errno));
        return 0;
    }
    if (fstat(file, &info) || (size_t)info.st_size != bytes) {
        fail("file", path, "expected another size; take the one that belongs to this network");
        close(file);
        return 0;
    }
    data = mmap(0, bytes ? bytes : 1, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (data == MAP_FAILED) {
        fail("file", path, strerror(errno));
        return 0;
    }
    return data;
}

static int read_file(const char *path, unsigned char *to, size_t bytes)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return fail("input", path, strerror(errno));
    const size_t got = fread(to, 1, bytes, file);
    const int more = fgetc(file) != EOF;
    fclose(file);
    return got != bytes || more ? fail("input", path, "expected another size") : 0;
}

static int write_file(const char *path, const unsigned char *from, size_t bytes)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        return fail("output", path, strerror(errno));
    const size_t put = fwrite(from, 1, bytes, file);
    return fclose(file) || put != bytes ? fail("output", path, "could not be written") : 0;
}

static double value_at(const unsigned char *data, enum kind kind, size_t i)
{
    float f;
    double d;
    uint16_t h;
    uint32_t u;
    switch (kind) {
    case FLOAT32:
        memcpy(&f, data + 4 * i, 4);
        return f;
    case FLOAT64:
        memcpy(&d, data + 8 * i, 8);
        return d;
    case BFLOAT16:
        memcpy(&h, data + 2 * i, 2);
        u = (uint32_t)h << 16;
        memcpy(&f, &u, 4);
        return f;
    case FLOAT16:
        memcpy(&h, data + 2 * i, 2);
        d = (h & 0x7c00) == 0 ? ldexp(h & 0x3ff, -24)
            : (h & 0x7c00) == 0x7c00
                ? (h & 0x3ff ? NAN : INFINITY)
                : ldexp(1024 + (h & 0x3ff), ((h >> 10) & 31) - 25);
        return h & 0x8000 ? -d : d;
    case EXACT:
        break;
    }
    return data[i];
}

/* The largest difference as a share of the largest magnitude; infinite when one is not a number. */
static double error_of(const unsigned char *got, const unsigned char *want, struct port port)
{
    static const size_t size[] = {4, 8, 2, 2, 1};
    double scale = 1e-30, worst = 0;
    for (size_t i = 0; i < port.bytes / size[port.kind]; i++) {
        const double a = value_at(got, port.kind, i), b = value_at(want, port.kind, i);
        if (isnan(a) && isnan(b))
            continue;
        if (a == b && isinf(b))
            continue;
        if (!(fabs(a - b) <= worst))
            worst = isnan(a - b) ? INFINITY : fabs(a - b);
        if (fabs(b) > scale)
            scale = fabs(b);
    }
    return worst / scale;
}

static int selftest(const unsigned char *golden, void *const *results)
{
    int bad = 0;
    for (int i = 0; i < ${upper}_OUTPUTS; i++) {
        const double error = error_of(results[i], golden, outputs[i]);
        const int ok = error <= outputs[i].tolerance;
        printf("%s: %s, error %.2e of the largest (allowed %.0e)\n", outputs[i].name,
               ok ? "passed" : "FAILED", error, outputs[i].tolerance);
        bad |= !ok;
        golden += outputs[i].bytes;
    }
    return bad;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int time_runs(const void *const *in, void *const *out, int runs)
{
    for (int i = -1 - runs / 10; i < runs; i++) {
        struct timespec a, b;
        clock_gettime(CLOCK_MONOTONIC, &a);
        ${name}_run(&model, in, out);
        clock_gettime(CLOCK_MONOTONIC, &b);
        if (i >= 0)
            milliseconds[i] = (b.tv_sec - a.tv_sec) * 1e3 + (b.tv_nsec - a.tv_nsec) * 1e-6;
    }
    qsort(milliseconds, (size_t)runs, sizeof *milliseconds, by_value);
    printf("%d runs, %d threads: min %.3f ms, p50 %.3f ms, p90 %.3f ms, max %.3f ms\n", runs,
           model.threads, milliseconds[0], milliseconds[runs / 2], milliseconds[runs * 9 / 10],
           milliseconds[runs - 1]);
    return 0;
}

int main(int count, char **words)
{
    const char *weights_path = "weights.bin", *golden_path = "golden.bin", *files[64];
    const void *in[${upper}_INPUTS + 1];
    void *out[${upper}_OUTPUTS + 1];
    int threads = TIN_THREADS, runs = 100, test = 0, timed = 0, file_count = 0, result = 0;
    for (int i = 1; i < count; i++) {
        const int more = i + 1 < count;
        if (!strcmp(words[i], "--selftest"))
            test = 1;
        else if (!strcmp(words[i], "--time"))
            timed = 1;
        else if (!strcmp(words[i], "--weights") && more)
            weights_path = words[++i];
        else if (!strcmp(words[i], "--golden") && more)
            golden_path = words[++i];
        else if (!strcmp(words[i], "--threads") && more)
            threads = atoi(words[++i]);
        else if (!strcmp(words[i], "--runs") && more)
            runs = atoi(words[++i]);
        else if (words[i][0] != '-' && file_count < 64)
            files[file_count++] = words[i];
        else
            return fail("argument", words[i], "unknown; see the head of main.c"), 2;
    }
    if (!test && !timed && file_count != ${upper}_INPUTS + ${upper}_OUTPUTS)
        return fail("arguments", "files", "expected --selftest, --time, or a file for each input and output"), 2;
    if (runs < 1 || runs > MAX_RUNS)
        return fail("argument", "--runs", "expected 1 to 10000"), 2;

    const unsigned char *weights = map_file(weights_path, ${name}_weights_bytes());
    if (!weights)
        return 1;
    const enum ${name}_status status =
        ${name}_init(&model, weights, ${name}_weights_bytes(), arena, sizeof arena, threads);
    if (status != ${upper}_OK)
        return fail("threads", "--threads", "expected 1 to $threads");
    size_t at = 0;
    for (int i = 0; i < ${upper}_INPUTS; at += (inputs[i++].bytes + 63) / 64 * 64)
        in[i] = input_data + at;
    at = 0;
    for (int i = 0; i < ${upper}_OUTPUTS; at += (outputs[i++].bytes + 63) / 64 * 64)
        out[i] = output_data + at;

    if (test || timed) {
        const size_t golden_bytes = $golden_bytes;
        const unsigned char *golden = map_file(golden_path, golden_bytes);
        if (!golden)
            return 1;
        for (int i = 0; i < ${upper}_INPUTS; golden += inputs[i++].bytes)
            memcpy(input_data + ((const unsigned char *)in[i] - input_data), golden,
                   inputs[i].bytes);
        if (test) {
            ${name}_run(&model, in, out);
            result = selftest(golden, out);
        }
        if (timed)
            result |= time_runs(in, out, runs);
    } else {
        for (int i = 0; i < ${upper}_INPUTS && !result; i++)
            result = read_file(files[i], input_data + ((const unsigned char *)in[i] - input_data),
                               inputs[i].bytes);
        if (!result)
            ${name}_run(&model, in, out);
        for (int i = 0; i < ${upper}_OUTPUTS && !result; i++)
            result = write_file(files[${upper}_INPUTS + i], out[i], outputs[i].bytes);
    }
    ${name}_free(&model);
    return result;
}
