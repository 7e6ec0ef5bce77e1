/* model.h - a model is a list of units with names and sizes, without ranks.
 *
 * A unit is a layer of some kind. Its input shape is the output shape of the
 * previous unit, and the last unit is a loss. A model contains no weights,
 * blocks do (block.h). Every rank has the whole list, so that names, shapes and
 * costs are known on every rank without a message. */
#ifndef SIDLE_MODEL_MODEL_H
#define SIDLE_MODEL_MODEL_H

#include "layer/layer.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_model {
    int n_layers;
    sidle_layer *layers; /* (n_layers) */
    ptrdiff_t rows;      /* B of the training items */
    int n_fields;        /* that the units read, in order */
    sidle_field fields[SIDLE_MAX_FIELDS];
    int input;       /* index of the field that is the first unit's input; -1:
                        that unit reads its fields itself */
    double reported; /* operations of a forward for reports; 0: those that
                        the units perform */
} sidle_model;

/**
 * Make a model of these units.
 * Shapes:  input: the real field that is the first unit's input, or NULL.
 * Owns:    the caller frees the model.
 * Errors:  SIDLE_EUSAGE for a unit whose shape, option or field does not fit,
 *          or a loss that is not the last unit; SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_model_list(const sidle_layer_entry *entries, int n_entries,
                              const sidle_field *input, ptrdiff_t rows,
                              sidle_model **model_p);
void sidle_model_free(sidle_model *model);

/** Number of parameters, padding not counted. */
int64_t sidle_model_count(const sidle_model *model);
/** Index of the unit called `name` ("layer.002"), -1 if there is none. */
int sidle_model_find(const sidle_model *model, const char *name);
/** Whether a unit reads a field of items, as its input or by itself. */
int sidle_model_reads(const sidle_model *model, int layer, int field);
/** The last unit: the loss. */
const sidle_layer *sidle_model_loss(const sidle_model *model);
/** Loss of a model that ignores its input; NAN if it depends on the targets
 * (layer.h). Units: those of the loss. */
double sidle_model_uninformed(const sidle_model *model);
/** Floating-point operations of one item's forward and backward for reports:
 * three times those of the forward. */
double sidle_model_flops(const sidle_model *model);

#ifdef __cplusplus
}
#endif

#endif
