"""The exported functions by which a Python process calls a compiled network."""

from __future__ import annotations


def binding(name: str) -> str:
    """C text that exports ``tin_<name>_*`` for the network ``name``."""
    return f"""\
/* What a host program loads by name: the interface of {name}, and a clock around each step. */
#define _POSIX_C_SOURCE 199309L
#include "{name}.h"
#include <time.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT size_t tin_{name}_context_bytes(void);
EXPORT size_t tin_{name}_arena_bytes(void);
EXPORT int tin_{name}_inputs(void);
EXPORT int tin_{name}_outputs(void);
EXPORT int tin_{name}_steps(void);
EXPORT int tin_{name}_init(void *model, const void *weights, size_t weights_bytes, void *arena,
                           size_t arena_bytes, int threads);
EXPORT int tin_{name}_attach(void *model, const void *weights, size_t weights_bytes, void *arena,
                             size_t arena_bytes, int threads);
EXPORT int tin_{name}_preparations(void);
EXPORT size_t tin_{name}_prepare(void *model, int i);
EXPORT int tin_{name}_run(void *model, const void *const *inputs, void *const *outputs);
EXPORT int tin_{name}_step(void *model, int step, const void *const *inputs,
                           void *const *outputs);
EXPORT int tin_{name}_profile(void *model, const void *const *inputs, void *const *outputs,
                              int64_t *nanoseconds);
EXPORT void tin_{name}_free(void *model);

size_t tin_{name}_context_bytes(void)
{{
    return sizeof(struct {name});
}}

size_t tin_{name}_arena_bytes(void)
{{
    return {name}_arena_bytes();
}}

int tin_{name}_inputs(void)
{{
    return {name.upper()}_INPUTS;
}}

int tin_{name}_outputs(void)
{{
    return {name.upper()}_OUTPUTS;
}}

int tin_{name}_steps(void)
{{
    return {name.upper()}_STEPS;
}}

int tin_{name}_init(void *model, const void *weights, size_t weights_bytes, void *arena,
                    size_t arena_bytes, int threads)
{{
    return (int){name}_init(model, weights, weights_bytes, arena, arena_bytes, threads);
}}

int tin_{name}_attach(void *model, const void *weights, size_t weights_bytes, void *arena,
                      size_t arena_bytes, int threads)
{{
    return (int){name}_attach(model, weights, weights_bytes, arena, arena_bytes, threads);
}}

int tin_{name}_preparations(void)
{{
    return {name.upper()}_PREPARATIONS;
}}

size_t tin_{name}_prepare(void *model, int i)
{{
    return {name}_prepare(model, i);
}}

int tin_{name}_run(void *model, const void *const *inputs, void *const *outputs)
{{
    return (int){name}_run(model, inputs, outputs);
}}

int tin_{name}_step(void *model, int step, const void *const *inputs, void *const *outputs)
{{
    return (int){name}_step(model, step, inputs, outputs);
}}

static int64_t tin_{name}_now(void)
{{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}}

int tin_{name}_profile(void *model, const void *const *inputs, void *const *outputs,
                       int64_t *nanoseconds)
{{
    int64_t before = tin_{name}_now();
    for (int i = 0; i < {name.upper()}_STEPS; i++) {{
        const int status = (int){name}_step(model, i, inputs, outputs);
        const int64_t after = tin_{name}_now();
        if (status)
            return status;
        nanoseconds[i] = after - before;
        before = after;
    }}
    return 0;
}}

void tin_{name}_free(void *model)
{{
    {name}_free(model);
}}
"""
