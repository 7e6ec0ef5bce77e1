/* option_check.c - options against each other: what one key alone cannot tell.
 */
#include "run/options.h"

#include "base/text.h"
#include "run/bounds.h"
#include "run/data_kind.h"
#include "run/option_spec.h"
#include "run/option_table.h"
#include "schedule/plan.h"

#include <string.h>

#define PERCEIVER_WIDTH 256 /* of model.width, if it is not set */

sidle_status sidle_options_require(const char *path,
                                   const sidle_options *options)
{
    if (sidle_option_is_set(sidle_option_find(path), options))
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      "'%s' is not set; set it in the configuration or as "
                      "%s=... on the command line",
                      path, path);
}

static sidle_status check_required(const sidle_options *options)
{
    for (size_t i = 0; i < sidle_n_options; i++)
        if (sidle_option_table[i].is_required)
            SIDLE_TRY(
                sidle_options_require(sidle_option_table[i].name, options));
    return SIDLE_OK;
}

/* The last part, trailing slashes aside. */
void sidle_options_name(const char *dir, char name[SIDLE_TEXT_MAX])
{
    size_t end = strlen(dir), start;

    while (end > 1 && dir[end - 1] == '/')
        end--;
    start = end;
    while (start > 0 && dir[start - 1] != '/')
        start--;
    memcpy(name, dir + start, end - start);
    name[end - start] = '\0';
}

static void resolve_width(sidle_options *options)
{
    const sidle_short *of = sidle_short_find(options->model_kind);

    if (options->model.width < 0)
        options->model.width = of != NULL ? of->width : PERCEIVER_WIDTH;
}

void sidle_options_resolve(sidle_options *options)
{
    if (options->run.name[0] == '\0')
        sidle_options_name(options->run.dir, options->run.name);
    resolve_width(options);
    /* A list of layers has none of these. */
    if (sidle_option_has_list(options))
        return;
    if (options->model.embed_width == 0)
        options->model.embed_width = options->model.width;
    if (options->model.cross_heads == 0)
        options->model.cross_heads = options->model.heads;
}

/* Keys that are not set are as others: the others are to be named. */
static sidle_status check_followed(const sidle_perceiver *model)
{
    if (model->embed_width == 0 && model->width % 2 != 0)
        return sidle_fail(
            SIDLE_EUSAGE,
            "'model.width' is %td, and 'model.embed_width', which is not set, "
            "equals it, expected an even number; set an even model.width, or "
            "model.embed_width",
            model->width);
    if (model->cross_heads == 0 && model->embed_width % 2 == 0 &&
        model->embed_width % model->heads != 0)
        return sidle_fail(
            SIDLE_EUSAGE,
            "'model.heads' is %td, and 'model.cross_heads', which is not set, "
            "equals it, expected a divisor of 'model.embed_width' %td; set "
            "model.cross_heads",
            model->heads, model->embed_width);
    return SIDLE_OK;
}

static sidle_status check_blocks(const sidle_options *options)
{
    int64_t n_layers = options->model.layers + 2;

    if (options->parallel.blocks <= n_layers)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      "'parallel.blocks' is %lld, but 'model.layers' %td gives "
                      "%lld units (cross, self, final); use at most that many "
                      "blocks",
                      (long long)options->parallel.blocks,
                      options->model.layers, (long long)n_layers);
}

static sidle_status check_clip_scope(const sidle_options *options)
{
    const sidle_schedule *schedule =
        sidle_schedule_find(options->parallel.schedule);

    if (!options->is_clip_global || (schedule != NULL && schedule->is_flushed))
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      "'optim.clip_scope' global needs the norms of all blocks "
                      "at the same update, but with 'parallel.schedule' %s "
                      "the blocks update at different times; use "
                      "optim.clip_scope=block",
                      options->parallel.schedule);
}

static sidle_status check_perceiver(sidle_options *options)
{
    resolve_width(options);
    /* Next, while it still shows which keys were not set. */
    SIDLE_TRY(check_followed(&options->model));
    sidle_options_resolve(options);
    SIDLE_TRY(sidle_bounds_check(options));
    SIDLE_TRY(sidle_perceiver_check(&options->model));
    SIDLE_TRY(check_blocks(options));
    if (options->eval.stride <= options->model.latents)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      "'eval.stride' is %lld, more than 'model.latents' %td: "
                      "windows would skip targets; use at most that many",
                      (long long)options->eval.stride, options->model.latents);
}

/* Keys of other sections that only a Perceiver AR reads. */
static sidle_status check_unread(const sidle_options *options)
{
    const char *key = options->model.z_loss > 0.0 ? "optim.z_loss"
                      : options->eval.stride > 0  ? "eval.stride"
                                                  : NULL;

    if (key == NULL)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      "'%s' is for model.kind=perceiver_ar, but 'model.kind' "
                      "is %s; remove %s",
                      key, options->model_kind, key);
}

/* A list of layers; the loss begins no block. How many layers a short name
 * writes, and so how many blocks there may be, depends on the data. */
static sidle_status check_list(const sidle_options *options)
{
    const sidle_short *of = sidle_short_find(options->model_kind);
    sidle_spec spec;
    int64_t n_layers;

    if (of != NULL) {
        SIDLE_TRY(sidle_short_check(of, options->model.layers));
        return check_unread(options);
    }
    sidle_option_spec_get(options, &spec);
    n_layers = (int64_t)spec.layers.n;
    sidle_spec_done(&spec);
    if (n_layers == 0 || options->loss[0] == '\0')
        return sidle_fail(SIDLE_EUSAGE,
                          "'%s' is not set, which model.kind=layers needs; "
                          "write it in the configuration, as in '%s'",
                          n_layers == 0 ? "model.layers" : "model.loss",
                          n_layers == 0 ? "layers: [flatten, linear: {width: "
                                          "10}]"
                                        : "loss: cross_entropy");
    if (options->parallel.blocks <= n_layers)
        return check_unread(options);
    return sidle_fail(SIDLE_EUSAGE,
                      "'parallel.blocks' is %lld, but 'model.layers' has %lld "
                      "layer%s; use at most that many blocks",
                      (long long)options->parallel.blocks, (long long)n_layers,
                      sidle_plural(n_layers));
}

/* A Perceiver AR reads tokens, a list of layers what has a shape. */
static sidle_status check_data(const sidle_options *options)
{
    int has_list = sidle_option_has_list(options);

    if (options->data.raw && strcmp(options->data.kind, "text") != 0)
        return sidle_fail(
            SIDLE_EUSAGE,
            "'data.raw' is for data.kind=text, but 'data.kind' is "
            "%s; remove data.raw",
            options->data.kind);
    if (sidle_data_kind_find(options->data.kind)->is_for_lists == has_list)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      "'data.kind' is %s, but 'model.kind' is %s, which reads "
                      "%s; set %s",
                      options->data.kind, options->model_kind,
                      has_list ? "video" : "text or tokens",
                      has_list ? "data.kind=video" : "model.kind=layers");
}

sidle_status sidle_options_check_length(const sidle_options *options)
{
    int64_t steps = options->run.steps, updates = options->run.updates;

    if (steps > 0 && updates > 0)
        return sidle_fail(SIDLE_EUSAGE,
                          "'run.steps' is %lld and 'run.updates' is %lld, "
                          "expected only one of them; add run.steps=0 to "
                          "train for so many updates, or run.updates=0 for so "
                          "many items",
                          (long long)steps, (long long)updates);
    if (steps > 0 || updates > 0)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      "'run.steps' and 'run.updates' are not set, expected "
                      "one of them; set the number of items or of updates in "
                      "the configuration, or as run.steps=... or "
                      "run.updates=... on the command line");
}

sidle_status sidle_options_check(sidle_options *options)
{
    SIDLE_TRY(sidle_options_require("run.dir", options));
    SIDLE_TRY(sidle_options_check_length(options));
    SIDLE_TRY(check_required(options));
    SIDLE_TRY(sidle_option_has_list(options) ? check_list(options)
                                             : check_perceiver(options));
    sidle_options_resolve(options);
    SIDLE_TRY(check_clip_scope(options));
    SIDLE_TRY(sidle_optim_check(&options->optim));
    SIDLE_TRY(check_data(options));
    if (options->run.early_stop > 0 && options->eval.every == 0)
        return sidle_fail(SIDLE_EUSAGE,
                          "'run.early_stop' is %lld, but 'eval.every' is 0, so "
                          "training has no evaluations; set eval.every, or "
                          "run.early_stop=0",
                          (long long)options->run.early_stop);
    return SIDLE_OK;
}
