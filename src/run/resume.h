/* resume.h - finds the checkpoint that a run continues from, and checks that it
 * may. */
#ifndef SIDLE_RUN_RESUME_H
#define SIDLE_RUN_RESUME_H

#include "mpi/comm.h"
#include "run/best.h"
#include "run/options.h"

#include <limits.h>

typedef enum sidle_start {
    SIDLE_START_FRESH,
    SIDLE_START_RESUME,  /* from `path`, at `step` */
    SIDLE_START_FINISHED /* nothing to do: `path` is the final checkpoint */
} sidle_start;

typedef struct sidle_resume {
    sidle_start start;
    char path[PATH_MAX];
    int64_t step;
    int has_reported;   /* at the boundary of `step`: log.every of the run is a
                           divisor of it; else a row of that step is the last of
                           a run that ended there, and is reported again */
    int is_branch;      /* the folder holds later steps than `path` */
    int is_new_rule;    /* another optimizer: its state begins from zero */
    int is_drained;     /* other blocks or another schedule: drain first */
    int64_t plan_start; /* of the run that is resumed: sidle_plan.start */
    double seconds;     /* that it has taken; 0: not known */
    sidle_best best;    /* likewise, as this start counts on */
    int is_over;        /* the run was ended at `step` by run.early_stop,
                           which is the same now */
    int64_t data_changed[2]; /* likewise: sidle_setup.data_changed */
    sidle_ckpt_mode mode;    /* checkpoint.mode of this start */
    char *changes;    /* lines of this rank, to be printed when all is loaded */
    sidle_ckpt *ckpt; /* the file, shared by all ranks; NULL: a fresh start */
} sidle_resume;

/**
 * Decide for `--resume auto|never|FILE`; where FILE is a run folder, from its
 * newest step.
 *
 * "auto" takes the newest step-* that verifies and names those that it
 * rejects; an empty folder is a start. A run is finished when the step file of
 * run.steps, or of the item after which run.early_stop ended it, and final.h5
 * of the same step both verify. run.steps and run.early_stop are those of
 * sidle_resume_merge().
 * Calls:   collective over comm; rank 0 searches, all ranks get the result and
 *          the file, whose structure is read once (sidle_ckpt_share()).
 * Owns:    sidle_resume_done() closes the file, also after a failure.
 * Errors:  SIDLE_EUSAGE: "never" in a folder with checkpoints; a checkpoint
 *          beyond run.steps; those of sidle_resume_merge(). SIDLE_EIO,
 *          SIDLE_EDATA: FILE does not verify, or none of the checkpoints does.
 */
sidle_status sidle_resume_find(const sidle_comm *comm, const char *mode,
                               const char *checkpoints,
                               const sidle_settings *said,
                               sidle_resume *resume);

/* ---- in resume_learn.c */
/** From resume->ckpt: plan_start, data_changed, seconds and best. Calls: local,
 * where arrays can be read. Errors: SIDLE_EDATA: a number that no run writes;
 * SIDLE_EIO. */
sidle_status sidle_resume_learn(sidle_resume *resume);

/* ---- in resume_merge.c */
/**
 * The options of a start that continues the run of a checkpoint: its
 * configuration, and on it what the start set. A key that the file's program
 * did not have is at its old default.
 *
 * 0 for parallel.blocks, parallel.update_every and, with run.updates,
 * run.steps, and "auto" for the partition mean the values of the run; with
 * other blocks their partition is "auto", and with other blocks or another
 * schedule parallel.update_every=0 is the rule's number. All of them are
 * numbers then. What follows from several keys is not checked.
 * Calls:   every rank for itself, same result.
 * Errors:  SIDLE_EUSAGE: run.steps and run.updates together, or too many items;
 *          a list of layers that is not one. SIDLE_EDATA from the file.
 */
sidle_status sidle_resume_merge(const sidle_ckpt *ckpt,
                                const sidle_settings *said,
                                sidle_options *options);

/* ---- in resume_compare.c */
/**
 * Get the options of sidle_resume_merge() and compare them with those in the
 * checkpoint. Those of the model and the data must be equal; other changes are
 * kept for sidle_resume_tell(). Sets resume->is_new_rule, has_reported and
 * is_drained; if run.early_stop differs, `best` begins again.
 * Calls:   every rank for itself, same result.
 * Errors:  SIDLE_EUSAGE with the key and both values, and those of
 *          sidle_resume_merge() and sidle_options_check(); SIDLE_EIO,
 *          SIDLE_EDATA from the file.
 */
sidle_status sidle_resume_compare(sidle_resume *resume,
                                  const sidle_settings *said,
                                  sidle_options *options);
/** Print the changes, once, when the start can no longer fail.
 * Calls: local, every rank. */
void sidle_resume_tell(sidle_resume *resume);
/* ---- in resume.c */
/** Free changes that were not printed, and close the file. */
void sidle_resume_done(sidle_resume *resume);

#endif
