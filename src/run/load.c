/* load.c - a checkpoint's model in one process, without MPI. */
#include "run/load.h"

#include "base/log.h"
#include "base/text.h"
#include "layer/places.h"
#include "run/expand.h"
#include "run/uses.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_about(const char *assignment, const char *key)
{
    size_t n = strlen(key);

    return strncmp(assignment, key, n) == 0 && assignment[n] == '=';
}

static sidle_status check_model(char *const *overrides, int n)
{
    for (int i = 0; i < n; i++)
        if (strncmp(overrides[i], "model.", 6) == 0)
            return sidle_fail(SIDLE_EUSAGE,
                              "\"%s\": the model comes from the checkpoint "
                              "and cannot be changed here",
                              overrides[i]);
    return SIDLE_OK;
}

/* Another data.path is evaluated itself: the checkpoint's data.valid_path,
 * which would go before it, is taken back first; and so is the checkpoint's
 * partition before another number of blocks. */
static sidle_status apply_overrides(char *const *overrides, int n,
                                    sidle_settings *settings)
{
    SIDLE_TRY(check_model(overrides, n));
    SIDLE_TRY(sidle_uses_eval(overrides, n));
    for (int i = 0; i < n; i++)
        if (is_about(overrides[i], "data.path"))
            SIDLE_TRY(sidle_settings_override(settings, "data.valid_path="));
        else if (is_about(overrides[i], "parallel.blocks"))
            SIDLE_TRY(
                sidle_settings_override(settings, "parallel.partition=auto"));
        else if (is_about(overrides[i], "parallel.partition"))
            SIDLE_TRY(sidle_settings_override(settings, "parallel.blocks=0"));
    for (int i = 0; i < n; i++)
        SIDLE_TRY(sidle_settings_override(settings, overrides[i]));
    return SIDLE_OK;
}

/* A file that is evaluated whole leaves nothing for a fraction to do. */
static sidle_status check_fraction(char *const *overrides, int n,
                                   const sidle_options *options)
{
    for (int i = 0; i < n; i++)
        if (is_about(overrides[i], "data.valid_fraction") &&
            options->data.valid_path[0] != '\0')
            return sidle_fail(SIDLE_EUSAGE,
                              "data.valid_fraction has no effect: all of "
                              "data.valid_path, '%s', is evaluated; set "
                              "data.path=FILE as well to evaluate the end of "
                              "that file",
                              options->data.valid_path);
    return SIDLE_OK;
}

static sidle_status open_ckpt(const char *path, int is_trusting,
                              sidle_ckpt **ckpt_p)
{
    int how = is_trusting ? SIDLE_CKPT_TRUST : SIDLE_CKPT_WHOLE;

    return sidle_ckpt_open_as(path, how, ckpt_p);
}

/* Nothing that a user wrote for this command is in it. */
static sidle_status fail_config(const char *path)
{
    return sidle_fail(SIDLE_EDATA,
                      "/config of '%s' is not the configuration of a run that "
                      "this program knows: %s",
                      path, sidle_fail_text());
}

sidle_status sidle_load_settings(const sidle_ckpt *ckpt,
                                 sidle_settings *settings)
{
    const char *yaml = sidle_ckpt_config(ckpt);
    sidle_options *options = malloc(sizeof(*options));
    sidle_status status;

    SIDLE_CHECK(options != NULL, "no memory for options");
    status = sidle_settings_parse("/config", yaml, strlen(yaml), settings);
    for (size_t i = 0; i < settings->n; i++)
        settings->all[i].is_stored = 1;
    if (status == SIDLE_OK)
        status = sidle_options_of_old(settings, options);
    free(options);
    return status == SIDLE_EUSAGE ? fail_config(sidle_ckpt_path(ckpt)) : status;
}

sidle_status sidle_load_options_of(const sidle_ckpt *ckpt,
                                   char *const *overrides, int n_overrides,
                                   sidle_options *options)
{
    sidle_settings settings = {0};
    size_t n_stored;
    sidle_status status = sidle_load_settings(ckpt, &settings);

    n_stored = settings.n;
    if (status == SIDLE_OK)
        status = apply_overrides(overrides, n_overrides, &settings);
    if (status == SIDLE_OK)
        /* What the run stored was expanded when it began. */
        status = sidle_expand(&settings, n_stored);
    if (status == SIDLE_OK)
        status = sidle_options_of_old(&settings, options);
    if (status == SIDLE_OK)
        status = check_fraction(overrides, n_overrides, options);
    sidle_settings_done(&settings);
    return status;
}

sidle_status sidle_load_options(const char *path, int is_trusting,
                                char *const *overrides, int n_overrides,
                                sidle_options *options)
{
    sidle_ckpt *ckpt = NULL;
    sidle_status status;

    SIDLE_TRY(open_ckpt(path, is_trusting, &ckpt));
    status = sidle_load_options_of(ckpt, overrides, n_overrides, options);
    sidle_ckpt_close(ckpt);
    return status;
}

void sidle_load_warn(const sidle_options *options)
{
    char words[SIDLE_TEXT_MAX];

    if (sidle_places_fit(&options->model) != SIDLE_FITS_OLD)
        return;
    sidle_places_explain(&options->model, words, sizeof(words));
    sidle_warn("%s", words);
}

static sidle_status read_param(sidle_ckpt *ckpt, const sidle_param *param,
                               sidle_real *out)
{
    sidle_array expected = {.type = SIDLE_F32, .n_dims = param->n_dims};

    sidle_text_format(expected.path, sizeof(expected.path), "/model/%s",
                      param->name);
    for (int i = 0; i < param->n_dims; i++)
        expected.dims[i] = param->dims[i];
    return sidle_ckpt_read(ckpt, &expected, out);
}

static sidle_status read_params(sidle_ckpt *ckpt, const sidle_block *block)
{
    sidle_real *w = sidle_block_weights(block);

    for (int l = 0; l < block->n_layers; l++) {
        int index = block->first_layer + l;
        const sidle_layer *layer = &block->model->layers[index];

        for (int p = 0; p < layer->n_params; p++)
            SIDLE_TRY(
                read_param(ckpt, &layer->params[p],
                           w + sidle_block_param_offset(block, index, p)));
    }
    return SIDLE_OK;
}

sidle_status sidle_load_block(const char *path, const sidle_model *model,
                              int is_trusting, sidle_block **block_p)
{
    /* No slot of training: the evaluation slot comes by itself. */
    const sidle_block_room room = {.n_slots = 0, .n_versions = 1};
    sidle_block *block = NULL;
    sidle_ckpt *ckpt = NULL;
    sidle_status status = open_ckpt(path, is_trusting, &ckpt);

    if (status == SIDLE_OK)
        status = sidle_block_new(model, 0, 0, model->n_layers, &room, &block);
    if (status == SIDLE_OK)
        status = read_params(ckpt, block);
    sidle_ckpt_close(ckpt);
    if (status != SIDLE_OK) {
        sidle_block_free(block);
        return status;
    }
    *block_p = block;
    return SIDLE_OK;
}
