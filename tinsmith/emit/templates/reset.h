
/* Makes what lasts from run to run zero again, as it was before the first run. */
enum ${name}_status ${name}_reset(struct ${name}_context *context);
