static const struct ${name}_tensor ${name}_${entry}_inputs[] = {$input_rows{0, 1}};
static const struct ${name}_tensor ${name}_${entry}_outputs[] = {$output_rows{0, 1}};
static const struct ${name}_entry ${name}_${entry}_entry = {
    $first, $end, $inputs, $outputs, ${name}_${entry}_inputs, ${name}_${entry}_outputs,
};
