/* state_edges.c - messages of all edges of a plan with skips, to arrays and
 * back.
 *
 * There every edge can have activations and gradients in flight. In a plan
 * without skips there are no activations, and gradients have older names
 * (state.c). */
#include "mpi/layout.h"
#include "mpi/state_inside.h"

#include "base/text.h"

#include <string.h>

/* Edge i of a block: incoming ones first; -1: there are no more. */
static int edge_of(const sidle_plan *plan, int block, int i,
                   sidle_direction *direction)
{
    int n_in = 0;

    while (sidle_plan_in_edge(plan, block, n_in) >= 0)
        n_in++;
    *direction = i < n_in ? SIDLE_AHEAD : SIDLE_BACK;
    return i < n_in ? sidle_plan_in_edge(plan, block, i)
                    : sidle_plan_out_edge(plan, block, i - n_in);
}

static int most_of(const sidle_plan *plan, int edge, sidle_direction direction)
{
    return direction == SIDLE_AHEAD ? sidle_plan_most_acts(plan, edge)
                                    : sidle_plan_most_grads(plan, edge);
}

int sidle_flight_at(const sidle_plan *plan, int block, int i,
                    sidle_flight *flight)
{
    sidle_direction direction;

    if (!sidle_plan_has_skips(plan))
        return 0;
    for (int e = 0, edge; (edge = edge_of(plan, block, e, &direction)) >= 0;
         e++) {
        int most = most_of(plan, edge, direction);

        if (i < most) {
            flight->edge = edge;
            flight->direction = direction;
            flight->place = i;
            return 1;
        }
        i -= most;
    }
    return 0;
}

int sidle_flights_count(const sidle_plan *plan, int block)
{
    sidle_flight flight;
    int n = 0;

    while (sidle_flight_at(plan, block, n, &flight))
        n++;
    return n;
}

void sidle_flights_carve(sidle_carve *carve, const sidle_runner_config *config,
                         int block, copies *of)
{
    int n = sidle_flights_count(config->plan, block);
    size_t rows = (size_t)config->model->rows;

    of->flights = sidle_carve_bytes(carve, (size_t)n * sizeof(*of->flights));
    for (int i = 0; i < n; i++) {
        sidle_flight f = {0};

        sidle_flight_at(config->plan, block, i, &f);
        f.length = sidle_carve_bytes(carve, rows * sizeof(*f.length));
        f.clip = sidle_carve_bytes(carve, rows * sizeof(*f.clip));
        f.payload = sidle_carve_bytes(
            carve, sidle_layout_payload(config, f.edge) * sizeof(*f.payload));
        /* NULL while the room is only measured. */
        if (of->flights != NULL)
            of->flights[i] = f;
    }
}

/* The end by which a message comes. */
static const sidle_end *end_of(const sidle_station *s, const sidle_flight *f)
{
    const sidle_end *ends = f->direction == SIDLE_AHEAD ? s->in : s->out;

    while (ends->edge != f->edge)
        ends++;
    return ends;
}

static void copy_one(const sidle_station *s, sidle_flight *f)
{
    size_t rows = sidle_station_rows(s);
    size_t n = sidle_layout_payload(&s->runner->config, f->edge);
    sidle_message m;

    memset(f->words, 0, sizeof(f->words));
    memset(f->length, 0, rows * sizeof(*f->length));
    memset(f->clip, 0, rows * sizeof(*f->clip));
    memset(f->payload, 0, n * sizeof(*f->payload));
    if (!sidle_link_peek(end_of(s, f)->link, f->direction, f->place, &m))
        return;
    f->words[F_ITEM] = m.header->item;
    f->words[F_NUMBER] = m.header->number;
    f->words[F_IS_THERE] = 1;
    memcpy(f->length, m.length, rows * sizeof(*m.length));
    memcpy(f->clip, m.clip, rows * sizeof(*m.clip));
    /* It came without its payload: the zeros stay. */
    if (!(m.header->flags & SIDLE_MSG_VALID))
        return;
    f->words[F_IS_VALID] = 1;
    memcpy(f->payload, m.payload, n * sizeof(*m.payload));
}

void sidle_flights_copy(const sidle_station *s, copies *of)
{
    int n = sidle_flights_count(s->runner->config.plan, s->block->index);

    for (int i = 0; i < n; i++)
        copy_one(s, &of->flights[i]);
}

void sidle_flights_restore(const sidle_station *s, const copies *of)
{
    int n = sidle_flights_count(s->runner->config.plan, s->block->index);

    for (int i = 0; i < n; i++) {
        const sidle_flight *f = &of->flights[i];
        sidle_header header = {
            .item = f->words[F_ITEM],
            .number = f->words[F_NUMBER],
            .flags = f->words[F_IS_VALID] != 0 ? SIDLE_MSG_VALID : 0,
            .busy = 1.0};
        sidle_message m = {&header, f->length, f->clip, f->payload};

        if (f->words[F_IS_THERE])
            sidle_link_restore(end_of(s, f)->link, f->direction, &m);
    }
}

void sidle_flight_name(const sidle_flight *f, char *out, size_t size)
{
    sidle_text_format(out, size, "edge_%03d/%s_%d", f->edge,
                      f->direction == SIDLE_AHEAD ? "activation" : "gradient",
                      f->place);
}
