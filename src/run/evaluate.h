/* evaluate.h - the loss of a checkpoint on held-out data, in one process. */
#ifndef SIDLE_RUN_EVALUATE_H
#define SIDLE_RUN_EVALUATE_H

#include "model/block.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_evaluation {
    char *path;          /* of the file */
    sidle_model *model;  /* its loss layer knows the unit of the loss */
    const char *element; /* what a target is: "token" */
    sidle_loss total;    /* sums over all targets; their mean is the loss */
} sidle_evaluation;

/**
 * Load a checkpoint (as sidle_load() does) and evaluate all of its held-out
 * part, or of the data that `overrides` ("key=value" of `data.` and `eval.`)
 * name.
 * Calls:   local.
 * Owns:    the caller ends it with sidle_evaluation_done().
 * Errors:  SIDLE_EIO, SIDLE_EDATA from the files; SIDLE_EUSAGE from a key, or
 *          if there is no held-out part.
 */
sidle_status sidle_evaluate(const char *path, int is_trusting,
                            char *const *overrides, int n_overrides,
                            sidle_evaluation *evaluation);
void sidle_evaluation_done(sidle_evaluation *evaluation);

#ifdef __cplusplus
}
#endif

#endif
