/* few.h - a run that has fewer data, or fewer items, than it was made for. */
#ifndef SIDLE_RUN_FEW_H
#define SIDLE_RUN_FEW_H

#include "run/setup.h"

/**
 * Warn where the data are too short for the rows of one item, as their kind
 * says, and where all items are fewer than an update is of.
 * Calls:   rank 0.
 */
void sidle_warn_if_few(const sidle_setup *setup);

#endif
