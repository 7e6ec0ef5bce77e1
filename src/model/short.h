/* short.h - short names: networks whose list of layers follows from a few
 * numbers and the shape of the data.
 *
 * A short name is one file, model/<name>.c, and one line in short.c. It writes
 * a specification as a user could; nothing later knows where a list is from. */
#ifndef SIDLE_MODEL_SHORT_H
#define SIDLE_MODEL_SHORT_H

#include "base/item.h"
#include "model/spec.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_short_sizes {
    ptrdiff_t width, layers; /* model.width, model.layers */
    ptrdiff_t classes;       /* that the labels tell apart; 0: not used */
    sidle_shape frame;       /* (Y, X, C) */
} sidle_short_sizes;

typedef struct sidle_short {
    const char *name;      /* model.kind */
    const char *loss;      /* unless another one is set */
    ptrdiff_t width;       /* of model.width, if it is not set */
    ptrdiff_t least, most; /* of model.layers, which are convolutions */
    int is_even;           /* only even numbers of them */
    int has_classes;       /* the labels say how wide the output is */
    /** Write the layers; `list` is empty before. Owns: the caller ends it. */
    void (*write)(const sidle_short_sizes *sizes, sidle_spec_list *list);
} sidle_short;

/** The short name; NULL if there is none of that name. */
const sidle_short *sidle_short_find(const char *name);
/** Errors: SIDLE_EUSAGE names the key that does not fit. */
sidle_status sidle_short_check(const sidle_short *of, ptrdiff_t layers);

/* ---- for those that write a list */
/** Append a layer without keys. Owns: the list; valid until the next call. */
sidle_spec_entry *sidle_short_add(sidle_spec_list *list, const char *kind);
/** Set a key to a number. */
void sidle_short_set(sidle_spec_entry *entry, const char *key, ptrdiff_t value);
/** Set a key to [y, x]. */
void sidle_short_set_pair(sidle_spec_entry *entry, const char *key,
                          const ptrdiff_t value[2]);
/** Groups of a group_norm over `channels`: at most eight, of equal size. */
ptrdiff_t sidle_short_groups(ptrdiff_t channels);

#ifdef __cplusplus
}
#endif

#endif
