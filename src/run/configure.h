/* configure.h - reads options from a configuration file and the command line:
 * rank 0 reads, all ranks parse and compare. */
#ifndef SIDLE_RUN_CONFIGURE_H
#define SIDLE_RUN_CONFIGURE_H

#include "mpi/comm.h"
#include "run/options.h"
#include "run/run_words.h"

/**
 * The options of the YAML file, then the overrides on them.
 * Calls:   collective over comm; the same result on every rank.
 * Errors:  SIDLE_EIO if the file cannot be read; SIDLE_EUSAGE for an error in
 *          it or in an override, and for a rank that names another file or has
 *          other options (alike.h).
 */
sidle_status sidle_configure(const sidle_comm *comm,
                             const sidle_run_words *words,
                             sidle_options *options);

/**
 * As sidle_configure(), for a start that may continue a run: `said` gets what
 * the file and the overrides set, and the options are those of
 * sidle_options_begin(), until it is known which run that is.
 * Owns:    the caller ends *said with sidle_settings_done(), also after a
 *          failure.
 */
sidle_status sidle_configure_start(const sidle_comm *comm,
                                   const sidle_run_words *words,
                                   sidle_settings *said,
                                   sidle_options *options);

/** As sidle_configure(), for one process without MPI. Calls: local. */
sidle_status sidle_configure_alone(const sidle_run_words *words,
                                   sidle_options *options);

#endif
