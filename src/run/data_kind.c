/* data_kind.c - the table of kinds of data. */
#include "run/data_kind.h"

#include <string.h>

static const sidle_data_kind *const kinds[] = {
    &sidle_data_text, &sidle_data_tokens, &sidle_data_video};

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

const sidle_data_kind *sidle_data_kind_find(const char *name)
{
    for (int i = 0; i < N_KINDS; i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    SIDLE_DIE(SIDLE_EINTERNAL, "data.kind \"%s\"", name);
}

int sidle_data_kind_names(const char *const **names_p)
{
    static const char *names[N_KINDS];

    for (int i = 0; i < N_KINDS; i++)
        names[i] = kinds[i]->name;
    *names_p = names;
    return N_KINDS;
}
