/* best_file.h - best.h5: the checkpoint of the item after which the evaluation
 * had the least loss.
 *
 * Every block evaluates with the weights that it has after the boundary of that
 * item, so the file is written there, before the loss is known: it is the step
 * file of that item if one is due, else next-best.h5. When the loss is known,
 * it becomes best.h5 or is removed. If the pipe is flushed after the boundary,
 * the evaluation uses the weights at the boundary of the next item, and the
 * file is written there; after the last item it uses those of final.h5, and the
 * file is that one. */
#ifndef SIDLE_RUN_BEST_FILE_H
#define SIDLE_RUN_BEST_FILE_H

#include "io/dir.h"
#include "run/resume.h"

typedef struct sidle_best_file {
    sidle_dir *folder; /* NULL: none is kept */
    double loss;       /* of best.h5; infinite: there is none that counts */
    int64_t item;      /* of the file below, -1: none */
    char name[PATH_MAX];
    int is_path;    /* not in the folder: what this start began with */
    int is_branch;  /* best.h5 is of a branch that this start has left */
    int is_full;    /* a save failed, and that was reported */
    int is_late;    /* not every evaluation has a file, and that was reported */
    double seconds; /* of this start that its saves took */
} sidle_best_file;

/**
 * At the start: find the loss of best.h5. It is that of the resumed run's best
 * evaluation, if the file is of the item `boundary` at which it was written;
 * else the file belongs to a part of the run that was lost or left, and the
 * next evaluation replaces it. `is_boundary_next`: the resumed step is one that
 * an evaluation, which is repeated, may find to be the best.
 * Calls:   rank 0.
 */
void sidle_best_file_begin(sidle_best_file *file, sidle_dir *folder,
                           const sidle_resume *resume, int64_t boundary,
                           int is_boundary_next);
/** A complete checkpoint of `item` exists as `name` in the folder. */
void sidle_best_file_offer(sidle_best_file *file, int64_t item,
                           const char *name);
/** Process the loss after `item`. Failures are warnings. */
void sidle_best_file_take(sidle_best_file *file, int64_t item, double loss);

#endif
