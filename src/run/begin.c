/* begin.c - the runner of a run, put where the run begins. */
#include "run/begin.h"

#include "base/log.h"
#include "run/drain.h"
#include "run/training.h"
#include "run/which.h"

/* Other blocks or another schedule: only what a drained run leaves counts. */
static sidle_status take_over(sidle_run *run)
{
    sidle_resume *resume = &run->resume;
    sidle_handover *left = NULL;
    sidle_status status;

    status = sidle_drain(&run->comm, resume, &run->setup, run->identity, &left);
    /* The new plan begins where the old one is drained. */
    run->setup.plan.start = resume->step;
    if (status == SIDLE_OK)
        status = sidle_training_open(run);
    if (status == SIDLE_OK)
        status = sidle_handover_give(left, run->runner, resume->is_new_rule);
    sidle_handover_free(left);
    return status;
}

/* The others wait while rank 0 reads for them. */
static void be_patient(const sidle_comm *comm, const char *path)
{
    double bytes = sidle_file_bytes(path);

    SIDLE_MPI(MPI_Bcast(&bytes, 1, MPI_DOUBLE, 0, comm->comm));
    sidle_patience_add(bytes);
}

static sidle_status begin_with(sidle_run *run, const char *init)
{
    char path[PATH_MAX] = "";
    sidle_ckpt *ckpt = NULL;
    sidle_status status = SIDLE_OK;

    if (run->comm.rank == 0)
        status = sidle_which_checkpoint(init, SIDLE_WHICH_END, path);
    if (run->comm.rank == 0 && status == SIDLE_OK) {
        sidle_info("starting with the parameters of %s", path);
        status = sidle_ckpt_open(path, &ckpt);
    }
    SIDLE_TRY(sidle_agree(&run->comm, status));
    be_patient(&run->comm, path);
    status = sidle_ckpt_share(&run->comm, run->options.checkpoint.mode, &ckpt);
    if (status == SIDLE_OK)
        status = sidle_load_run(&run->comm, run->runner, run->identity, ckpt,
                                SIDLE_LOAD_MODEL);
    sidle_ckpt_close(ckpt);
    return status;
}

static sidle_status load_start(sidle_run *run)
{
    const char *init = run->start.init;
    sidle_resume *resume = &run->resume;

    if (resume->start == SIDLE_START_RESUME && resume->is_drained)
        return take_over(run);
    run->setup.plan.start = resume->plan_start;
    SIDLE_TRY(sidle_training_open(run));
    if (resume->start != SIDLE_START_RESUME)
        return init != NULL ? begin_with(run, init) : SIDLE_OK;
    SIDLE_TRY(sidle_load_run(
        &run->comm, run->runner, run->identity, resume->ckpt,
        resume->is_new_rule ? SIDLE_LOAD_NEW_RULE : SIDLE_LOAD_ALL));
    sidle_resume_tell(resume);
    if (run->comm.rank == 0)
        sidle_info("resuming from %s, step %lld%s", resume->path,
                   (long long)resume->step,
                   init != NULL ? "; --init has no effect" : "");
    return SIDLE_OK;
}

/* The run continues, but not all of it has seen the same content. */
static void warn_of_changed_data(const sidle_run *run)
{
    static const char *const keys[2] = {"data.path", "data.valid_path"};

    for (int i = 0; i < 2 && run->comm.rank == 0; i++)
        if (run->resume.data_changed[i] > 0)
            sidle_warn("the file of %s was changed during this run, as was "
                       "found after item %lld: the %s before that item used "
                       "other content",
                       keys[i], (long long)run->resume.data_changed[i],
                       i == 0 ? "training" : "evaluations");
}

sidle_status sidle_begin(sidle_run *run)
{
    SIDLE_TRY(load_start(run));
    /* The file is read: one that is pruned from here on frees its space. */
    sidle_resume_done(&run->resume);
    warn_of_changed_data(run);
    return SIDLE_OK;
}
