/* setup_data.h - the data files of a run, and the rows that it sees of them.
 * For setup.c, but for the last group. */
#ifndef SIDLE_RUN_SETUP_DATA_H
#define SIDLE_RUN_SETUP_DATA_H

#include "mpi/comm.h"
#include "run/setup_state.h"

/** Open the files of data.path and data.valid_path. Calls: local. Owns:
 * sidle_setup_close_data() closes them, also after a failure. Errors:
 * SIDLE_EUSAGE, SIDLE_EDATA, SIDLE_EIO. */
sidle_status sidle_setup_open_files(sidle_setup *setup);
/** Open the files on all ranks: rank 0 opens and checks, the others receive
 * them (corpus_share.h); without `is_training` those of an evaluation only.
 * Calls: collective over comm. Errors: the same on all. */
sidle_status sidle_setup_share_files(const sidle_comm *comm, int is_training,
                                     sidle_setup *setup);
/** The files of another set-up of the same data. Owns: they stay the lender's,
 * which ends later. */
void sidle_setup_borrow_files(const sidle_setup *lender, sidle_setup *setup);
/** The sources of training and evaluation of a set-up that has its files, its
 * model and its replica. Calls: local. Owns: sidle_setup_close_data() ends
 * them, also after a failure. Errors: SIDLE_EUSAGE, SIDLE_EDATA. */
sidle_status sidle_setup_make_sources(sidle_setup *setup);
/** The same two for an evaluation alone, of all of the held-out part. */
sidle_status sidle_setup_open_held_out(sidle_setup *setup);
sidle_status sidle_setup_make_held_out(sidle_setup *setup);
void sidle_setup_close_data(sidle_setup *setup);

/** A part of the data in the form for its kind, for the rows of this replica.
 * Owns: borrows set-up and part. */
sidle_data_view sidle_setup_view(const sidle_setup *setup,
                                 const sidle_part *part);

/** The source of the whole held-out part, if there is one (has_eval), for the
 * rows of this replica. Owns: the caller ends it with source->done(), before
 * the setup is done. Errors: those of the setup. */
sidle_status sidle_setup_all_windows(sidle_setup *setup, sidle_source *source);

#endif
