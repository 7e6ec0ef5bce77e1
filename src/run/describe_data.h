/* describe_data.h - what a run trains on and is evaluated on, in words. */
#ifndef SIDLE_RUN_DESCRIBE_DATA_H
#define SIDLE_RUN_DESCRIBE_DATA_H

#include "run/setup.h"

/** One line of the log: files, sizes, and which part of which is held out.
 * Calls: local. */
void sidle_data_describe(const sidle_setup *setup);

/** A warning where the data have fewer tokens than one item takes, and fewer
 * documents than it has rows. */
void sidle_data_warn_if_short(const sidle_setup *setup);

#endif
