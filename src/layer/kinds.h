/* kinds.h - the layer kinds that a list of layers can name.
 *
 * A kind is one file, layer/<kind>.c, and one line in kinds.c. That file alone
 * defines its name, its options with defaults and ranges, and its computation.
 */
#ifndef SIDLE_LAYER_KINDS_H
#define SIDLE_LAYER_KINDS_H

#include "layer/layer.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The kind of that name; NULL if there is none. */
const sidle_layer_ops *sidle_layer_kind(const char *name);
/** The kind whose name is nearest to a misspelt one; NULL if none is near. */
const sidle_layer_ops *sidle_layer_nearest_kind(const char *name);
/** Kind i, in the order of the table; NULL after the last one. */
const sidle_layer_ops *sidle_layer_kind_at(int i);

#ifdef __cplusplus
}
#endif

#endif
