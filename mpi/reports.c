/* reports.c - a pool of small sends on the last block's ranks, one posted
 * receive for each replica on rank 0. */
#include "mpi/reports.h"

#include <stdlib.h>
#include <string.h>

enum { N_POOL = 8 };

/* Both ends are the same program on the same kind of machine. */
typedef struct letter {
    int is_mark, has_scores; /* else a report */
    sidle_report report;
    int64_t item;     /* of the scores */
    int64_t scores[]; /* sidle_scores_at() */
} letter;

struct sidle_reports {
    const sidle_runner_config *config;
    int from;
    int is_local;       /* written and read on one rank, of one replica */
    size_t size;        /* bytes of a letter, at most */
    unsigned char *out; /* (N_POOL) letters */
    MPI_Request sent[N_POOL];
    int next;
    int n;                /* replicas, on rank 0 if it is not local; else 0 */
    unsigned char *in;    /* (n) letters */
    MPI_Request *awaited; /* (n) */
    int n_marks;
};

static letter *letter_at(const sidle_reports *reports, unsigned char *letters,
                         int i)
{
    return (letter *)(void *)(letters + (size_t)i * reports->size);
}

/* A letter with scores is as long as any. */
static size_t size_of(const sidle_reports *reports, const letter *l)
{
    return l->has_scores ? reports->size : sizeof(*l);
}

static ptrdiff_t classes_of(const sidle_runner_config *config)
{
    return sidle_model_loss(config->model)->classes;
}

static int wants_scores(const sidle_runner_config *config)
{
    return config->on_scores != NULL && config->eval != NULL &&
           config->eval->has_clips && classes_of(config) > 0;
}

static void await_letters(sidle_reports *reports)
{
    const sidle_comm *comm = reports->config->comm;

    for (int r = 0; r < reports->n; r++)
        SIDLE_MPI(
            MPI_Irecv(letter_at(reports, reports->in, r), (int)reports->size,
                      MPI_BYTE, reports->from + r * (comm->size / reports->n),
                      SIDLE_TAG_REPORT, comm->comm, &reports->awaited[r]));
}

/* The size of a letter is a multiple of that of its largest number. */
static size_t letter_size(const sidle_runner_config *config)
{
    size_t scores =
        wants_scores(config)
            ? sidle_scores_bytes(config->model->rows, classes_of(config))
            : 0;

    return sizeof(letter) + (scores + 7) / 8 * 8;
}

static sidle_status open_inbox(sidle_reports *reports, int n)
{
    reports->in = calloc((size_t)n, reports->size);
    reports->awaited = calloc((size_t)n, sizeof(*reports->awaited));
    if (reports->in == NULL || reports->awaited == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for reports");
    reports->n = n;
    await_letters(reports);
    return SIDLE_OK;
}

sidle_status sidle_reports_open(const sidle_runner_config *config, int from,
                                sidle_reports **reports_p)
{
    sidle_reports *reports = calloc(1, sizeof(*reports));

    if (reports == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for reports");
    reports->config = config;
    reports->from = from;
    reports->is_local = from == 0 && config->n_replicas == 1;
    reports->size = letter_size(config);
    reports->out = calloc(N_POOL, reports->size);
    for (int i = 0; i < N_POOL; i++)
        reports->sent[i] = MPI_REQUEST_NULL;
    *reports_p = reports;
    if (reports->out == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for reports");
    if (config->comm->rank == 0 && !reports->is_local)
        return open_inbox(reports, config->n_replicas);
    return SIDLE_OK;
}

void sidle_reports_close(sidle_reports *reports)
{
    if (reports == NULL)
        return;
    SIDLE_MPI(MPI_Waitall(N_POOL, reports->sent, MPI_STATUSES_IGNORE));
    for (int r = 0; r < reports->n; r++) {
        SIDLE_MPI(MPI_Cancel(&reports->awaited[r]));
        SIDLE_MPI(MPI_Wait(&reports->awaited[r], MPI_STATUS_IGNORE));
    }
    free(reports->in);
    free(reports->out);
    free(reports->awaited);
    free(reports);
}

/* An item of an evaluation may send two: scores, and a report. */
int sidle_reports_can_send(sidle_reports *reports)
{
    int is_free = 1;

    for (int i = 0; i < 2 && is_free; i++)
        SIDLE_MPI(MPI_Test(&reports->sent[(reports->next + i) % N_POOL],
                           &is_free, MPI_STATUS_IGNORE));
    return is_free;
}

static void deliver_scores(const sidle_reports *reports, letter *l)
{
    const sidle_runner_config *config = reports->config;
    const sidle_scores scores =
        sidle_scores_at(l->scores, config->model->rows, classes_of(config));

    config->on_scores(config->context, l->item, &scores);
}

static void deliver(sidle_reports *reports, letter *l, double busy)
{
    const sidle_runner_config *config = reports->config;
    sidle_report report = l->report;

    if (l->has_scores) {
        deliver_scores(reports, l);
        return;
    }
    if (l->is_mark) {
        reports->n_marks++;
        return;
    }
    report.busy = busy;
    if (config->on_report != NULL)
        config->on_report(config->context, &report);
}

/* An empty letter, to be posted. */
static letter *take_letter(sidle_reports *reports)
{
    letter *l = letter_at(reports, reports->out, reports->next);

    SIDLE_MPI(MPI_Wait(&reports->sent[reports->next], MPI_STATUS_IGNORE));
    memset(l, 0, reports->size);
    return l;
}

static void post_letter(sidle_reports *reports, letter *l)
{
    int i = reports->next;

    if (reports->is_local) {
        deliver(reports, l, l->report.busy);
        return;
    }
    SIDLE_MPI(MPI_Isend(l, (int)size_of(reports, l), MPI_BYTE, 0,
                        SIDLE_TAG_REPORT, reports->config->comm->comm,
                        &reports->sent[i]));
    reports->next = (i + 1) % N_POOL;
}

void sidle_reports_send(sidle_reports *reports, const sidle_report *report)
{
    letter *l = take_letter(reports);

    l->report = *report;
    post_letter(reports, l);
}

void sidle_reports_scores(sidle_reports *reports, int64_t item,
                          const sidle_block *block, int slot)
{
    const sidle_runner_config *config = reports->config;
    sidle_scores scores;
    letter *l;

    if (!wants_scores(config))
        return;
    l = take_letter(reports);
    l->has_scores = 1;
    l->item = item;
    scores = sidle_scores_at(l->scores, block->rows, classes_of(config));
    sidle_scores_fill(block, slot, &scores);
    post_letter(reports, l);
}

void sidle_reports_mark(sidle_reports *reports)
{
    letter *l = take_letter(reports);

    l->is_mark = 1;
    post_letter(reports, l);
}

static void check_same(const letter *a, const letter *b, int replica)
{
    SIDLE_CHECK(b->is_mark == a->is_mark && b->has_scores == a->has_scores &&
                    b->item == a->item &&
                    b->report.is_eval == a->report.is_eval &&
                    b->report.item == a->report.item,
                "replica %d reports item %lld, replica 0 item %lld", replica,
                (long long)b->report.item, (long long)a->report.item);
}

/* Replicas send the same letters in the same order, each about its own rows:
 * reports become one, scores are delivered one after the other. */
static void deliver_all(sidle_reports *reports, double busy)
{
    letter *sum = letter_at(reports, reports->in, 0);

    if (sum->has_scores)
        deliver(reports, sum, busy);
    for (int r = 1; r < reports->n; r++) {
        letter *l = letter_at(reports, reports->in, r);

        check_same(sum, l, r);
        if (l->has_scores)
            deliver(reports, l, busy);
        sum->report.sum += l->report.sum;
        sum->report.z += l->report.z;
        sum->report.n_targets += l->report.n_targets;
        sum->report.n_correct += l->report.n_correct;
        sum->report.bad += l->report.bad;
    }
    if (!sum->has_scores)
        deliver(reports, sum, busy);
}

void sidle_reports_poll(sidle_reports *reports, double busy)
{
    int have_come = reports->n > 0;

    while (have_come) {
        /* All or none, so that one report never mixes with a replica's next
         * one. */
        SIDLE_MPI(MPI_Testall(reports->n, reports->awaited, &have_come,
                              MPI_STATUSES_IGNORE));
        if (have_come) {
            deliver_all(reports, busy);
            await_letters(reports);
        }
    }
}

int sidle_reports_is_marked(sidle_reports *reports)
{
    if (reports->config->comm->rank != 0)
        return 1;
    if (reports->n_marks == 0)
        return 0;
    reports->n_marks--;
    return 1;
}
