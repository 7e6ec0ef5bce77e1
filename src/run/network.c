/* network.c - model.kind and its keys to a list of units. */
#include "run/network.h"

#include "model/perceiver.h"

sidle_status sidle_network_make(const sidle_options *options, ptrdiff_t rows,
                                sidle_model **model_p)
{
    return sidle_model_perceiver(&options->model, rows, model_p);
}
