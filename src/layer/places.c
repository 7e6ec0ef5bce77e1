/* places.c - what `position_sizes` mean, and whether a context fits. */
#include "layer/places.h"

#include "base/text.h"

#include <stdio.h>

int64_t sidle_places(const sidle_perceiver *config)
{
    int64_t n = 1;

    if (config->n_position_sizes == 1)
        return config->position_sizes[0] - 1;
    for (int i = 0; i < config->n_position_sizes; i++)
        if (__builtin_mul_overflow(n, (int64_t)config->position_sizes[i] - 2,
                                   &n))
            return INT64_MAX;
    return n;
}

static int64_t rounded(int64_t n)
{
    return (n + SIDLE_CONTEXT_ROUNDING - 1) / SIDLE_CONTEXT_ROUNDING *
           SIDLE_CONTEXT_ROUNDING;
}

/* The data rounded up, or, as published models have it, SOS and the data. */
static int is_rounded_up(const sidle_perceiver *config, int64_t places)
{
    int has_sos = config->n_position_sizes > 1;

    return config->context == rounded(places) ||
           config->context == rounded(places + has_sos);
}

sidle_fit sidle_places_fit(const sidle_perceiver *config)
{
    int64_t places = sidle_places(config);
    int64_t loose = config->n_position_sizes > 1 ? SIDLE_CONTEXT_ROUNDING : 0;

    if (config->n_position_sizes == 0 || config->context == places)
        return SIDLE_FITS;
    if (config->context < places)
        return SIDLE_FITS_SMALLER;
    if (config->position_pad && is_rounded_up(config, places))
        return SIDLE_FITS_PADDED;
    return config->has_old_places && config->context <= places + loose
               ? SIDLE_FITS_OLD
               : SIDLE_FITS_NOT;
}

/* ---- words */

/* "28 x 28" for more = 0, between = " x "; "30, 30" for 2 and ", ". */
static const char *list(const sidle_perceiver *config, int more,
                        const char *between, char *out, size_t size)
{
    size_t at = 0;

    for (int i = 0; i < config->n_position_sizes; i++)
        at +=
            (size_t)snprintf(out + at, size - at, "%s%td", i > 0 ? between : "",
                             config->position_sizes[i] + more);
    return out;
}

static const char *meaning(int n_sizes)
{
    if (n_sizes == 2)
        return "two sizes mean [X + 2, Y + 2]";
    if (n_sizes == 3)
        return "three sizes mean [X + 2, Y + 2, channels + 2]";
    return "this number of sizes means [X + 2, Y + 2, .., channels + 2]";
}

/* "[28, 28] is a 26 x 26 grid, which has places for 676 inputs" */
static void describe(const sidle_perceiver *config, char *out, size_t size)
{
    char sizes[128], grid[128];

    list(config, 0, ", ", sizes, sizeof(sizes));
    if (config->n_position_sizes == 1)
        sidle_text_format(out, size, "[%s] has places for %lld input%s", sizes,
                          (long long)sidle_places(config),
                          sidle_plural(sidle_places(config)));
    else
        sidle_text_format(
            out, size, "%s, so [%s] is a %s grid with places for %lld input%s",
            meaning(config->n_position_sizes), sizes,
            list(config, -2, " x ", grid, sizeof(grid)),
            (long long)sidle_places(config),
            sidle_plural(sidle_places(config)));
}

void sidle_places_explain(const sidle_perceiver *config, char *out, size_t size)
{
    sidle_fit fit = sidle_places_fit(config);
    int64_t places = sidle_places(config);
    long long context = config->context;
    char what[512];

    out[0] = '\0';
    if (fit == SIDLE_FITS && config->position_pad)
        sidle_text_format(out, size,
                          "model.position_pad has no effect: there is no "
                          "input after the places of model.position_sizes");
    if (fit == SIDLE_FITS || fit == SIDLE_FITS_NOT)
        return;
    describe(config, what, sizeof(what));
    if (fit == SIDLE_FITS_SMALLER)
        sidle_text_format(out, size,
                          "model.context %lld is smaller than "
                          "model.position_sizes allow: %s; those after %lld "
                          "are never used",
                          context, what, context);
    else
        sidle_text_format(out, size,
                          "model.context %lld is larger than "
                          "model.position_sizes allow: %s; the %lld input%s "
                          "after them cannot be distinguished (%s)",
                          context, what, (long long)(context - places),
                          sidle_plural(context - places),
                          fit == SIDLE_FITS_PADDED
                              ? "model.position_pad says that this is meant"
                              : "a new run with these values is refused");
}

static sidle_status fail_one(const sidle_perceiver *config)
{
    return sidle_fail(SIDLE_EUSAGE,
                      "model.context is %td, but model.position_sizes [%td] "
                      "has places for %td inputs: one size means [context + "
                      "1]; write [%td], or a model.context of at most %td",
                      config->context, config->position_sizes[0],
                      config->position_sizes[0] - 1, config->context + 1,
                      config->position_sizes[0] - 1);
}

/* What stands there was probably meant as the grid itself. */
static sidle_status fail_grid(const sidle_perceiver *config)
{
    int64_t places = sidle_places(config);
    char what[512], grid[128], sizes[128], pad[128] = "";

    describe(config, what, sizeof(what));
    list(config, 0, " x ", grid, sizeof(grid));
    list(config, 2, ", ", sizes, sizeof(sizes));
    if (is_rounded_up(config, places))
        sidle_text_format(pad, sizeof(pad),
                          "; if it is rounded up to a multiple of %d on "
                          "purpose, set model.position_pad: true",
                          SIDLE_CONTEXT_ROUNDING);
    else if (config->position_pad)
        sidle_text_format(pad, sizeof(pad),
                          "; model.position_pad: true allows %lld",
                          (long long)rounded(places + 1));
    return sidle_fail(SIDLE_EUSAGE,
                      "model.context is %td, more than model.position_sizes "
                      "have places for: %s; for %s write [%s], or a "
                      "model.context of at most %lld%s",
                      config->context, what, grid, sizes, (long long)places,
                      pad);
}

sidle_status sidle_places_check(const sidle_perceiver *config)
{
    if (sidle_places_fit(config) != SIDLE_FITS_NOT)
        return SIDLE_OK;
    return config->n_position_sizes == 1 ? fail_one(config) : fail_grid(config);
}
