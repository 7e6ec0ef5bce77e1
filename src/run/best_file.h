/* best_file.h - best.h5: the checkpoint of the item after which the evaluation
 * had the least loss.
 *
 * Every block evaluates with the weights that it has behind the boundary of
 * that item, so the file is made there, before anybody knows whether it will be
 * the best: it is the step file of that item where one is due, else
 * next-best.h5. When the loss is known it becomes best.h5, or goes. Where the
 * pipe is flushed behind the boundary the evaluation has the weights that stand
 * at the boundary of the next item, and the file is made there; behind the last
 * item those of final.h5, and the file is that one. */
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
    int is_full;    /* a save failed, and so was said */
    int is_late;    /* not every evaluation has one, and so was said */
    double seconds; /* of this start that saves for it took */
} sidle_best_file;

/**
 * At the start: which loss stands for best.h5. That of the best evaluation that
 * the resumed run knows, if the file is of the item `boundary` at which it was
 * made; else it is of a part of the run that was lost or left, and the next
 * evaluation makes it anew. `is_boundary_next`: the resumed step is one that an
 * evaluation, which is repeated, may find to be the best.
 * Calls:   rank 0.
 */
void sidle_best_file_begin(sidle_best_file *file, sidle_dir *folder,
                           const sidle_resume *resume, int64_t boundary,
                           int is_boundary_next);
/** A whole checkpoint of `item` is there, `name` in the folder. */
void sidle_best_file_offer(sidle_best_file *file, int64_t item,
                           const char *name);
/** The loss after `item` is known. What fails is warned of. */
void sidle_best_file_take(sidle_best_file *file, int64_t item, double loss);

#endif
