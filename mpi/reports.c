/* reports.c - a pool of small sends on the last block's ranks, one posted
 * receive for each replica on rank 0. */
#include "mpi/reports.h"

#include <stdlib.h>
#include <string.h>

enum { N_POOL = 8 };

/* Both ends are the same program on the same kind of machine. */
typedef struct letter {
    int is_mark;
    sidle_report report;
} letter;

struct sidle_reports {
    const sidle_runner_config *config;
    int from;
    int is_local; /* written and read on one rank, of one replica */
    letter out[N_POOL];
    MPI_Request sent[N_POOL];
    int next;
    int n;                /* replicas, on rank 0 if it is not local; else 0 */
    letter *in;           /* (n) */
    MPI_Request *awaited; /* (n) */
    int n_marks;
};

static void await_letters(sidle_reports *reports)
{
    const sidle_comm *comm = reports->config->comm;

    for (int r = 0; r < reports->n; r++)
        SIDLE_MPI(
            MPI_Irecv(&reports->in[r], (int)sizeof(reports->in[r]), MPI_BYTE,
                      reports->from + r * (comm->size / reports->n),
                      SIDLE_TAG_REPORT, comm->comm, &reports->awaited[r]));
}

static sidle_status open_inbox(sidle_reports *reports, int n)
{
    reports->in = calloc((size_t)n, sizeof(*reports->in));
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
    for (int i = 0; i < N_POOL; i++)
        reports->sent[i] = MPI_REQUEST_NULL;
    *reports_p = reports;
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
    free(reports->awaited);
    free(reports);
}

int sidle_reports_can_send(sidle_reports *reports)
{
    int is_free;

    SIDLE_MPI(
        MPI_Test(&reports->sent[reports->next], &is_free, MPI_STATUS_IGNORE));
    return is_free;
}

static void deliver(sidle_reports *reports, const letter *l, double busy)
{
    const sidle_runner_config *config = reports->config;
    sidle_report report = l->report;

    if (l->is_mark) {
        reports->n_marks++;
        return;
    }
    report.busy = busy;
    if (config->on_report != NULL)
        config->on_report(config->context, &report);
}

static void post_letter(sidle_reports *reports, const letter *l)
{
    int i = reports->next;

    if (reports->is_local) {
        deliver(reports, l, l->report.busy);
        return;
    }
    SIDLE_MPI(MPI_Wait(&reports->sent[i], MPI_STATUS_IGNORE));
    reports->out[i] = *l;
    SIDLE_MPI(MPI_Isend(&reports->out[i], (int)sizeof(*l), MPI_BYTE, 0,
                        SIDLE_TAG_REPORT, reports->config->comm->comm,
                        &reports->sent[i]));
    reports->next = (i + 1) % N_POOL;
}

void sidle_reports_send(sidle_reports *reports, const sidle_report *report)
{
    letter l;

    memset(&l, 0, sizeof(l));
    l.report = *report;
    post_letter(reports, &l);
}

void sidle_reports_mark(sidle_reports *reports)
{
    letter l;

    memset(&l, 0, sizeof(l));
    l.is_mark = 1;
    post_letter(reports, &l);
}

/* The letters of all replicas as one: they send the same ones in the same
 * order, each about its own rows. */
static letter add_up(const sidle_reports *reports)
{
    letter sum = reports->in[0];

    for (int r = 1; r < reports->n; r++) {
        const letter *l = &reports->in[r];

        SIDLE_CHECK(l->is_mark == sum.is_mark &&
                        l->report.is_eval == sum.report.is_eval &&
                        l->report.item == sum.report.item,
                    "replica %d reports item %lld, replica 0 item %lld", r,
                    (long long)l->report.item, (long long)sum.report.item);
        sum.report.sum += l->report.sum;
        sum.report.z += l->report.z;
        sum.report.n_targets += l->report.n_targets;
        sum.report.n_correct += l->report.n_correct;
        sum.report.bad += l->report.bad;
    }
    return sum;
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
            letter sum = add_up(reports);

            deliver(reports, &sum, busy);
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
