/* loaded.c - the model of a checkpoint in one process, without MPI. */
#include "run/loaded.h"

#include "run/load.h"
#include "run/network.h"
#include "run/option_spec.h"
#include "run/which.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static sidle_status load(sidle_loaded *loaded, int is_trusting,
                         sidle_options *options)
{
    SIDLE_TRY(sidle_load_options(loaded->path, is_trusting, NULL, 0, options));
    if (sidle_option_has_list(options))
        return sidle_fail(SIDLE_EUSAGE,
                          "'%s' holds a network of model.kind=%s, which "
                          "generates nothing; name a checkpoint of "
                          "model.kind=perceiver_ar",
                          loaded->path, options->model_kind);
    sidle_load_warn(options);
    loaded->has_bytes = strcmp(options->data.kind, "tokens") != 0;
    SIDLE_TRY(sidle_network_make(options, NULL, 1, &loaded->model));
    return sidle_load_block(loaded->path, loaded->model, is_trusting,
                            &loaded->block);
}

sidle_status sidle_load(const char *path, int is_trusting, sidle_loaded *loaded)
{
    sidle_options *options = malloc(sizeof(*options));
    char *file = malloc(PATH_MAX);
    sidle_status status;

    SIDLE_CHECK(options != NULL && file != NULL, "no memory for options");
    *loaded = (sidle_loaded){.path = file};
    status = sidle_which_checkpoint(path, SIDLE_WHICH_END, file);
    if (status == SIDLE_OK)
        status = load(loaded, is_trusting, options);
    free(options);
    if (status != SIDLE_OK)
        sidle_loaded_done(loaded);
    return status;
}

void sidle_loaded_done(sidle_loaded *loaded)
{
    sidle_block_free(loaded->block);
    sidle_model_free(loaded->model);
    free(loaded->path);
    *loaded = (sidle_loaded){0};
}
