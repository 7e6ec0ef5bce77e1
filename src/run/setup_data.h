/* setup_data.h - the data files of a run, and the rows that it sees of them.
 * For setup.c, but for the last group. */
#ifndef SIDLE_RUN_SETUP_DATA_H
#define SIDLE_RUN_SETUP_DATA_H

#include "run/setup.h"

/** Open the files of a set-up that has its model and its replica, and make the
 * sources of training and evaluation. Owns: sidle_setup_close_data() ends it,
 * also after a failure. Errors: SIDLE_EUSAGE, SIDLE_EDATA, SIDLE_EIO. */
sidle_status sidle_setup_open_data(sidle_setup *setup);
/** The same for an evaluation alone: all of the held-out part. */
sidle_status sidle_setup_open_held_out(sidle_setup *setup);
void sidle_setup_close_data(sidle_setup *setup);

/** A part of the data as its kind wants it, for the rows of this replica. Owns:
 * borrows set-up and part. */
sidle_data_view sidle_setup_view(const sidle_setup *setup,
                                 const sidle_part *part);

/** All of the held-out part, where there is one (has_eval), for the rows of
 * this replica. Owns: the caller ends it with source->done(), before the setup
 * is done. Errors: those of the setup. */
sidle_status sidle_setup_all_windows(sidle_setup *setup, sidle_source *source);

#endif
