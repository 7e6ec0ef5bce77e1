/* drain.c - the last steps of a run before another plan takes over. */
#include "run/drain.h"
#include "run/setup_views.h"

#include "base/log.h"
#include "base/text.h"
#include "run/load.h"

#include <stdio.h>
#include <string.h>

/* The ranks that the old blocks need: the first of each replica. */
static int is_needed(const sidle_comm *comm, const sidle_options *was)
{
    int chain = comm->size / (int)was->parallel.replicas;

    return comm->rank % chain < was->parallel.blocks;
}

static void join(const sidle_comm *all, int is_in, sidle_comm *some)
{
    *some = *all;
    SIDLE_MPI(MPI_Comm_split(all->comm, is_in ? 0 : MPI_UNDEFINED, all->rank,
                             &some->comm));
    if (!is_in)
        return;
    SIDLE_MPI(MPI_Comm_set_errhandler(some->comm, MPI_ERRORS_RETURN));
    SIDLE_MPI(MPI_Comm_rank(some->comm, &some->rank));
    SIDLE_MPI(MPI_Comm_size(some->comm, &some->size));
}

/* The plan of the old run up to the item where it stands, and no further. */
static sidle_status set_up(const sidle_comm *comm, const sidle_resume *resume,
                           const sidle_options *was, const sidle_setup *now,
                           sidle_setup *setup)
{
    SIDLE_TRY(sidle_setup_again(comm, was, now, setup));
    setup->plan.start = resume->plan_start;
    setup->plan.steps = resume->step;
    setup->plan.eval_every = 0; /* the new run makes up for it */
    return SIDLE_OK;
}

/* Once it is loaded: a checkpoint that is refused changes nothing. */
static void tell_drain(const sidle_comm *comm, const sidle_resume *resume,
                       const sidle_options *was, const sidle_options *options)
{
    if (comm->rank == 0)
        sidle_info("draining %s, step %lld, with schedule %s and %lld "
                   "block%s; then schedule %s continues from there",
                   resume->path, (long long)resume->step,
                   was->parallel.schedule, (long long)was->parallel.blocks,
                   sidle_plural(was->parallel.blocks),
                   options->parallel.schedule);
}

static sidle_status drain(const sidle_comm *comm, sidle_resume *resume,
                          const sidle_options *was, const sidle_setup *now,
                          const sidle_data_identity identity[2],
                          sidle_handover **handover_p)
{
    sidle_setup setup;
    sidle_runner *runner = NULL;
    sidle_status status = set_up(comm, resume, was, now, &setup);

    if (status == SIDLE_OK) {
        sidle_runner_config config = sidle_setup_runner(&setup, comm);

        status = sidle_runner_new(&config, &runner);
    }
    if (status == SIDLE_OK)
        status = sidle_load_run(comm, runner, identity, resume->ckpt,
                                SIDLE_LOAD_ALL);
    if (status == SIDLE_OK) {
        sidle_resume_tell(resume);
        tell_drain(comm, resume, was, &now->options);
        status = sidle_runner_run(runner);
    }
    if (status == SIDLE_OK)
        status = sidle_agree(comm, sidle_handover_take(runner, handover_p));
    sidle_runner_free(runner);
    sidle_setup_done(&setup);
    return status;
}

/* The words were said already, by a rank that was needed. */
static sidle_status tell_all(const sidle_comm *comm, sidle_status status,
                             int64_t patience)
{
    int code = (int)status;

    /* Who was not needed waits for those who were, and they have a watchdog. */
    sidle_patience_set(0.0);
    SIDLE_MPI(
        MPI_Allreduce(MPI_IN_PLACE, &code, 1, MPI_INT, MPI_MAX, comm->comm));
    sidle_patience_set((double)patience);
    return (sidle_status)code;
}

/* Every rank has the old configuration. */
static sidle_status read_options(const sidle_resume *resume,
                                 const sidle_options *options,
                                 sidle_options *was)
{
    SIDLE_TRY(sidle_load_options_of(resume->ckpt, NULL, 0, was));
    was->data = options->data; /* the same contents, maybe at other paths */
    was->run.patience = options->run.patience;
    memcpy(was->run.on_nan, options->run.on_nan, sizeof(was->run.on_nan));
    return SIDLE_OK;
}

sidle_status sidle_drain(const sidle_comm *comm, sidle_resume *resume,
                         const sidle_setup *now,
                         const sidle_data_identity identity[2],
                         sidle_handover **handover_p)
{
    static sidle_options was; /* large */
    sidle_comm some;
    sidle_status status;
    int is_in;

    SIDLE_TRY(sidle_agree(comm, read_options(resume, &now->options, &was)));
    is_in = is_needed(comm, &was);
    join(comm, is_in, &some);
    status = is_in ? drain(&some, resume, &was, now, identity, handover_p)
                   : sidle_handover_take(NULL, handover_p);
    if (is_in)
        SIDLE_MPI(MPI_Comm_free(&some.comm));
    return tell_all(comm, status, now->options.run.patience);
}
