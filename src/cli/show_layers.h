/* show_layers.h - the layers of a network from a list, as a table. */
#ifndef SIDLE_CLI_SHOW_LAYERS_H
#define SIDLE_CLI_SHOW_LAYERS_H

#include "run/setup.h"

/** A line a unit on standard output: kind, shape of an output row, parameters,
 * operations. Nothing for a Perceiver AR, whose units are all alike. */
void sidle_show_layers(const sidle_setup *setup);

#endif
