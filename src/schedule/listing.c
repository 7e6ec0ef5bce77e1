/* listing.c - instructions between two arrivals, compared and written out. */
#include "schedule/listing.h"

#include "schedule/check.h"
#include "schedule/plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* An instruction as seen from the item that came in last. */
typedef struct step {
    sidle_op op;
    int edge;
    int64_t offset; /* its item's; an evaluation: its number */
    int is_eval;
} step;

/* What is done from the arrival of item `first`, and of all to `last`. */
typedef struct steps {
    step *list;
    size_t n, room;
    int64_t first, last;
} steps;

typedef struct listing {
    const sidle_plan *plan;
    FILE *stream;
    int block, n_lines;
    int64_t pending; /* gradients since the last update */
    steps present, before;
} listing;

static sidle_status add(steps *s, step one)
{
    if (s->n == s->room) {
        size_t room = 2 * s->room + 16;
        step *list = realloc(s->list, room * sizeof(*list));

        if (list == NULL)
            return sidle_fail(SIDLE_EINTERNAL, "no memory for a list");
        s->list = list;
        s->room = room;
    }
    s->list[s->n++] = one;
    return SIDLE_OK;
}

static int is_alike(const steps *a, const steps *b)
{
    if (a->n != b->n)
        return 0;
    for (size_t i = 0; i < a->n; i++)
        if (a->list[i].op != b->list[i].op ||
            a->list[i].edge != b->list[i].edge ||
            a->list[i].offset != b->list[i].offset ||
            a->list[i].is_eval != b->list[i].is_eval)
            return 0;
    return 1;
}

/* ---- printing */

/* Of a skip's message the other end; the chain's needs no words. */
static void print_end(const sidle_plan *plan, const step *s, FILE *stream)
{
    sidle_edge edge;

    if (s->edge < plan->n_blocks - 1)
        return;
    edge = sidle_plan_edge(plan, s->edge);
    if (s->op == SIDLE_OP_RECV_ACT)
        fprintf(stream, " from block %d", edge.from);
    else if (s->op == SIDLE_OP_SEND_GRAD)
        fprintf(stream, " to block %d", edge.from);
    else
        fprintf(stream, " %s block %d",
                s->op == SIDLE_OP_SEND_ACT ? "to" : "from", edge.to);
}

static void print_step(const sidle_plan *plan, const step *s, FILE *stream)
{
    fputs(sidle_op_name(s->op), stream);
    if (s->op == SIDLE_OP_UPDATE || s->op == SIDLE_OP_SUM_NORMS)
        return;
    if (s->is_eval)
        fprintf(stream, " of evaluation %" PRId64, s->offset);
    else if (s->offset == 0)
        fputs(" k", stream);
    else
        fprintf(stream, " k %c %" PRId64, s->offset > 0 ? '+' : '-',
                s->offset > 0 ? s->offset : -s->offset);
    print_end(plan, s, stream);
}

static void print_steps(listing *l, const steps *s)
{
    if (s->n == 0)
        return;
    if (l->n_lines++ == 0)
        fprintf(l->stream, "block %-3d", l->block);
    else
        fputs("         ", l->stream);
    if (s->first == s->last)
        fprintf(l->stream, " item %" PRId64 ":", s->first);
    else
        fprintf(l->stream, " items %" PRId64 " to %" PRId64 ":", s->first,
                s->last);
    for (size_t i = 0; i < s->n; i++) {
        fputs(i > 0 ? ", " : " ", l->stream);
        print_step(l->plan, &s->list[i], l->stream);
    }
    fputc('\n', l->stream);
}

/* ---- going through a block's list */

/* The steps are whole: one line with those before, or a line for those. */
static void close_steps(listing *l)
{
    steps spare = l->before;

    if (is_alike(&l->present, &l->before)) {
        l->before.last = l->present.last;
    } else {
        print_steps(l, &l->before);
        /* The two lists change places: neither is copied. */
        l->before = l->present;
        l->present = spare;
    }
    l->present.n = 0;
}

/* Of the main input: what skips bring stands with it. */
static int is_arrival(const listing *l, const sidle_instr *instr)
{
    return !instr->is_eval &&
           (instr->op == SIDLE_OP_LOAD ||
            (instr->op == SIDLE_OP_RECV_ACT &&
             instr->edge == sidle_plan_in_edge(l->plan, l->block, 0)));
}

/* An update, and the norms before it, where it is due. */
static int is_made(const listing *l, const sidle_instr *instr)
{
    if (instr->op == SIDLE_OP_BOUNDARY)
        return 0;
    if (instr->op != SIDLE_OP_UPDATE && instr->op != SIDLE_OP_SUM_NORMS)
        return 1;
    return instr->is_drain ? l->pending > 0
                           : l->pending == l->plan->update_every;
}

static sidle_status take(listing *l, const sidle_instr *instr)
{
    step one = {.op = instr->op,
                .edge = instr->edge,
                .offset = instr->item,
                .is_eval = instr->is_eval};

    if (is_arrival(l, instr)) {
        close_steps(l);
        l->present.first = l->present.last = instr->item;
    }
    if (instr->op == SIDLE_OP_UPDATE || instr->op == SIDLE_OP_SUM_NORMS)
        one.offset = 0;
    else if (!instr->is_eval)
        one.offset = instr->item - l->present.first;
    if (is_made(l, instr))
        SIDLE_TRY(add(&l->present, one));
    if (instr->op == SIDLE_OP_WEIGHT_GRAD)
        l->pending += l->plan->counts == NULL ||
                      l->plan->counts(l->plan->context, instr->item);
    if (instr->op == SIDLE_OP_UPDATE && is_made(l, instr))
        l->pending = 0;
    return SIDLE_OK;
}

static sidle_status list_block(listing *l)
{
    sidle_cursor cursor;
    sidle_instr instr;

    l->n_lines = 0;
    l->pending = 0;
    l->present.n = l->before.n = 0;
    sidle_cursor_init(&cursor, l->plan, l->block);
    while ((instr = sidle_cursor_next(&cursor)).op != SIDLE_OP_END)
        SIDLE_TRY(take(l, &instr));
    close_steps(l);
    print_steps(l, &l->before);
    return SIDLE_OK;
}

sidle_status sidle_plan_list(const sidle_plan *plan, FILE *stream)
{
    listing l = {.plan = plan, .stream = stream};
    sidle_status status = sidle_plan_check(plan);

    for (l.block = 1; l.block <= plan->n_blocks && status == SIDLE_OK;
         l.block++)
        status = list_block(&l);
    free(l.present.list);
    free(l.before.list);
    return status;
}
