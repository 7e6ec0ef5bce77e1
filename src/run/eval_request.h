/* eval_request.h - what is to be evaluated, how, and what is found. */
#ifndef SIDLE_RUN_EVAL_REQUEST_H
#define SIDLE_RUN_EVAL_REQUEST_H

#include "run/clip_tally.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_eval_request {
    const char *path; /* a checkpoint, or a run folder */
    int is_trusting;  /* no checksum is checked */
    /* (n_overrides) "key=value", of what sidle_uses_eval() names */
    char *const *overrides;
    int n_overrides;
    const char *predictions; /* a file of what the network puts out for each
                                frame, NULL: none; and .. */
    const char *png;         /* .. a picture of some of them; both are written
                                by the rank of the last block */
} sidle_eval_request;

typedef struct sidle_evaluation {
    char *path;          /* of the file; on rank 0 */
    sidle_model *model;  /* its loss layer knows the unit of the loss */
    const char *element; /* what a target is: "token" */
    sidle_loss total;    /* sums over all targets; their mean is the loss; on
                            rank 0, and so are the next */
    sidle_clip_counts clips; /* whole clips; zero: there are none */
} sidle_evaluation;

#ifdef __cplusplus
}
#endif

#endif
