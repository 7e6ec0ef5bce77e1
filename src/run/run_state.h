/* run_state.h - the state of an open run. For the files that use it: run.c sets
 * it up, outputs.c and begin.c fill it, training.c trains. */
#ifndef SIDLE_RUN_RUN_STATE_H
#define SIDLE_RUN_RUN_STATE_H

#include "io/runfolder.h"
#include "mpi/guards.h"
#include "run/best_file.h"
#include "run/clip_tally.h"
#include "run/deadline.h"
#include "run/due.h"
#include "run/progress.h"
#include "run/resume.h"
#include "run/run_start.h"
#include "run/save.h"
#include "run/setup.h"
#include "run/training_picture.h"

/* The evaluation of the whole held-out part; all but the first field are rank
 * 0's. */
typedef struct sidle_ending {
    int is_on, is_whole;
    double sum;
    int64_t n_targets, n_correct;
    sidle_clip_counts clips;
} sidle_ending;

typedef struct sidle_run {
    sidle_comm comm;
    sidle_run_start start;
    sidle_settings said;   /* what the file and the command line set */
    sidle_options options; /* complete once it is known which run it is */
    sidle_setup setup;
    sidle_data_identity identity[2]; /* rank 0, and so is the next */
    sidle_watch watch;
    sidle_resume resume;
    sidle_company company;   /* rank 0 */
    sidle_runfolder *folder; /* rank 0, and so are the next two */
    sidle_metrics *metrics;
    sidle_tensorboard *tensorboard;
    sidle_training_picture *picture; /* NULL: none is made */
    sidle_clip_tally *tally;         /* rank 0; NULL: no clips to recognise */
    sidle_dir *checkpoints; /* of every rank; not open where it cannot be */
    sidle_staleness_file *staleness; /* or NULL; rank 0 */
    int advised; /* block of the last advice on staleness, 0: none */

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
    int is_stop_asked; /* rank 0: sidle_run_stop() */
    int is_step_due;   /* rank 0: a step file, at the newest item's boundary */
    int is_ending; /* rank 0: that item is the last one, by run.early_stop */
    int is_stopping, is_stop_told;
    int is_folder_gone; /* rank 0 */
    int has_begun;      /* the start can no longer fail */
    int is_checked;     /* by sidle_run_check() */
    int64_t newest;     /* step of the newest file of this start, or -1 */
    int64_t last_good;  /* of the newest one that was followed by a plausible
                           loss */
    int is_well;        /* the losses before the newest save were plausible */
    int is_end_lost;    /* the step file of the last item was not saved */
} sidle_run;

#endif
