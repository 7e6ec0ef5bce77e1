/* item_speed.c - units with items of two sizes. */
#include "cli/item_speed.h"

#include "base/text.h"
#include "cli/advice.h"
#include "run/pace.h"
#include "run/setup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { TIMES = 4 };
/* Seconds of a unit from where on its products are large; the gain that is
 * worth a word: two measurements of one thing differ by a tenth. */
static const double large = 0.1, worth = 1.25;

static double seconds_of(const sidle_play_times *t)
{
    return t->forward + t->input_grad + t->weight_grad;
}

static double rate_of(const sidle_model *model, const sidle_play_times *of_unit)
{
    double seconds = 0.0;

    for (int l = 0; l < model->n_layers; l++)
        seconds += seconds_of(&of_unit[l]);
    return seconds > 0.0 ? sidle_model_flops(model) / seconds : 0.0;
}

static int has_large_unit(const sidle_prediction *p)
{
    for (int l = 0; l < p->setup->model->n_layers; l++)
        if (seconds_of(&p->of_unit[l]) > large)
            return 1;
    return 0;
}

static sidle_status measure_larger(const sidle_setup *setup,
                                   sidle_item_speed *speed)
{
    sidle_setup *other = malloc(sizeof(*other));
    sidle_play_times *times =
        calloc((size_t)setup->model->n_layers, sizeof(*times));
    sidle_status status;

    SIDLE_CHECK(other != NULL && times != NULL, "no memory for larger items");
    *other = *setup;
    other->model = NULL;
    status = sidle_setup_model(setup, TIMES * speed->rows, &other->model);
    if (status == SIDLE_OK)
        status = sidle_pace_measure(other, times);
    if (status == SIDLE_OK) {
        speed->larger = TIMES * speed->rows;
        speed->larger_rate = rate_of(other->model, times);
    }
    sidle_model_free(other->model);
    free(times);
    free(other);
    return status;
}

sidle_status sidle_item_speed_measure(const sidle_prediction *prediction,
                                      sidle_item_speed *speed)
{
    const sidle_prediction *p = prediction;

    *speed = (sidle_item_speed){.rows = (int64_t)p->setup->model->rows,
                                .rate = rate_of(p->setup->model, p->of_unit)};
    return has_large_unit(p) ? SIDLE_OK : measure_larger(p->setup, speed);
}

int sidle_item_speed_is_low(const sidle_item_speed *speed)
{
    return speed->larger > 0 && speed->larger_rate > worth * speed->rate;
}

/* ---- words */

static void print_remedy(const sidle_setup *setup, char *out, size_t size)
{
    sidle_advice a = sidle_advise_larger(setup);
    char keys[128];

    sidle_advice_keys(&a, keys, sizeof(keys));
    if (a.is_other)
        snprintf(out, size,
                 "; with the same %" PRId64
                 " rows per update, %s makes them larger",
                 a.rows, keys);
    else
        snprintf(out, size,
                 "; a higher data.batch makes larger items, and updates of "
                 "more rows%s",
                 setup->plan.update_every > 1
                     ? "; fewer parallel.blocks need fewer items per update"
                     : "");
}

void sidle_item_speed_print(const sidle_setup *setup,
                            const sidle_item_speed *speed, char *out,
                            size_t size)
{
    char larger[96] = "", remedy[SIDLE_ADVICE_MAX] = "";

    if (speed->larger > 0)
        snprintf(larger, sizeof(larger),
                 "; with %" PRId64 " rows, %.3g GFLOP/s%s", speed->larger,
                 1e-9 * speed->larger_rate,
                 sidle_item_speed_is_low(speed)
                     ? ": the items are too small for fast products"
                     : "");
    if (sidle_item_speed_is_low(speed))
        print_remedy(setup, remedy, sizeof(remedy));
    snprintf(out, size, "an item of %" PRId64 " row%s: %.3g GFLOP/s%s%s",
             speed->rows, sidle_plural(speed->rows), 1e-9 * speed->rate, larger,
             remedy);
}
