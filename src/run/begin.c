/* begin.c - the runner of a run, put where the run begins. */
#include "run/begin.h"

#include "base/log.h"
#include "run/drain.h"
#include "run/training.h"
#include "run/which.h"

#include <string.h>

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

static int has_param(const sidle_model *model, const char *name)
{
    for (int l = 0; l < model->n_layers; l++)
        for (int p = 0; p < model->layers[l].n_params; p++)
            if (strcmp(model->layers[l].params[p].name, name) == 0)
                return 1;
    return 0;
}

/* Parameters that the file has too many would be left out without a word: it is
 * of another model. Those that it lacks are found as they are read. */
static sidle_status check_params(const sidle_model *model,
                                 const sidle_ckpt *ckpt)
{
    static const char group[] = "/model/";
    size_t length = sizeof(group) - 1;
    const sidle_array *arrays;
    int n;

    arrays = sidle_ckpt_list(ckpt, &n);
    for (int i = 0; i < n; i++)
        if (strncmp(arrays[i].path, group, length) == 0 &&
            !has_param(model, arrays[i].path + length))
            return sidle_fail(SIDLE_EUSAGE,
                              "--init: '%s' has the parameter %s, this model "
                              "has none of that name; set the keys of model "
                              "to those of the checkpoint (sidle inspect)",
                              sidle_ckpt_path(ckpt), arrays[i].path);
    return SIDLE_OK;
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
        if (status == SIDLE_OK)
            status = check_params(run->setup.model, ckpt);
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
