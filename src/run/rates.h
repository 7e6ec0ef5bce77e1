/* rates.h - the learning rates of the blocks of a run. */
#ifndef SIDLE_RUN_RATES_H
#define SIDLE_RUN_RATES_H

#include "run/setup_state.h"

/** Check that optim.block_lr has a rate for every block of the partition, and
 * that Muon's matrix_lr can follow it. Errors: SIDLE_EUSAGE. */
sidle_status sidle_rates_check(const sidle_setup *setup);
/** The rates (blocks) of optim.block_lr; NULL: optim.lr in every block. Owns:
 * the set-up. */
const double *sidle_rates_of(const sidle_setup *setup);
/** The rates of the last block, which reports tell: optim.lr and Muon's
 * matrix_lr there, 0 for other rules. */
double sidle_rates_last(const sidle_setup *setup);
double sidle_rates_last_matrix(const sidle_setup *setup);

#endif
