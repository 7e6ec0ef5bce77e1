/* network.c - model.kind and its keys to a list of units. */
#include "run/network.h"

#include "base/text.h"
#include "model/perceiver.h"
#include "model/short.h"
#include "model/spec_model.h"
#include "run/option_spec.h"

void sidle_network_spec(const sidle_options *options, const sidle_shape *frame,
                        sidle_spec *spec)
{
    const sidle_short *of = sidle_short_find(options->model_kind);
    const sidle_short_sizes sizes = {.width = options->model.width,
                                     .layers = options->model.layers,
                                     .classes = options->classes,
                                     .frame = *frame};

    sidle_option_spec_get(options, spec);
    if (of != NULL)
        of->write(&sizes, &spec->layers);
}

/* A loss that compares with frames needs an output of their shape. */
static sidle_status check_target(const sidle_model *model,
                                 const sidle_shape *frame)
{
    int next = sidle_field_find(model->fields, model->n_fields, "next");
    char needs[128], shape[64];

    if (next < 0 || sidle_shape_equal(&model->fields[next].shape, frame))
        return SIDLE_OK;
    sidle_shape_print(frame, shape, sizeof(shape));
    sidle_text_format(needs, sizeof(needs), "%s, the shape of a frame", shape);
    return sidle_layer_refuse(sidle_model_loss(model), needs);
}

static sidle_status make_list(const sidle_options *options,
                              const sidle_field *input, ptrdiff_t rows,
                              sidle_model **model_p)
{
    sidle_model *model = NULL;
    sidle_spec spec;
    sidle_status status;

    SIDLE_CHECK(input != NULL, "a list of layers without an input");
    sidle_network_spec(options, &input->shape, &spec);
    status = sidle_spec_model(&spec, input, rows, &model);
    sidle_spec_done(&spec);
    if (status == SIDLE_OK)
        status = check_target(model, &input->shape);
    if (status == SIDLE_OK)
        *model_p = model;
    else
        sidle_model_free(model);
    return status;
}

sidle_status sidle_network_make(const sidle_options *options,
                                const sidle_field *input, ptrdiff_t rows,
                                sidle_model **model_p)
{
    if (sidle_option_has_list(options))
        return make_list(options, input, rows, model_p);
    return sidle_model_perceiver(&options->model, rows, model_p);
}
