/* $op $origin */
static void ${name}_step_$i(const void *network, int thread, ptrdiff_t begin, ptrdiff_t end)
{
    const struct ${name}_network *m = network;
$call    (void)m;
}