/* describe_run.h - what a set-up is, in the lines of a start. */
#ifndef SIDLE_CLI_DESCRIBE_RUN_H
#define SIDLE_CLI_DESCRIBE_RUN_H

#include "run/setup.h"

/** Partition, parameters and bytes of every rank, as lines of the log; no
 * advice on keys that a run which is resumed cannot change. Calls: local. */
void sidle_setup_describe(const sidle_setup *setup, int n_ranks,
                          int is_resumed);

#endif
