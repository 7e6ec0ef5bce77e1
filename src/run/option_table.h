/* option_table.h - the table of options, and suggestions for a wrong key. */
#ifndef SIDLE_RUN_OPTION_TABLE_H
#define SIDLE_RUN_OPTION_TABLE_H

#include "base/option.h"

#include <stddef.h>

/** All options, in the order of the dump; the options of a section are
 * adjacent. Their names are "section.key", their struct is sidle_options. */
extern const sidle_option sidle_option_table[];
extern const size_t sidle_n_options;

/* ---- in option_guess.c */
/** The option of that path; NULL if there is none. */
const sidle_option *sidle_option_find(const char *path);
/** The key after the sections of a path: "lr". */
const char *sidle_option_key(const char *path);
/** Whether it is a section of options: "optim". */
int sidle_option_is_section(const char *path);
/** The key that a wrong one probably means: from another section, with the name
 * that other programs use, or misspelt; NULL if none is similar. */
const char *sidle_option_guess(const char *path);

#endif
