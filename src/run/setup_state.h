/* setup_state.h - the objects that were made from a run's options. */
#ifndef SIDLE_RUN_SETUP_STATE_H
#define SIDLE_RUN_SETUP_STATE_H

#include "data/source.h"
#include "model/partition.h"
#include "run/best.h"
#include "run/data_kind.h"
#include "run/option_values.h"
#include "schedule/plan.h"

typedef struct sidle_setup {
    sidle_options options; /* resolved: blocks and partition are explicit */
    sidle_part files[2];   /* data.path, data.valid_path */
    int are_files_lent;    /* by another set-up, which closes them */
    sidle_part train_part, valid_part; /* views of them */
    sidle_source train, eval;
    int64_t data_changed[2]; /* see watch.h; of the run, for its saves */
    sidle_best best; /* of the run, for its saves; rank 0, and so is .. */
    double began;    /* .. when it would have begun without pauses, by */
    int is_timed;    /* sidle_now(), if that is known */
    int has_data, has_eval; /* the former only of sidle_setup_plan() */
    sidle_model *model;
    sidle_partition partition;
    sidle_plan plan;
    sidle_optim_config optim;
    int n_replicas, replica; /* of the run; whose rows the sources give */
    int is_by_updates;       /* its length was given as run.updates */
    int are_blocks_by_ranks; /* as many as the ranks of a chain, by default */
    int chain_ranks;         /* of each replica; world rank / chain_ranks is
                                its replica, the rest its place there */
    int64_t *clips;          /* (2, all rows) where clips are looked for */
    sidle_graph *graph; /* of the plan where blocks have skips, else NULL */
} sidle_setup;

#endif
