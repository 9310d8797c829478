/* What a host program loads by name: the interface of $name, and a clock around each step. */
#define _POSIX_C_SOURCE 199309L
#include "$name.h"
#include <time.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT const char *host_${name}_identity(void);
EXPORT size_t host_${name}_context_bytes(void);
EXPORT size_t host_${name}_arena_bytes(void);
EXPORT int host_${name}_inputs(void);
EXPORT int host_${name}_outputs(void);
EXPORT int host_${name}_steps(void);
EXPORT int host_${name}_attach(void *context, const void *weights, size_t weights_bytes,
                               void *arena, size_t arena_bytes, int threads);
EXPORT int host_${name}_init(void *context, const void *weights, size_t weights_bytes, void *arena,
                             size_t arena_bytes, int threads);
EXPORT int host_${name}_share(void *context, const void *of, void *arena, size_t arena_bytes,
                              int threads);
EXPORT int host_${name}_preparations(void);
EXPORT size_t host_${name}_prepare(void *context, int i);
EXPORT int host_${name}_run(void *context, const void *const *inputs, void *const *outputs);
EXPORT int host_${name}_reset(void *context);
EXPORT int host_${name}_step(void *context, int step, const void *const *inputs,
                             void *const *outputs);
EXPORT int host_${name}_profile(void *context, const void *const *inputs, void *const *outputs,
                                int64_t *nanoseconds);
EXPORT void host_${name}_free(void *context);

/* The hash of the code and weights that this was made for. */
const char *host_${name}_identity(void)
{
    return "$identity";
}

size_t host_${name}_context_bytes(void)
{
    return sizeof(struct ${name}_context);
}

size_t host_${name}_arena_bytes(void)
{
    return ${upper}_ARENA_BYTES;
}

int host_${name}_inputs(void)
{
    return ${upper}_INPUTS;
}

int host_${name}_outputs(void)
{
    return ${upper}_OUTPUTS;
}

int host_${name}_steps(void)
{
    return ${upper}_STEPS;
}

int host_${name}_attach(void *context, const void *weights, size_t weights_bytes, void *arena,
                        size_t arena_bytes, int threads)
{
    return (int)${name}_attach(context, weights, weights_bytes, arena, arena_bytes, threads);
}

int host_${name}_init(void *context, const void *weights, size_t weights_bytes, void *arena,
                      size_t arena_bytes, int threads)
{
    return (int)${name}_init(context, weights, weights_bytes, arena, arena_bytes, threads);
}

int host_${name}_share(void *context, const void *of, void *arena, size_t arena_bytes, int threads)
{
    return (int)${name}_share(context, of, arena, arena_bytes, threads);
}

int host_${name}_preparations(void)
{
    return ${upper}_PREPARATIONS;
}

size_t host_${name}_prepare(void *context, int i)
{
    return ${name}_prepare(context, i);
}

int host_${name}_run(void *context, const void *const *inputs, void *const *outputs)
{
    return (int)${name}_run(context, inputs, outputs);
}

int host_${name}_reset(void *context)
{
#if ${upper}_STATE_BYTES > 0
    return (int)${name}_reset(context);
#else
    (void)context;
    return ${upper}_OK;
#endif
}

int host_${name}_step(void *context, int step, const void *const *inputs, void *const *outputs)
{
    return (int)${name}_step(context, step, inputs, outputs);
}

static int64_t host_${name}_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int host_${name}_profile(void *context, const void *const *inputs, void *const *outputs,
                         int64_t *nanoseconds)
{
    int64_t before = host_${name}_now();
    for (int i = 0; i < ${upper}_STEPS; i++) {
        const int status = (int)${name}_step(context, i, inputs, outputs);
        const int64_t after = host_${name}_now();
        if (status)
            return status;
        nanoseconds[i] = after - before;
        before = after;
    }
    return 0;
}

void host_${name}_free(void *context)
{
    ${name}_free(context);
}
