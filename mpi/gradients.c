/* gradients.c - a gradient's way through a block: it arrives, goes back through
 * the block, is sent on, and changes the sum of the next update. */
#include "mpi/gradients.h"

#include "math/vector.h"
#include "mpi/layout.h"
#include "mpi/on_nan.h"
#include "mpi/staleness.h"
#include "mpi/update.h"

#include <string.h>

static sidle_gradient *gradient_of(const sidle_station *s)
{
    return &s->gradients[s->instr.stash];
}

/* ---- arrival */

/* Whether the gradient meets its own clip in any row of any replica. */
static int is_any_row_left(const sidle_station *s, int64_t item, int n_left)
{
    sidle_runner *runner = s->runner;
    const sidle_source *source = runner->config.train;
    ptrdiff_t rows = runner->config.n_replicas * s->block->rows;
    int64_t *of_gradient = runner->clips, *of_slot = of_gradient + rows;

    if (n_left > 0 || runner->config.n_replicas == 1 || source->clips == NULL)
        return n_left > 0;
    source->clips(source, item, of_gradient);
    source->clips(source, sidle_station_slot(s)->item.number, of_slot);
    for (ptrdiff_t row = 0; row < rows; row++)
        if (of_gradient[row] == of_slot[row])
            return 1;
    return 0;
}

/* Rows whose clip is not that of the activation they meet give no gradient;
 * answers whether one is left. */
static int mask_clips(const sidle_station *s, const sidle_end *end,
                      sidle_message *m)
{
    const sidle_slot *slot = sidle_station_slot(s);
    size_t rows = sidle_station_rows(s);
    size_t n = sidle_layout_payload(&s->runner->config, end->edge) / rows;
    int n_left = 0;

    for (size_t b = 0; b < rows; b++) {
        if (m->clip[b] == slot->clip[b])
            n_left++;
        else
            memset(m->payload + b * n, 0, n * sizeof(*m->payload));
    }
    return is_any_row_left(s, m->header->item, n_left);
}

static void hear_from_behind(sidle_station *s, const sidle_end *end,
                             const sidle_header *header)
{
    sidle_runner *runner = s->runner;

    if (header->flags & SIDLE_MSG_STOP)
        runner->wants_stop = 1;
    /* Blocks of this rank tell each other nothing new about other ranks. */
    if (s == &runner->stations[runner->n_stations - 1] && end->unit < 0)
        runner->busy_then = header->busy;
}

/* The block, from 1, whose norm travels with the gradient of an item. */
static int block_told(const sidle_runner *runner, int64_t item)
{
    return (int)(item % runner->config.plan->n_blocks) + 1;
}

static double norm_to_tell(const sidle_station *s, const sidle_gradient *g)
{
    int told = block_told(s->runner, g->item);

    if (told == s->block->index)
        return s->grad_norm;
    /* A block cannot know the norm of one before it: the gradient has not been
     * there yet. */
    return told > s->block->index ? g->norm : 0.0;
}

/* The first part of a backward's gradient, or none of it has come. */
static void open_gradient(const sidle_station *s, sidle_gradient *g)
{
    size_t rows = sidle_station_rows(s);

    if (g->is_open)
        return;
    g->is_open = 1;
    g->item = 0;
    g->has_dy = g->is_valid = g->is_bad = 0;
    g->norm = 0.0;
    memset(g->length, 0, rows * sizeof(*g->length));
    memset(g->clip, 0, rows * sizeof(*g->clip));
}

/* Where a gradient of the block's output is missing, it is zero. */
static void need_dy(const sidle_station *s, sidle_gradient *g)
{
    if (!g->has_dy && g->dy != NULL)
        memset(g->dy, 0, s->block->out * sizeof(*g->dy));
    g->has_dy = 1;
}

/* The gradient of the block's output, or of that of a layer inside it. Parts
 * come in the order in which they are added: main, then skips. */
static void add_part(sidle_station *s, sidle_gradient *g, const sidle_end *end,
                     const float *payload)
{
    const sidle_block *block = s->block;

    if (end->dy != NULL) {
        memcpy(end->dy, payload,
               block->model->layers[end->from].out * sizeof(*end->dy));
        s->outer[s->n_outer++] =
            (sidle_outer){end->from - block->first_layer, end->dy};
    } else if (end->unit < 0) {
        memcpy(g->dy, payload, block->out * sizeof(*g->dy));
        g->has_dy = 1;
    } else {
        need_dy(s, g);
        sidle_add((ptrdiff_t)block->out, payload, g->dy);
    }
}

/* The sum goes on as the gradient of its newest part's loss; a part that is
 * not valid counts only where there is no other. */
static void name_part(const sidle_station *s, sidle_gradient *g,
                      const sidle_message *m, int is_valid)
{
    size_t rows = sidle_station_rows(s);
    int64_t item = m->header->item;

    if (is_valid < g->is_valid || (is_valid == g->is_valid && item <= g->item))
        return;
    g->item = item;
    g->norm = m->header->norm;
    memcpy(g->length, m->length, rows * sizeof(*m->length));
    memcpy(g->clip, m->clip, rows * sizeof(*m->clip));
}

static void take_part(sidle_station *s, sidle_gradient *g, const sidle_end *end,
                      sidle_message *m)
{
    int is_valid = (m->header->flags & SIDLE_MSG_VALID) != 0;

    if (is_valid && s->runner->config.on_cut == SIDLE_CUT_MASK)
        is_valid = mask_clips(s, end, m);
    name_part(s, g, m, is_valid);
    g->is_valid |= is_valid;
    g->is_bad |= (m->header->flags & SIDLE_MSG_BAD) != 0;
    if (is_valid)
        add_part(s, g, end, m->payload);
}

static void hear_norm(const sidle_station *s, const sidle_header *header)
{
    sidle_runner *runner = s->runner;

    if (s->block->is_first && header->norm > 0.0 && !sidle_station_is_global(s))
        runner->norms[block_told(runner, header->item) - 1] = header->norm;
}

int sidle_gradient_receive(sidle_station *s)
{
    sidle_gradient *g = gradient_of(s);
    const sidle_end *end = sidle_station_end(s);
    int64_t expected = s->instr.item;
    sidle_message m;

    if (!sidle_link_receive_begin(end->link, SIDLE_BACK, &m))
        return 0;
    SIDLE_CHECK(m.header->number == expected,
                "block %d received gradient %lld of block %d, expected %lld",
                s->block->index, (long long)m.header->number, end->other,
                (long long)expected);
    open_gradient(s, g);
    take_part(s, g, end, &m);
    hear_norm(s, m.header);
    hear_from_behind(s, end, m.header);
    sidle_link_receive_end(end->link, SIDLE_BACK);
    return 1;
}

/* ---- through the block */

/* The last block's gradient begins with the item's own labels. */
static void begin_gradient(const sidle_station *s, sidle_gradient *g)
{
    const sidle_slot *slot = sidle_station_slot(s);

    SIDLE_CHECK(slot->item.number == s->instr.item,
                "the labels are those of item %lld, but the gradient is that "
                "of item %lld",
                (long long)slot->item.number, (long long)s->instr.item);
    g->item = s->instr.item;
    g->is_valid = slot->grad_weight > 0.0;
    g->is_bad = 0;
    memcpy(g->length, slot->length, sidle_station_rows(s) * sizeof(*g->length));
    memcpy(g->clip, slot->clip, sidle_station_rows(s) * sizeof(*g->clip));
}

/* dx, where it is not NULL, from the gradient that has come. */
static void take_input_gradient(sidle_station *s, const sidle_gradient *g,
                                sidle_real *dx)
{
    sidle_tracer *tracer = s->runner->tracer;

    if (tracer != NULL && sidle_block_refresh(s->block, s->instr.slot))
        sidle_tracer_end(tracer, s->block->index, SIDLE_EVENT_RERUN,
                         s->instr.item);
    s->block->outer = s->outer;
    s->block->n_outer = s->n_outer;
    sidle_block_input_grad(s->block, s->instr.slot, s->instr.stash, g->dy, dx);
}

/* The gradients of what skips brought, into their messages. */
static void fill_sides(sidle_station *s)
{
    const sidle_block *block = s->block;

    for (int i = 1; i < s->n_in; i++) {
        const sidle_end *end = &s->in[i];

        memcpy(end->m.payload,
               block->dsides + sidle_block_side_offset(block, end->unit),
               block->model->layers[end->unit].side * sizeof(*block->dsides));
    }
}

int sidle_gradient_of_input(sidle_station *s)
{
    sidle_gradient *g = gradient_of(s);
    sidle_real *dx = NULL;

    if (!sidle_station_can_send(s, s->in, s->n_in, SIDLE_BACK))
        return 0;
    if (!s->block->is_first)
        dx = s->in[0].m.payload;
    if (s->block->is_last)
        begin_gradient(s, g);
    else
        open_gradient(s, g); /* if nothing came */
    g->number = s->instr.item;
    g->sends_bad = 0;
    if (g->is_valid) {
        need_dy(s, g);
        take_input_gradient(s, g, dx);
        fill_sides(s);
        sidle_on_nan_input_gradient(s, g, dx);
    }
    g->is_stashed = 1;
    g->is_open = 0;
    s->n_outer = 0;
    return 1;
}

int sidle_gradient_send(sidle_station *s)
{
    sidle_runner *runner = s->runner;
    const sidle_runner_config *config = &runner->config;
    const sidle_gradient *g = gradient_of(s);
    sidle_end *end = sidle_station_end(s);
    sidle_message *m = &end->m;

    if (config->wants_stop != NULL && config->wants_stop(config->context))
        runner->wants_stop = 1;
    m->header->item = g->item;
    m->header->number = g->number;
    m->header->flags = (g->is_valid ? SIDLE_MSG_VALID : 0) |
                       (g->sends_bad ? SIDLE_MSG_BAD : 0) |
                       (runner->wants_stop ? SIDLE_MSG_STOP : 0);
    m->header->busy = sidle_runner_busy(runner);
    m->header->norm = norm_to_tell(s, g);
    memcpy(m->length, g->length, sidle_station_rows(s) * sizeof(*m->length));
    memcpy(m->clip, g->clip, sidle_station_rows(s) * sizeof(*m->clip));
    sidle_link_send_end(end->link, SIDLE_BACK);
    return 1;
}

int sidle_gradient_of_weights(sidle_station *s)
{
    const sidle_runner_hooks *hooks = &s->runner->config.hooks;
    sidle_gradient *g = gradient_of(s);

    SIDLE_CHECK(g->number == s->instr.item,
                "block %d has stashed gradient %lld, expected %lld",
                s->block->index, (long long)g->number,
                (long long)s->instr.item);
    /* A resumed run has the gradient, not what its input gradient left. */
    if (g->is_valid && !g->is_stashed)
        take_input_gradient(s, g, NULL);
    g->is_stashed = 0;
    if (g->is_valid) {
        sidle_staleness_note(s, g);
        sidle_block_weight_grad(s->block, s->instr.slot, s->instr.stash, g->dy);
        s->n_valid++;
        s->has_heard_bad |= g->is_bad;
        if (hooks->on_gradient != NULL)
            hooks->on_gradient(hooks->context, s->block->index, g->item,
                               sidle_station_slot(s)->item.number, s->block,
                               g->dy);
        sidle_update_begin_sum(s);
    }
    /* The newest activation stays for gradients to come. */
    if (!s->runner->config.plan->schedule->is_newest)
        sidle_block_release(s->block, s->instr.slot);
    return 1;
}
