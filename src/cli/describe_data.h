/* describe_data.h - what a run trains on and is evaluated on, in words. */
#ifndef SIDLE_CLI_DESCRIBE_DATA_H
#define SIDLE_CLI_DESCRIBE_DATA_H

#include "run/setup.h"

/** One line of the log: files, sizes, and which part of which is held out.
 * Calls: local. */
void sidle_data_describe(const sidle_setup *setup);

#endif
