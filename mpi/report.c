/* report.c - a pool of small sends on one rank, one posted receive on rank 0.
 */
#include "mpi/report.h"

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
    int is_local; /* written and read on one rank */
    letter out[N_POOL];
    MPI_Request sent[N_POOL];
    int next;
    letter in;
    MPI_Request awaited;
    int n_marks;
};

static void await_letter(sidle_reports *reports)
{
    SIDLE_MPI(MPI_Irecv(&reports->in, (int)sizeof(reports->in), MPI_BYTE,
                        reports->from, SIDLE_TAG_REPORT,
                        reports->config->comm->comm, &reports->awaited));
}

sidle_status sidle_reports_open(const sidle_runner_config *config, int from,
                                sidle_reports **reports_p)
{
    sidle_reports *reports = calloc(1, sizeof(*reports));

    if (reports == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for reports");
    reports->config = config;
    reports->from = from;
    reports->is_local = from == 0;
    reports->awaited = MPI_REQUEST_NULL;
    for (int i = 0; i < N_POOL; i++)
        reports->sent[i] = MPI_REQUEST_NULL;
    if (config->comm->rank == 0 && !reports->is_local)
        await_letter(reports);
    *reports_p = reports;
    return SIDLE_OK;
}

void sidle_reports_close(sidle_reports *reports)
{
    if (reports == NULL)
        return;
    SIDLE_MPI(MPI_Waitall(N_POOL, reports->sent, MPI_STATUSES_IGNORE));
    if (reports->awaited != MPI_REQUEST_NULL) {
        SIDLE_MPI(MPI_Cancel(&reports->awaited));
        SIDLE_MPI(MPI_Wait(&reports->awaited, MPI_STATUS_IGNORE));
    }
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

void sidle_reports_poll(sidle_reports *reports, double busy)
{
    int has_come = reports->awaited != MPI_REQUEST_NULL;

    while (has_come) {
        SIDLE_MPI(MPI_Test(&reports->awaited, &has_come, MPI_STATUS_IGNORE));
        if (has_come) {
            deliver(reports, &reports->in, busy);
            await_letter(reports);
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
