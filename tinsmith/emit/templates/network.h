/* $title: a network compiled by Tinsmith for $target.
 *
$ports
 *
 * Tensors are dense and row-major, each at the alignment of its elements. Outputs must not overlap
 * anything else. Nothing is allocated. A context serves one caller at a time; any number of
 * contexts, each with an arena of its own, may share the weights (`${name}_share`).
 *
$memory */
#ifndef ${upper}_HEADER
#define ${upper}_HEADER
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ${upper}_INSTRUCTIONS "$instructions"
#define ${upper}_INPUTS $inputs
#define ${upper}_OUTPUTS $outputs
#define ${upper}_STEPS $steps
#define ${upper}_PREPARATIONS $preparations
#define ${upper}_MAX_THREADS $threads

/* Where arena and weights must start, and all sizes in bytes. */
#define ${upper}_ALIGNMENT 64
#define ${upper}_ARENA_BYTES $arena_bytes
#define ${upper}_WEIGHTS_BYTES $weights_bytes
#define ${upper}_SHARING_BYTES $sharing_bytes /* the arena of a context that shares */
#define ${upper}_STATE_BYTES $state_bytes
#define ${upper}_CONTEXT_BYTES $context_bytes
$port_bytes

/* After `${name}_init` only the first so many bytes of the weights are read. */
#define ${upper}_KEPT_BYTES $kept_bytes

enum ${name}_status {
    ${upper}_OK = 0,
    ${upper}_NULL_POINTER = 1,
    ${upper}_ARENA_TOO_SMALL = 2,
    ${upper}_WEIGHTS_WRONG_SIZE = 3,
    ${upper}_MISALIGNED = 4,
    ${upper}_BAD_THREADS = 5,
    ${upper}_BAD_STEP = 6,
    ${upper}_NOT_READY = 7,      /* not set up, not all prepared, or freed */
    ${upper}_OVERLAP = 8,        /* of outputs, arena and what is only read */
    ${upper}_WRONG_PROCESSOR = 9 /* it lacks ${upper}_INSTRUCTIONS */
};

/* What a network keeps between calls. It must stay where it was set up. */
struct ${name}_context {
    union {
        unsigned char bytes[${upper}_CONTEXT_BYTES];
        uint64_t alignment;
    } opaque;
};
$constants
/* Sets up a context. threads: 1 to ${upper}_MAX_THREADS. Arena and weights must outlive it. */
enum ${name}_status ${name}_init(struct ${name}_context *context, const void *weights,
                                 size_t weights_bytes, void *arena, size_t arena_bytes,
                                 int threads);

/* `${name}_init` in pieces, for a caller that lets weights go meanwhile: `${name}_attach`, then
 * `${name}_prepare` for each i from 0 to ${upper}_PREPARATIONS - 1, in this order. It returns how
 * many bytes of the weights, from the first on, are still read afterwards. */
enum ${name}_status ${name}_attach(struct ${name}_context *context, const void *weights,
                                   size_t weights_bytes, void *arena, size_t arena_bytes,
                                   int threads);
size_t ${name}_prepare(struct ${name}_context *context, int i);

/* Sets up a context that reads the weights of `of`, which is set up and prepared, so that they are
 * there once: its arena takes ${upper}_SHARING_BYTES. The memory of `of` must outlive it; `of` may
 * run at the same time, and be freed before. */
enum ${name}_status ${name}_share(struct ${name}_context *context,
                                  const struct ${name}_context *of, void *arena,
                                  size_t arena_bytes, int threads);

/* Runs the network once. */
enum ${name}_status ${name}_run(struct ${name}_context *context, const void *const *inputs,
                                void *const *outputs);
$reset
/* Runs one step of ${upper}_STEPS; for profiles and debuggers. Steps run in order. */
enum ${name}_status ${name}_step(struct ${name}_context *context, int step,
                                 const void *const *inputs, void *const *outputs);

/* How many threads a context uses, the caller's among them: no more than there are cores. 0 where
 * it is not set up. */
int ${name}_threads(const struct ${name}_context *context);

/* Stops the threads of a context. It can be set up again, but not run. */
void ${name}_free(struct ${name}_context *context);

#ifdef __cplusplus
}
#endif
#endif
