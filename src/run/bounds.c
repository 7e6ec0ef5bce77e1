/* bounds.c - whether what follows from the options fits into integers:
 * estimates from above, in double. */
#include "run/bounds.h"

#include "schedule/rule.h"

#define MOST_COUNTED 9e18 /* of an int64_t */
#define MOST_BYTES 4e18   /* so that some of them may be added */

/* Rows are numbered through the whole run. */
sidle_status sidle_bounds_check_rows(const sidle_options *options)
{
    double rows =
        (double)options->data.batch * (double)options->parallel.replicas;

    if (rows * (double)options->run.steps <= MOST_COUNTED)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      "'run.steps' %lld items of %.0f rows ('data.batch' times "
                      "'parallel.replicas') are too many rows to be "
                      "counted; reduce one of them",
                      (long long)options->run.steps, rows);
}

static sidle_status check_places(const sidle_perceiver *model)
{
    double places = 1.0;

    for (int i = 0; i < model->n_position_sizes; i++)
        places *= (double)model->position_sizes[i];
    if (places <= MOST_COUNTED)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      "'model.position_sizes' have %.3g positions together, "
                      "too many to be counted; 'model.context' is %td",
                      places, model->context);
}

/* Items whose activations, or versions of the weights, a block may keep. */
static double most_kept(const sidle_options *options)
{
    const sidle_schedule *schedule =
        sidle_schedule_find(options->parallel.schedule);
    int most_blocks = (int)options->model.layers + 2;
    int blocks = options->parallel.blocks > 0 ? (int)options->parallel.blocks
                                              : most_blocks;

    sidle_plan plan = {.schedule = schedule, .n_blocks = blocks};

    if (schedule == NULL)
        return 1.0;
    plan.update_every = options->parallel.update_every > 0
                            ? (int)options->parallel.update_every
                            : sidle_rule_update_every(schedule, blocks);
    return 2.0 + blocks + sidle_plan_head_start(&plan, 1);
}

/* Floats that a row of an item keeps or needs while it is worked on. */
static double row_floats(const sidle_perceiver *m)
{
    double C = (double)m->embed_width, d = (double)m->width;
    double heads = (double)m->heads + (double)m->cross_heads;
    double hidden = d * (double)m->mlp_factor;
    double of_latent = 32.0 * (C + d + heads) + 8.0 * hidden;

    return 32.0 * (double)m->context * (C + d + heads) +
           (double)m->latents *
               (((double)m->layers + 2.0) * of_latent + 8.0 * (double)m->vocab);
}

static double weight_floats(const sidle_perceiver *m)
{
    double C = (double)m->embed_width, d = (double)m->width;
    double of_layer =
        (C + d) * (8.0 * (C + d) + 4.0 * d * (double)m->mlp_factor);
    double places = (double)m->vocab + (double)m->context + 2.0;

    for (int i = 0; i < m->n_position_sizes; i++)
        places += (double)m->position_sizes[i];
    return ((double)m->layers + 2.0) * of_layer + places * (C + d);
}

static sidle_status check_bytes(const sidle_options *options)
{
    const sidle_perceiver *m = &options->model;
    double rows = (double)(options->eval.batch > options->data.batch
                               ? options->eval.batch
                               : options->data.batch);
    double kept = most_kept(options);
    double bytes = (double)sizeof(sidle_real) * (rows * row_floats(m) * kept +
                                                 weight_floats(m) * (kept + 8));

    if (bytes <= MOST_BYTES)
        return SIDLE_OK;
    return sidle_fail(
        SIDLE_EUSAGE,
        "a model of 'model.width' %td, 'model.context' %td, "
        "'model.latents' %td, 'model.vocab' %td and 'model.mlp_factor' %td "
        "with %.0f "
        "rows an item ('data.batch', 'eval.batch') and %.0f items "
        "kept ('parallel.update_every') would need up to %.2g "
        "bytes of memory; reduce these",
        m->width, m->context, m->latents, m->vocab, m->mlp_factor, rows, kept,
        bytes);
}

sidle_status sidle_bounds_check(const sidle_options *options)
{
    SIDLE_TRY(sidle_bounds_check_rows(options));
    SIDLE_TRY(check_places(&options->model));
    return check_bytes(options);
}
