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
 * of the same step both verify. Of the options run.steps, run.early_stop and
 * checkpoint.mode are looked at.
 * Calls:   collective over comm; rank 0 searches, all ranks get the result and
 *          the file, whose structure is read once (sidle_ckpt_share()).
 * Owns:    sidle_resume_done() closes the file, also after a failure.
 * Errors:  SIDLE_EUSAGE: "never" in a folder with checkpoints; a checkpoint
 *          beyond run.steps. SIDLE_EIO, SIDLE_EDATA: FILE does not verify, or
 *          none of the checkpoints does.
 */
sidle_status sidle_resume_find(const sidle_comm *comm, const char *mode,
                               const char *checkpoints,
                               const sidle_options *options,
                               sidle_resume *resume);

/* ---- in resume_learn.c */
/** From resume->ckpt: plan_start, data_changed, seconds and best. Calls: local,
 * where arrays can be read. Errors: SIDLE_EDATA: a number that no run writes;
 * SIDLE_EIO. */
sidle_status sidle_resume_learn(sidle_resume *resume);

/* ---- in resume_compare.c */
/**
 * Compare the options of this start with those in the checkpoint
 * (resume_compare.c, like the next function).
 *
 * Uses the blocks and the partition that the run began with, unless this start
 * names others. Options of the model and the data must be equal; other changes
 * are kept for sidle_resume_tell(). Sets resume->is_new_rule, has_reported and
 * is_drained; if run.early_stop differs, `best` begins again.
 * Calls:   every rank for itself, same result.
 * Errors:  SIDLE_EUSAGE with the key and both values; SIDLE_EIO, SIDLE_EDATA
 *          from the file.
 */
sidle_status sidle_resume_compare(sidle_resume *resume, sidle_options *options);
/** Print the changes, once, when the start can no longer fail.
 * Calls: local, every rank. */
void sidle_resume_tell(sidle_resume *resume);
/* ---- in resume.c */
/** Free changes that were not printed, and close the file. */
void sidle_resume_done(sidle_resume *resume);

#endif
