/* training.h - a run while it trains: when it saves, when it stops, and what
 * has to hold at its end. */
#ifndef SIDLE_RUN_TRAINING_H
#define SIDLE_RUN_TRAINING_H

#include "io/runfolder.h"
#include "mpi/guards.h"
#include "run/best_file.h"
#include "run/deadline.h"
#include "run/due.h"
#include "run/progress.h"
#include "run/resume.h"
#include "run/save.h"
#include "run/setup.h"

/* The evaluation of all that is held out; of rank 0 but for the first. */
typedef struct sidle_ending {
    int is_on, is_whole;
    double nats;
    int64_t n_targets, n_correct;
} sidle_ending;

/* Zero, then filled by the command: all but the last group. */
typedef struct sidle_training {
    sidle_comm comm;
    sidle_options options;
    sidle_setup setup;
    sidle_data_identity identity[2];
    sidle_watch watch; /* rank 0 */
    sidle_resume resume;
    sidle_company company;   /* rank 0 */
    sidle_runfolder *folder; /* rank 0, and so are the next two */
    sidle_metrics *metrics;
    sidle_tensorboard *tensorboard;
    sidle_dir *checkpoints; /* of every rank; not open where it cannot be */

    const sidle_display *display; /* NULL: nobody watches */
    sidle_runner *runner;
    sidle_progress progress;
    sidle_due due; /* rank 0 */
    double started, last_look;
    sidle_deadline deadline; /* rank 0 */
    int64_t end;             /* the last item, as far as is known */
    int64_t last_eval; /* after which the last evaluation was; 0: none yet */
    double last_loss;  /* its loss */
    sidle_best_file best_file; /* rank 0 */
    sidle_ending ending;
    int is_step_due; /* rank 0: a step file, at the cut of the newest item */
    int is_ending;   /* rank 0: that item is the last one, by run.early_stop */
    int is_stopping, is_stop_told;
    int is_folder_gone; /* rank 0 */
    int has_begun;      /* nothing of the start can fail any more */
    int64_t newest;     /* step of the newest file of this start, or -1 */
    int64_t proven;     /* of the newest one behind which a loss was good */
    const char *again;  /* words: what goes on from here */
    int is_well;        /* the losses before the newest save were sane */
    int is_end_lost;    /* the step file of the last item was not saved */
} sidle_training;

/**
 * Reserve the runner of this rank: at every item it asks this run whether to
 * save or to stop, and each checkpoint of its is a step file that `latest.h5`
 * then points to.
 * Calls:   collective.
 * Errors:  those of sidle_runner_new().
 */
sidle_status sidle_training_open(sidle_training *t);

/**
 * Rank 0: learn when the job ends (SLURM_JOB_END_TIME).
 * Calls:   local.
 * Errors:  those of sidle_deadline_check(): no time for anything.
 */
sidle_status sidle_training_plan_end(sidle_training *t);

/** Rank 0: whether there is a reason to stop now, which is then said. */
int sidle_training_should_stop(sidle_training *t, double now);

/**
 * Train to the last item, write final.h5, and say so.
 * Calls:   collective, after sidle_training_open().
 * Errors:  SIDLE_ESTOPPED: stopped, with a checkpoint; SIDLE_EIO: it was not
 *          written, or the last item's step file was not, and so was said.
 */
sidle_status sidle_training_run(sidle_training *t);

#endif
