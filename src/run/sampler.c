/* sampler.c - sequences from the model of a checkpoint. */
#include "run/sampler.h"

#include <stdlib.h>

struct sidle_sampler {
    const sidle_block *block;
    sidle_sampling how;
    sidle_generator *generator;
};

sidle_sampling sidle_sampling_default(void)
{
    return (sidle_sampling){.pick = {.temperature = 1.0, .top_p = 1.0},
                            .seed = 1};
}

static const sidle_real *weights_of(void *context, int layer)
{
    const sidle_sampler *sampler = context;
    const sidle_block *block = sampler->block;

    /* The layer's first parameter in the block, less its place in the layer:
     * where the layer's weights begin. */
    return sidle_block_weights(block) +
           sidle_block_param_offset(block, layer, 0) -
           block->model->layers[layer].params[0].offset;
}

static sidle_status on_token(void *context, int32_t token)
{
    const sidle_sampling *how = &((const sidle_sampler *)context)->how;

    return how->on_token != NULL ? how->on_token(how->context, token)
                                 : SIDLE_OK;
}

sidle_status sidle_sampler_new(const sidle_loaded *loaded,
                               const sidle_sampling *how,
                               sidle_sampler **sampler_p)
{
    sidle_sampler *sampler = calloc(1, sizeof(*sampler));
    sidle_generator_config config = {
        .model = loaded->model, .weights = weights_of, .on_token = on_token};
    sidle_status status;

    SIDLE_CHECK(sampler != NULL, "no memory for a sampler");
    sampler->block = loaded->block;
    sampler->how = how != NULL ? *how : sidle_sampling_default();
    config.context = sampler;
    config.pick = sampler->how.pick;
    config.seed = sampler->how.seed;
    config.is_exact = sampler->how.is_exact;
    status = sidle_generator_new(&config, &sampler->generator);
    if (status == SIDLE_OK)
        *sampler_p = sampler;
    else
        free(sampler);
    return status;
}

void sidle_sampler_free(sidle_sampler *sampler)
{
    if (sampler != NULL)
        sidle_generator_free(sampler->generator);
    free(sampler);
}

sidle_status sidle_sampler_run(sidle_sampler *sampler, const int32_t *prompt,
                               int64_t n_prompt, int64_t n_new,
                               uint64_t sequence, sidle_generated *made)
{
    return sidle_generate(sampler->generator, prompt, n_prompt, n_new, sequence,
                          made);
}
