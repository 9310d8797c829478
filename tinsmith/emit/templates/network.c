/* $title: made by Tinsmith for $target. The interface, which any processor of the kind can run; the
 * kernels are in the files with `layers` in their names. */
$posix#include "$name.h"

$includes

struct ${name}_network {
    uintptr_t state; /* where this lies, changed, while it is set up */
    const unsigned char *weights;
    unsigned char *arena, *ready; /* ready: the prepared weights, here or in another context */
    size_t arena_bytes;
    const void *const *inputs;
    void *const *outputs;
    int threads, prepared;
$pool$fields};

struct ${name}_context_place {
    char before;
    struct ${name}_context context;
};

struct ${name}_network_place {
    char before;
    struct ${name}_network network;
};

/* These arrays have no size where a network does not fit into its context. */
typedef char ${name}_fits[sizeof(struct ${name}_network) <= ${upper}_CONTEXT_BYTES ? 1 : -1];
typedef char ${name}_aligned[offsetof(struct ${name}_network_place, network) <=
                             offsetof(struct ${name}_context_place, context) ? 1 : -1];

struct ${name}_tensor {
    size_t bytes, alignment;
};

/* Memory of a caller: from where, how many bytes, and how many are needed. */
struct ${name}_memory {
    const void *from;
    size_t bytes, need;
};

/* Of the prepared weights. */
static const size_t ${name}_ready_bytes = (size_t)${upper}_ARENA_BYTES - ${upper}_SHARING_BYTES;

/* What can be asked for: the steps from first to end, and its tensors. */
struct ${name}_entry {
    int first, end, inputs, outputs;
    const struct ${name}_tensor *in, *out;
};

$entries
$step_functions

/* Each step: its chunks, and in how many pieces the threads share them. */
static const struct tin_task ${name}_tasks[] = {
$task_rows
    {0, 0, 0},
};

static uintptr_t ${name}_state(const struct ${name}_network *network)
{
    return (uintptr_t)network ^ (uintptr_t)0x74696e79u;
}

/* The network of a context that is set up, or 0. */
static struct ${name}_network *${name}_network(const struct ${name}_context *context)
{
    struct ${name}_network *m = (struct ${name}_network *)(uintptr_t)context;
    return m && !((uintptr_t)m % sizeof(void *)) && m->state == ${name}_state(m) ? m : 0;
}

static int ${name}_overlap(const void *a, size_t a_bytes, const void *b, size_t b_bytes)
{
    const uintptr_t x = (uintptr_t)a, y = (uintptr_t)b;
    return x < y ? y - x < a_bytes && b_bytes > 0 : x - y < b_bytes && a_bytes > 0;
}

static enum ${name}_status ${name}_fault(const void *data, struct ${name}_tensor tensor)
{
    if (tensor.bytes == 0)
        return ${upper}_OK;
    return !data ? ${upper}_NULL_POINTER
                 : (uintptr_t)data % tensor.alignment ? ${upper}_MISALIGNED : ${upper}_OK;
}

/* What is wrong with the tensors of a caller. */
static enum ${name}_status ${name}_check(const struct ${name}_network *m,
                                         const struct ${name}_entry *entry,
                                         const void *const *inputs, void *const *outputs)
{
    const struct ${name}_tensor *in = entry->in, *out = entry->out;
    const size_t arena_bytes = m->arena_bytes, kept_bytes = ${upper}_KEPT_BYTES;
    enum ${name}_status status = ${upper}_OK;
    if ((!inputs && entry->inputs > 0) || (!outputs && entry->outputs > 0))
        return ${upper}_NULL_POINTER;
    for (int i = 0; i < entry->inputs; i++) {
        if ((status = ${name}_fault(inputs[i], in[i])) != ${upper}_OK)
            return status;
        if (${name}_overlap(inputs[i], in[i].bytes, m->arena, arena_bytes))
            return ${upper}_OVERLAP;
    }
    for (int i = 0; i < entry->outputs; i++) {
        if ((status = ${name}_fault(outputs[i], out[i])) != ${upper}_OK)
            return status;
        if (${name}_overlap(outputs[i], out[i].bytes, m->arena, arena_bytes) ||
            ${name}_overlap(outputs[i], out[i].bytes, m->weights, kept_bytes) ||
            ${name}_overlap(outputs[i], out[i].bytes, m->ready, ${name}_ready_bytes) ||
            ${name}_overlap(outputs[i], out[i].bytes, m, sizeof *m))
            return ${upper}_OVERLAP;
        for (int k = 0; k < entry->inputs; k++)
            if (${name}_overlap(outputs[i], out[i].bytes, inputs[k], in[k].bytes))
                return ${upper}_OVERLAP;
        for (int k = 0; k < i; k++)
            if (${name}_overlap(outputs[i], out[i].bytes, outputs[k], out[k].bytes))
                return ${upper}_OVERLAP;
    }
    return ${upper}_OK;
}

static void ${name}_do(struct ${name}_network *m, int task)
{
$do_task}

/* Sets up a context on memory of a caller, if all is well; nothing is prepared. */
static enum ${name}_status ${name}_set_up(struct ${name}_context *context,
                                          struct ${name}_memory weights,
                                          struct ${name}_memory arena, int threads)
{
    struct ${name}_network *m = (struct ${name}_network *)context;
    if (!context)
        return ${upper}_NULL_POINTER;
    if ((uintptr_t)context % sizeof(void *))
        return ${upper}_MISALIGNED;
    m->state = 0;
    if ((!weights.from && weights.need > 0) || (!arena.from && arena.need > 0))
        return ${upper}_NULL_POINTER;
    if (arena.bytes < arena.need)
        return ${upper}_ARENA_TOO_SMALL;
    if (weights.bytes != weights.need)
        return ${upper}_WEIGHTS_WRONG_SIZE;
    if ((uintptr_t)weights.from % ${upper}_ALIGNMENT || (uintptr_t)arena.from % ${upper}_ALIGNMENT)
        return ${upper}_MISALIGNED;
    if (threads < 1 || threads > ${upper}_MAX_THREADS)
        return ${upper}_BAD_THREADS;
    if (${name}_overlap(arena.from, arena.need, weights.from, weights.need) ||
        ${name}_overlap(arena.from, arena.need, context, sizeof *context) ||
        ${name}_overlap(weights.from, weights.need, context, sizeof *context))
        return ${upper}_OVERLAP;
$begin    m->weights = (const unsigned char *)weights.from;
    m->arena = (unsigned char *)(uintptr_t)arena.from;
    m->arena_bytes = arena.need;
    m->ready = m->arena;
    m->inputs = 0;
    m->outputs = 0;
    m->prepared = 0;
    m->threads = $start;
    m->state = ${name}_state(m);
$clear    return ${upper}_OK;
}

enum ${name}_status ${name}_attach(struct ${name}_context *context, const void *weights,
                                   size_t weights_bytes, void *arena, size_t arena_bytes,
                                   int threads)
{
    const struct ${name}_memory stored = {weights, weights_bytes, ${upper}_WEIGHTS_BYTES};
    const struct ${name}_memory own = {arena, arena_bytes, ${upper}_ARENA_BYTES};
    const enum ${name}_status status = ${name}_set_up(context, stored, own, threads);
    struct ${name}_network *m = ${name}_network(context);
    if (status == ${upper}_OK && ${name}_ready_bytes > 0)
        m->ready = m->arena + ${upper}_SHARING_BYTES;
    return status;
}

enum ${name}_status ${name}_share(struct ${name}_context *context,
                                  const struct ${name}_context *of, void *arena,
                                  size_t arena_bytes, int threads)
{
    const struct ${name}_network *from = ${name}_network(of);
    const struct ${name}_memory own = {arena, arena_bytes, ${upper}_SHARING_BYTES};
    struct ${name}_memory stored = {0, ${upper}_KEPT_BYTES, ${upper}_KEPT_BYTES};
    enum ${name}_status status;
    if (!from || from->prepared != ${upper}_PREPARATIONS)
        return of ? ${upper}_NOT_READY : ${upper}_NULL_POINTER;
    if (context == of || ${name}_overlap(arena, own.need, from->ready, ${name}_ready_bytes) ||
        ${name}_overlap(arena, own.need, of, sizeof *of))
        return ${upper}_OVERLAP;
    stored.from = from->weights;
    status = ${name}_set_up(context, stored, own, threads);
    if (status == ${upper}_OK) {
        struct ${name}_network *m = ${name}_network(context);
        m->ready = from->ready;
        m->prepared = ${upper}_PREPARATIONS;
$share    }
    return status;
}

size_t ${name}_prepare(struct ${name}_context *context, int i)
{
    static const size_t needed[] = {
$needed
    };
    struct ${name}_network *m = ${name}_network(context);
    if (!m || i != m->prepared || i >= ${upper}_PREPARATIONS)
        return ${upper}_WEIGHTS_BYTES;
    ${name}_do(m, $first_preparation + i);
    m->prepared = i + 1;
    return needed[i];
}

enum ${name}_status ${name}_init(struct ${name}_context *context, const void *weights,
                                 size_t weights_bytes, void *arena, size_t arena_bytes,
                                 int threads)
{
    const enum ${name}_status status =
        ${name}_attach(context, weights, weights_bytes, arena, arena_bytes, threads);
    for (int i = 0; status == ${upper}_OK && i < ${upper}_PREPARATIONS; i++)
        (void)${name}_prepare(context, i);
    return status;
}

/* Takes the tensors of a caller, if all is well. */
static enum ${name}_status ${name}_begin(struct ${name}_network *m,
                                         const struct ${name}_entry *entry,
                                         const void *const *inputs, void *const *outputs)
{
    const enum ${name}_status status = m->prepared == ${upper}_PREPARATIONS
                                           ? ${name}_check(m, entry, inputs, outputs)
                                           : ${upper}_NOT_READY;
    m->inputs = inputs;
    m->outputs = outputs;
    return status;
}

enum ${name}_status ${name}_step(struct ${name}_context *context, int step,
                                 const void *const *inputs, void *const *outputs)
{
    struct ${name}_network *m = ${name}_network(context);
    enum ${name}_status status;
    if (!m)
        return context ? ${upper}_NOT_READY : ${upper}_NULL_POINTER;
    if (step < 0 || step >= ${upper}_STEPS)
        return ${upper}_BAD_STEP;
    status = ${name}_begin(m, &${name}_run_entry, inputs, outputs);
    if (status == ${upper}_OK)
        ${name}_do(m, step);
    return status;
}

static enum ${name}_status ${name}_enter(struct ${name}_context *context,
                                         const struct ${name}_entry *entry,
                                         const void *const *inputs, void *const *outputs)
{
    struct ${name}_network *m = ${name}_network(context);
    enum ${name}_status status;
    if (!m)
        return context ? ${upper}_NOT_READY : ${upper}_NULL_POINTER;
    status = ${name}_begin(m, entry, inputs, outputs);
    for (int i = entry->first; status == ${upper}_OK && i < entry->end; i++)
        ${name}_do(m, i);
    return status;
}

enum ${name}_status ${name}_run(struct ${name}_context *context, const void *const *inputs,
                                void *const *outputs)
{
    return ${name}_enter(context, &${name}_run_entry, inputs, outputs);
}
$reset
int ${name}_threads(const struct ${name}_context *context)
{
    const struct ${name}_network *m = ${name}_network(context);
    return m ? m->threads : 0;
}

void ${name}_free(struct ${name}_context *context)
{
    struct ${name}_network *m = ${name}_network(context);
    if (m) {
        m->state = 0;
$stop    }
}
