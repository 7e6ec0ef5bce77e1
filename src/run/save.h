/* save.h - writes a run's state to checkpoint files and reads it back. */
#ifndef SIDLE_RUN_SAVE_H
#define SIDLE_RUN_SAVE_H

#include "io/ckpt.h"
#include "mpi/health.h"
#include "mpi/restore.h"
#include "mpi/runner.h"
#include "mpi/state.h"
#include "run/setup.h"
#include "run/watch.h"

/* After how many items the run began with its present blocks and schedule. */
#define SIDLE_PLAN_START "/pipeline/start"

/** Bytes of a file; 0 if it is missing. Calls: local. */
double sidle_file_bytes(const char *path);
/** Of data.path and data.valid_path together, as rank 0 sees them. Calls:
 * collective over comm. */
double sidle_data_bytes(const sidle_comm *comm, const sidle_options *options);

/* After how many items it was seen that data.path, data.valid_path were changed
 * while the run trained on them (watch.h); 0: never. */
#define SIDLE_DATA_CHANGED "/pipeline/data_changed"
/** Those of a checkpoint. Errors: SIDLE_EIO, SIDLE_EDATA from the file. */
sidle_status sidle_read_changed(sidle_ckpt *ckpt, int64_t changed[2]);

/**
 * Write the run's state and commit it.
 * Shapes:  identity (2): data.path, data.valid_path.
 * Calls:   collective. Errors: those of sidle_ckpt_save_to().
 */
sidle_status sidle_save_run_to(const sidle_comm *comm, sidle_runner *runner,
                               const sidle_setup *setup,
                               const sidle_data_identity *identity,
                               const sidle_ckpt_target *target);
/** The same as `folder`/`name`, by checkpoint.mode. */
sidle_status sidle_save_run(const sidle_comm *comm, sidle_runner *runner,
                            const sidle_setup *setup,
                            const sidle_data_identity *identity,
                            const sidle_dir *folder, const char *name);

typedef enum sidle_load_what {
    SIDLE_LOAD_ALL,
    SIDLE_LOAD_NEW_RULE, /* all but the state of another optimizer */
    SIDLE_LOAD_MODEL,    /* parameters, for a fresh run */
    SIDLE_LOAD_EVAL      /* parameters, of the same model */
} sidle_load_what;

/**
 * Restore a runner from a checkpoint of the same model, blocks and schedule.
 * Calls:   collective over comm, whose rank 0 shared the checkpoint; every rank
 *          gets what it owns.
 * Shapes:  identity (2), of rank 0; NULL for parameters alone.
 * Errors:  SIDLE_EUSAGE: other shapes, or data files with another content;
 *          SIDLE_EIO, SIDLE_EDATA from the file.
 */
sidle_status sidle_load_run(const sidle_comm *comm, sidle_runner *runner,
                            const sidle_data_identity *identity,
                            sidle_ckpt *ckpt, sidle_load_what what);

#endif
