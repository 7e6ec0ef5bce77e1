/* banner.h - the first lines of a start: what runs, where, on what, how much.
 */
#ifndef SIDLE_CLI_BANNER_H
#define SIDLE_CLI_BANNER_H

#include "mpi/guards.h"
#include "run/setup.h"

enum { SIDLE_COMMAND_MAX = 1500 };

/** The words behind the program's name as a shell reads them, before they are
 * parsed; what is too long is left out. Calls: local. */
void sidle_banner_words(int argc, char **argv, char out[SIDLE_COMMAND_MAX]);

/** Version, hosts, ranks and the command. Calls: rank 0. */
void sidle_banner_begin(const sidle_comm *comm, const sidle_company *company,
                        const char *words);
/** Tokens of an item, items of an epoch. Calls: rank 0. */
void sidle_banner_items(const sidle_setup *setup);
/** Updates of the run, and what each is of. Calls: rank 0. */
void sidle_banner_updates(const sidle_setup *setup);

#endif
