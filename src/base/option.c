/* option.c - options by their rows: which row, and what is not set. */
#include "base/option.h"

#include "base/status.h"
#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

const sidle_option *sidle_option_row(const sidle_option *rows, size_t n_rows,
                                     const char *name)
{
    for (size_t i = 0; i < n_rows; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

const char *sidle_option_nearest(const sidle_option *rows, size_t n_rows,
                                 const char *name)
{
    const char **names = calloc(n_rows + 1, sizeof(*names)), *nearest;

    SIDLE_CHECK(names != NULL, "no memory for the names of options");
    for (size_t i = 0; i < n_rows; i++)
        names[i] = rows[i].name;
    nearest = sidle_text_nearest(name, names, n_rows);
    free(names);
    return nearest;
}

static const void *place_of(const sidle_option *row, const void *owner)
{
    return (const char *)owner + row->offset;
}

/* 0 may be a value of a number or flag, so one that is not set is -1. */
static void leave_unset(const sidle_option *row, void *owner)
{
    static const ptrdiff_t sizes[2] = {-1, -1};
    static const int64_t whole = -1;
    static const double real = -1.0;
    static const int flag = -1;
    void *place = (char *)owner + row->offset;

    switch (row->type) {
    case SIDLE_OPTION_INT:
        memcpy(place, &whole, sizeof(whole));
        break;
    case SIDLE_OPTION_SIZE:
        memcpy(place, sizes, sizeof(sizes[0]));
        break;
    case SIDLE_OPTION_PAIR:
        memcpy(place, sizes, sizeof(sizes));
        break;
    case SIDLE_OPTION_REAL:
        memcpy(place, &real, sizeof(real));
        break;
    case SIDLE_OPTION_FLAG:
        memcpy(place, &flag, sizeof(flag));
        break;
    case SIDLE_OPTION_SIZES:
    case SIDLE_OPTION_REALS:
        memset((char *)owner + row->n_offset, 0, sizeof(int));
        memset(place, 0, row->size);
        break;
    default:
        memset(place, 0, row->size);
    }
}

void sidle_option_defaults(const sidle_option *rows, size_t n_rows, void *owner)
{
    for (size_t i = 0; i < n_rows; i++) {
        const sidle_option *row = &rows[i];

        if (row->standard == NULL)
            leave_unset(row, owner);
        else
            SIDLE_CHECK(sidle_option_read(row, row->standard, owner),
                        "the default of '%s' is not right", row->name);
    }
}

int sidle_option_is_set(const sidle_option *row, const void *owner)
{
    const void *place = place_of(row, owner);

    if (row->standard != NULL)
        return 1;
    switch (row->type) {
    case SIDLE_OPTION_INT:
        return *(const int64_t *)place != -1;
    case SIDLE_OPTION_SIZE:
    case SIDLE_OPTION_PAIR:
        return *(const ptrdiff_t *)place != -1;
    case SIDLE_OPTION_REAL:
        return *(const double *)place >= 0.0;
    case SIDLE_OPTION_FLAG:
        return *(const int *)place != -1;
    default:
        return *(const char *)place != '\0';
    }
}
