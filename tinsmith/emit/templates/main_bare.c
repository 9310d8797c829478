/* $name on a board without operating system: runs the golden inputs, compares, returns 0 if right.
 * Text leaves by semihosting (a debugger or an emulator); put your own output in its place. */
#include "$name.h"
#include "selftest.h"
#include "semihost.h"

static const struct tin_port inputs[] = {$inputs{0, 0, TIN_UNSIGNED, 1, {0, 0}}};
static const struct tin_port outputs[] = {$outputs{0, 0, TIN_UNSIGNED, 1, {0, 0}}};

static unsigned char arena[${upper}_ARENA_BYTES + 64] __attribute__((aligned(64)));
static unsigned char output_data[$output_bytes + 64] __attribute__((aligned(64)));
static struct ${name}_context context;

extern const uint32_t ${name}_golden[];

static size_t aligned(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

/* Writes the whole part of a number between two texts. */
static void write_count(const char *before, double number, const char *after)
{
    tin_write(before);
    tin_write_int(number < 2147483647.0 ? (int32_t)number : INT32_MAX);
    tin_write(after);
}

/* Compares an output and writes a line about it; shares of the largest are in billionths. */
static int checked(struct tin_port port, const void *got, const void *want)
{
    const struct tin_found found = tin_compare(got, want, port);
    const int exact = port.kind == TIN_SIGNED || port.kind == TIN_UNSIGNED;
    const double unit = exact ? 1 : 1e9;
    tin_write(port.name);
    if (port.allowed.largest >= TIN_UNCHECKED) {
        tin_write(": not checked: rounding alone decides it on these inputs\n");
        return 1;
    }
    write_count(found.ok ? ": passed, error " : ": FAILED, error ",
                found.distance.largest * unit, exact ? "" : "e-9 of the largest");
    write_count(" (allowed ", port.allowed.largest * unit, exact ? ")" : "e-9)");
    if (!found.ok)
        write_count("; farthest at element ", (double)found.at, "");
    tin_write("\n");
    return found.ok;
}

enum { PAINT = 0x7a117e57, MARGIN = 64 };

extern uint32_t tin_bss_end; /* of link.ld: from there up to the stack nothing lies */

/* Writes a pattern into all that the stack may grow into below `top`. */
static __attribute__((noinline)) void paint(const unsigned char *top)
{
    volatile uint32_t *end = (volatile uint32_t *)((uintptr_t)(top - MARGIN) & ~(uintptr_t)3);
    for (volatile uint32_t *at = &tin_bss_end; at < end; at++) *at = PAINT;
}

/* The bytes below `top` that were written since. */
static __attribute__((noinline)) size_t grown(const unsigned char *top)
{
    const volatile uint32_t *at = &tin_bss_end;
    while ((const unsigned char *)at < top && *at == PAINT) at++;
    return (size_t)(top - (const unsigned char *)at);
}

/* Sets the network up and runs it; `stack`: how much of it that took. */
static __attribute__((noinline)) int answer(const void *const *in, void *const *out, size_t *stack)
{
    const unsigned char *top = __builtin_frame_address(0);
    int bad;
    paint(top);
    bad = ${name}_init(&context, ${name}_weights, ${upper}_WEIGHTS_BYTES, arena, sizeof arena,
                       1) != ${upper}_OK ||
          ${name}_run(&context, in, out) != ${upper}_OK;
    *stack = grown(top);
    return bad;
}

int main(void)
{
    const unsigned char *golden = (const unsigned char *)${name}_golden;
    const void *in[${upper}_INPUTS + 1] = {0};
    void *out[${upper}_OUTPUTS + 1] = {0};
    unsigned char *at = output_data;
    size_t stack = 0;
    int bad = 0;
    for (int i = 0; i < ${upper}_INPUTS; golden += aligned(inputs[i++].bytes))
        in[i] = golden;
    for (int i = 0; i < ${upper}_OUTPUTS; at += aligned(outputs[i++].bytes))
        out[i] = at;
    if (answer(in, out, &stack)) {
        tin_write("$name: cannot run\n");
        return 1;
    }
    for (int i = 0; i < ${upper}_OUTPUTS; golden += aligned(outputs[i++].bytes))
        bad |= !checked(outputs[i], out[i], golden);
    write_count("stack: ", (double)stack, " bytes\n");
    return bad;
}
