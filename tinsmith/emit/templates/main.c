/* $name: runs the network from the command line. POSIX; the network itself needs nothing.
 *
 *   $name --selftest              checks golden.bin: inputs, and the outputs they must give
 *   $name --time [--runs 100]     time of a run on the golden inputs: min, median, p90, max
 *   $name IN.raw ... OUT.raw ...  runs on raw tensors: one file for each input, then each output
 *   --weights FILE, --golden FILE, --threads N (as many as this process may use cores, at most
 *   $threads)
 *
 * Exit codes: 0 done, 1 a file or an answer is wrong, 2 the arguments are, 4 the processor lacks
 * the network's instructions.
 */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE
#include "$name.h"
#include "selftest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MAX_RUNS = 10000, WRONG_PROCESSOR = 4, MAX_FILES = ${upper}_INPUTS + ${upper}_OUTPUTS };

static const struct tin_port inputs[] = {$inputs{0, 0, TIN_UNSIGNED, 1, {0, 0}}};
static const struct tin_port outputs[] = {$outputs{0, 0, TIN_UNSIGNED, 1, {0, 0}}};

static unsigned char *arena, *output_data; /* mapped: a static array ends at 2 GB */
static double milliseconds[MAX_RUNS];
static struct ${name}_context context;

struct request {
    const char *weights, *golden, *files[MAX_FILES + 1];
    int file_count, threads, runs, test, timed;
};

static int fail(const char *what, const char *name, const char *why)
{
    fprintf(stderr, "$name: %s '%s': %s\n", what, name, why);
    return 1;
}

static int unusable(const char *path)
{
    fprintf(stderr, "$name: file '%s': expected to use it, got '%s'; check the path\n", path,
            strerror(errno));
    return 1;
}

/* The next multiple of 64, at which golden tensors and results start. */
static size_t aligned(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

/* Zeros at the start of a page. */
static unsigned char *map_memory(size_t bytes)
{
    void *data = mmap(0, bytes + 64, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data != MAP_FAILED)
        return data;
    fprintf(stderr, "$name: memory: expected %lu bytes of it, got '%s'\n", (unsigned long)bytes,
            strerror(errno));
    return 0;
}

/* Maps a whole file, read-only; 0 when that is impossible or the size is wrong. */
static const unsigned char *map_file(const char *path, size_t bytes)
{
    struct stat info;
    void *data;
    const int file = open(path, O_RDONLY);
    if (file < 0 || fstat(file, &info)) {
        unusable(path);
        return 0;
    }
    if ((size_t)info.st_size != bytes) {
        fprintf(stderr, "$name: file '%s': expected %lu bytes, got %lu; take the file that belongs "
                "to this network\n", path, (unsigned long)bytes, (unsigned long)info.st_size);
        close(file);
        return 0;
    }
    if (bytes == 0) {
        close(file);
        return arena;
    }
    data = mmap(0, bytes, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (data == MAP_FAILED) {
        unusable(path);
        return 0;
    }
    return data;
}

/* Unmaps whole pages of the weights from byte `needed` on; `mapped` bytes were so far. Returns how
 * many still are. */
static size_t let_go(const unsigned char *weights, size_t mapped, size_t needed)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), kept = (needed + page - 1) / page * page;
    if (kept >= mapped)
        return mapped;
    munmap((void *)(uintptr_t)(weights + kept), mapped - kept);
    return kept;
}

/* Asks for large pages: with small ones, weights that were transformed take longer to read. */
static void ask_large_pages(void)
{
#ifdef MADV_HUGEPAGE
    if (${upper}_PREPARATIONS > 0)
        (void)madvise(arena, ${upper}_ARENA_BYTES, MADV_HUGEPAGE); /* small ones do, too */
#endif
}

/* Maps the weights and sets the network up; each part is let go when it was read for the last time.
 * Returns the exit code. */
static int set_up(const char *path, int threads)
{
    size_t mapped = ${upper}_WEIGHTS_BYTES;
    enum ${name}_status status;
    const unsigned char *weights;
    arena = map_memory(${upper}_ARENA_BYTES);
    output_data = arena ? map_memory($output_bytes) : 0;
    weights = output_data ? map_file(path, mapped) : 0;
    if (!weights)
        return 1;
    ask_large_pages();
    status = ${name}_attach(&context, weights, mapped, arena, ${upper}_ARENA_BYTES, threads);
    if (status == ${upper}_WRONG_PROCESSOR) {
        fail("network", "$name", "expected a processor with " ${upper}_INSTRUCTIONS
             ", got another; compile the model for this one (tinsmith targets)");
        return WRONG_PROCESSOR;
    }
    if (status != ${upper}_OK)
        return fail("network", "$name", "expected it to be set up, got an error; compile it again");
    for (int i = 0; i < ${upper}_PREPARATIONS; i++)
        mapped = let_go(weights, mapped, ${name}_prepare(&context, i));
    return 0;
}

static int write_file(const char *path, const void *from, size_t bytes)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        return unusable(path);
    const size_t put = fwrite(from, 1, bytes, file);
    return fclose(file) || put != bytes ? unusable(path) : 0;
}

static int run(const void *const *in, void *const *out)
{
    return ${name}_run(&context, in, out) == ${upper}_OK ? 0 : fail("network", "$name",
                                       "expected it to run, got an error; compile it again");
}

/* Compares an output, and prints a line about it. */
static int checked(struct tin_port port, const void *got, const void *want)
{
    const struct tin_found found = tin_compare(got, want, port);
    const struct tin_distance d = found.distance, most = port.allowed;
    const int exact = port.kind == TIN_SIGNED || port.kind == TIN_UNSIGNED;
    if (most.largest >= TIN_UNCHECKED) {
        printf("%s: not checked: rounding alone decides it on these inputs\n", port.name);
        return 1;
    }
    printf("%s: %s", port.name, found.ok ? "passed" : "FAILED");
    if (exact && d.largest > 0)
        printf(", %.2g%% of the elements differ, by %.0f at most (allowed %.2g%%, by %.0f)",
               d.mean * 100, d.largest, most.mean * 100, most.largest);
    else if (exact)
        printf(", equal");
    else if (d.largest >= TIN_UNLIKE)
        printf(", not a number or infinite where a number is wanted, or the other way");
    else if (most.mean < most.largest)
        printf(", error %.2e of the largest, %.1e on average (allowed %.1e, %.1e on average)",
               d.largest, d.mean, most.largest, most.mean);
    else
        printf(", error %.2e of the largest (allowed %.1e)", d.largest, most.largest);
    if (!found.ok)
        printf("; farthest at element %lu: got %.9g, wanted %.9g", (unsigned long)found.at,
               found.got, found.want);
    printf("\n");
    return found.ok;
}

static int selftest(const void *const *in, void *const *out, const unsigned char *golden)
{
    int bad = run(in, out);
    for (int i = 0; i < ${upper}_OUTPUTS; golden += aligned(outputs[i++].bytes))
        bad |= !checked(outputs[i], out[i], golden);
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
        if (run(in, out))
            return 1;
        clock_gettime(CLOCK_MONOTONIC, &b);
        if (i >= 0)
            milliseconds[i] =
                (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) * 1e-6;
    }
    qsort(milliseconds, (size_t)runs, sizeof *milliseconds, by_value);
    printf("%d runs, %d threads: min %.3f ms, p50 %.3f ms, p90 %.3f ms, max %.3f ms\n", runs,
           ${name}_threads(&context), milliseconds[0], milliseconds[runs / 2],
           milliseconds[runs * 9 / 10], milliseconds[runs - 1]);
    return 0;
}

/* The whole number in a file of the control group, or 0. */
static long group_number(const char *path)
{
    long value = 0;
    FILE *file = fopen(path, "r");
    if (file && fscanf(file, "%ld", &value) != 1)
        value = 0;
    if (file)
        fclose(file);
    return value;
}

/* Cores that the control group's quota pays for, rounded up; ${upper}_MAX_THREADS without a quota. */
static int quota_cores(void)
{
    long quota = 0, period = 0;
    FILE *file = fopen("/sys/fs/cgroup/cpu.max", "r");
    if (file) {
        if (fscanf(file, "%ld %ld", &quota, &period) != 2) /* "max 100000": none */
            quota = 0;
        fclose(file);
    } else {
        quota = group_number("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
        period = group_number("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
    }
    if (quota <= 0 || period <= 0 || (quota - 1) / period + 1 > ${upper}_MAX_THREADS)
        return ${upper}_MAX_THREADS;
    return (int)((quota - 1) / period + 1);
}

/* A whole number from 1 to `most`, or 0. */
static int number(const char *text, long most)
{
    char *end;
    const long value = strtol(text, &end, 10);
    return end != text && !*end && value >= 1 && value <= most ? (int)value : 0;
}

static int parse(int count, char **words, struct request *asked)
{
    for (int i = 1; i < count; i++) {
        const char *word = words[i], *next = i + 1 < count ? words[i + 1] : "";
        if (!strcmp(word, "--selftest")) {
            asked->test = 1;
        } else if (!strcmp(word, "--time")) {
            asked->timed = 1;
        } else if (word[0] != '-') {
            if (asked->file_count == MAX_FILES)
                return fail("argument", word, "expected no more files, got another; "
                            "give one for each input and each output");
            asked->files[asked->file_count++] = word;
        } else if (!*next) {
            return fail("argument", word, "expected an option and its value, got another; "
                        "the head of main.c names them");
        } else {
            i++;
            if (!strcmp(word, "--weights"))
                asked->weights = next;
            else if (!strcmp(word, "--golden"))
                asked->golden = next;
            else if (!strcmp(word, "--threads")) {
                if (!(asked->threads = number(next, ${upper}_MAX_THREADS)))
                    return fail("argument", next, "expected 1 to $threads threads, got another; "
                                "change --threads");
            } else if (!strcmp(word, "--runs")) {
                if (!(asked->runs = number(next, MAX_RUNS)))
                    return fail("argument", next, "expected 1 to 10000 runs, got another; "
                                "change --runs");
            } else
                return fail("argument", word, "expected an option, got another; "
                            "the head of main.c names them");
        }
    }
    if (asked->test || asked->timed ? asked->file_count != 0 : asked->file_count != MAX_FILES)
        return fail("arguments", "files",
                    "expected --selftest, --time, or a file for each input and each output, "
                    "got others; the head of main.c shows how");
    return 0;
}

/* Sets the addresses of all inputs inside golden.bin; returns what follows them. */
static const unsigned char *golden_inputs(const char *path, const void **in)
{
    const unsigned char *golden = map_file(path, $golden_bytes);
    for (int i = 0; golden && i < ${upper}_INPUTS; golden += aligned(inputs[i++].bytes))
        in[i] = golden;
    return golden;
}

static int answer(const struct request *asked)
{
    const void *in[${upper}_INPUTS + 1] = {0};
    void *out[${upper}_OUTPUTS + 1] = {0};
    unsigned char *at = output_data;
    int bad = 0;
    for (int i = 0; i < ${upper}_OUTPUTS; at += aligned(outputs[i++].bytes))
        out[i] = at;
    if (asked->test || asked->timed) {
        const unsigned char *golden = golden_inputs(asked->golden, in);
        if (!golden)
            return 1;
        bad = asked->test && selftest(in, out, golden);
        return (asked->timed && time_runs(in, out, asked->runs)) || bad;
    }
    for (int i = 0; i < ${upper}_INPUTS && !bad; i++)
        bad = !(in[i] = map_file(asked->files[i], inputs[i].bytes));
    bad = bad || run(in, out);
    for (int i = 0; i < ${upper}_OUTPUTS && !bad; i++)
        bad = write_file(asked->files[${upper}_INPUTS + i], out[i], outputs[i].bytes);
    return bad;
}

int main(int count, char **words)
{
    struct request asked = {.weights = "weights.bin", .golden = "golden.bin", .runs = 100,
                            .threads = quota_cores()};
    if (parse(count, words, &asked))
        return 2;
    const int unready = set_up(asked.weights, asked.threads);
    if (unready)
        return unready;
    const int bad = answer(&asked);
    ${name}_free(&context);
    return bad;
}
