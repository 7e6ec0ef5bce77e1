/* model.h - a model is a list of layers; it knows names and sizes, no ranks.
 *
 * A model holds no weights: blocks do (block.h). Every rank has the whole list,
 * so that names, shapes and costs are known everywhere without a message. */
#ifndef SIDLE_MODEL_MODEL_H
#define SIDLE_MODEL_MODEL_H

#include "layer/layer.h"
#include "layer/perceiver.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_model {
    int n_layers;
    sidle_layer *layers;    /* (n_layers) */
    ptrdiff_t rows;         /* B of the training items */
    ptrdiff_t width;        /* tokens of a row of a batch, M + 1; or 0 */
    ptrdiff_t n_values;     /* real inputs of a row, or 0 */
    ptrdiff_t n_targets;    /* real labels of a row, or 0 */
    ptrdiff_t targets;      /* predictions of a row: N */
    sidle_perceiver config; /* of a Perceiver AR; zero for other lists */
} sidle_model;

/**
 * The Perceiver AR: "cross", "self.000" .., "final".
 * Owns:    copies `config`; the caller frees the model.
 * Errors:  SIDLE_EUSAGE from sidle_perceiver_check().
 */
sidle_status sidle_model_perceiver(const sidle_perceiver *config,
                                   ptrdiff_t rows, sidle_model **model_p);

/* One entry of a hand-made list, for example of the tests. */
typedef struct sidle_model_entry {
    const sidle_layer_ops *ops;
    const char *name;
    const void *config; /* borrowed for the life of the model */
} sidle_model_entry;

/** Any list of layers; the caller sets width, n_values, n_targets, targets. */
sidle_status sidle_model_list(const sidle_model_entry *entries, int n_entries,
                              ptrdiff_t rows, sidle_model **model_p);
void sidle_model_free(sidle_model *model);

/** Number of parameters, padding not counted. */
int64_t sidle_model_count(const sidle_model *model);
/** Index of the layer called `name` ("self.002"), -1 if there is none. */
int sidle_model_find(const sidle_model *model, const char *name);
/** Floating-point operations of one item's forward and backward (3 x). */
double sidle_model_flops(const sidle_model *model);

#ifdef __cplusplus
}
#endif

#endif
