/* perceiver.c - the sizes checked, and the masks and labels as integers. */
#include "layer/perceiver.h"

#include "layer/places.h"

#include "base/number.h"

#define MAX_LAYERS 1000 /* names have three digits */

static sidle_status check_range(const char *key, ptrdiff_t value,
                                ptrdiff_t least, ptrdiff_t most)
{
    if (value >= least && value <= most)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE, "model.%s is %td, it must be %td to %td",
                      key, value, least, most);
}

static sidle_status check_share(const char *key, double value, int may_be_one)
{
    if (value >= 0.0 && (value < 1.0 || (may_be_one && value <= 1.0)))
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE, "model.%s is %g, it must be %s", key, value,
                      may_be_one ? "0 to 1" : "at least 0 and below 1");
}

static sidle_status check_divides(const char *key, ptrdiff_t value,
                                  const char *of, ptrdiff_t whole)
{
    if (value > 0 && whole % value == 0)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE, "model.%s is %td, it must divide %s, %td",
                      key, value, of, whole);
}

static sidle_status check_position_sizes(const sidle_perceiver *config)
{
    int n = config->n_position_sizes;
    ptrdiff_t least = n == 1 ? 2 : 3;

    if (n == 0)
        return SIDLE_OK;
    SIDLE_TRY(check_range("position_sizes: number of sizes", n, 0,
                          SIDLE_MAX_POSITION_TABLES));
    if (config->positions != SIDLE_LEARNED)
        return sidle_fail(SIDLE_EUSAGE, "model.position_sizes is set, it needs "
                                        "model.positions learned");
    for (int i = 0; i < n; i++)
        SIDLE_TRY(check_range("position_sizes: a size",
                              config->position_sizes[i], least, INT32_MAX));
    return sidle_places_check(config);
}

sidle_status sidle_perceiver_check(const sidle_perceiver *config)
{
    SIDLE_TRY(check_range("vocab", config->vocab, 3, INT32_MAX));
    SIDLE_TRY(check_range("context", config->context, 1, INT32_MAX - 1));
    if (config->latents > config->context)
        return sidle_fail(SIDLE_EUSAGE,
                          "model.latents is %td, more than model.context, %td",
                          config->latents, config->context);
    SIDLE_TRY(check_range("latents", config->latents, 1, config->context));
    SIDLE_TRY(check_range("width", config->width, 1, INT32_MAX));
    SIDLE_TRY(
        check_divides("heads", config->heads, "model.width", config->width));
    SIDLE_TRY(check_range("layers", config->layers, 0, MAX_LAYERS));
    SIDLE_TRY(check_range("embed_width", config->embed_width, 2, INT32_MAX));
    if (config->embed_width % 2 != 0)
        return sidle_fail(SIDLE_EUSAGE,
                          "model.embed_width is %td, it must be even",
                          config->embed_width);
    SIDLE_TRY(check_divides("cross_heads", config->cross_heads,
                            "model.embed_width", config->embed_width));
    SIDLE_TRY(check_range("mlp_factor", config->mlp_factor, 1, INT32_MAX));
    SIDLE_TRY(check_share("rotary_fraction", config->rotary_fraction, 1));
    SIDLE_TRY(check_share("dropout", config->dropout, 0));
    SIDLE_TRY(check_share("cross_dropout", config->cross_dropout, 0));
    return check_position_sizes(config);
}

sidle_shape sidle_perceiver_shape(const sidle_perceiver *config)
{
    return (sidle_shape){2, {config->latents, config->width}};
}

sidle_status sidle_perceiver_check_input(const sidle_layer *layer,
                                         const sidle_perceiver *config)
{
    sidle_shape needs = sidle_perceiver_shape(config);
    char want[64];

    if (sidle_shape_equal(&layer->in_shape, &needs))
        return SIDLE_OK;
    sidle_shape_print(&needs, want, sizeof(want));
    return sidle_layer_refuse(layer, want);
}

double sidle_perceiver_flops(const sidle_perceiver *config, ptrdiff_t rows)
{
    double M = (double)config->context, N = (double)config->latents;
    double d = (double)config->embed_width, L = (double)config->layers;

    return (double)rows *
           (4.0 * M * d * d + 4.0 * N * M * d + 22.0 * N * d * d +
            L * (24.0 * N * d * d + 4.0 * N * N * d) +
            2.0 * N * d * (double)config->vocab);
}

void sidle_cross_mask(ptrdiff_t length, ptrdiff_t latents, int32_t *first,
                      int32_t *last)
{
    for (ptrdiff_t i = 0; i < latents; i++) {
        first[i] = 0;
        last[i] = (int32_t)sidle_latent_input(length, latents, i) + 1;
    }
}

void sidle_self_mask(ptrdiff_t length, ptrdiff_t latents, int32_t *first,
                     int32_t *last)
{
    ptrdiff_t invalid = latents > length ? latents - length : 0;

    for (ptrdiff_t i = 0; i < latents; i++) {
        /* An invalid latent sees itself: a softmax over nothing would be
         * NaN. */
        first[i] = (int32_t)sidle_smaller(i, invalid);
        last[i] = (int32_t)i + 1;
    }
}

void sidle_latent_labels(const int32_t *tokens, ptrdiff_t length,
                         ptrdiff_t latents, ptrdiff_t scored, int32_t *label)
{
    for (ptrdiff_t i = 0; i < latents; i++) {
        ptrdiff_t at = sidle_latent_input(length, latents, i);

        label[i] = at >= 0 && i >= latents - scored ? tokens[at + 1] : 0;
    }
}
