/* few.h - warns of a run that has too few data or items. */
#ifndef SIDLE_RUN_FEW_H
#define SIDLE_RUN_FEW_H

#include "run/setup.h"

/**
 * Warn if the data are too short for the rows of one item, which their kind
 * decides, and if the run has fewer items than an update needs.
 * Calls:   rank 0.
 */
void sidle_warn_if_few(const sidle_setup *setup);

#endif
