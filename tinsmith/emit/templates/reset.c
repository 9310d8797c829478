
enum ${name}_status ${name}_reset(struct ${name}_context *context)
{
    return ${name}_enter(context, &${name}_reset_entry, 0, 0);
}
