/* poke.c - one hook, of the process. */
#include "base/poke.h"

#include <stddef.h>

static void (*hook)(void *context);
static void *hook_context;

void sidle_set_poke(void (*poke)(void *context), void *context)
{
    hook = poke;
    hook_context = context;
}

void sidle_poke(void)
{
    if (hook != NULL)
        hook(hook_context);
}
