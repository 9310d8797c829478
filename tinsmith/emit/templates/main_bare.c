/* $name on a board without operating system: runs the golden inputs, compares, returns 0 if right.
 * Text leaves by semihosting (a debugger or an emulator); put your own output in its place. */
#include "$name.h"
#include "golden.h"
#include "selftest.h"
#include "semihost.h"
#include "weights.h"

static const struct tin_port inputs[] = {$inputs{0, 0, TIN_EXACT, 0}};
static const struct tin_port outputs[] = {$outputs{0, 0, TIN_EXACT, 0}};

static unsigned char arena[$arena_bytes + 64] __attribute__((aligned(64)));
static unsigned char output_data[$output_bytes + 64] __attribute__((aligned(64)));
static struct $name model;

static size_t aligned(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

static int report(struct tin_port port, double error)
{
    const int ok = error <= port.tolerance;
    tin_write(port.name);
    tin_write(ok ? ": passed, error " : ": FAILED, error ");
    tin_write_int(error < 2 ? (int32_t)(error * 1e9) : INT32_MAX);
    tin_write("e-9 of the largest\n");
    return !ok;
}

int main(void)
{
    const unsigned char *golden = (const unsigned char *)${name}_golden;
    const void *in[${upper}_INPUTS + 1] = {0};
    void *out[${upper}_OUTPUTS + 1] = {0};
    unsigned char *at = output_data;
    int bad = 0;
    for (int i = 0; i < ${upper}_INPUTS; golden += aligned(inputs[i++].bytes))
        in[i] = golden;
    for (int i = 0; i < ${upper}_OUTPUTS; at += aligned(outputs[i++].bytes))
        out[i] = at;
    if (${name}_init(&model, ${name}_weights, ${name}_weights_bytes(), arena, sizeof arena, 1) !=
            ${upper}_OK ||
        ${name}_run(&model, in, out) != ${upper}_OK) {
        tin_write("$name: cannot run\n");
        return 1;
    }
    for (int i = 0; i < ${upper}_OUTPUTS; golden += aligned(outputs[i++].bytes))
        bad |= report(outputs[i], tin_error(out[i], golden, outputs[i]));
    return bad;
}
