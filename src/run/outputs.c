/* outputs.c - what rank 0 writes of a run, and the folder of checkpoints. */
#include "run/outputs.h"

#include "run/loss_words.h"

#include "base/log.h"
#include "io/ckpt.h"

#include <stdio.h>
#include <stdlib.h>

sidle_status sidle_outputs_open(sidle_run *run)
{
    if (run->comm.rank != 0 || run->start.is_dry)
        return SIDLE_OK;
    SIDLE_TRY(sidle_runfolder_open(run->options.run.dir, &run->folder));
    sidle_log_set_file(sidle_runfolder_log(run->folder));
    return sidle_ckpt_sweep(sidle_runfolder_checkpoints(run->folder));
}

/* Every rank holds it from the start to the end. */
void sidle_outputs_hold(sidle_run *run)
{
    char path[2 * SIDLE_TEXT_MAX];

    if (run->folder != NULL) {
        run->checkpoints =
            sidle_dir_open_in(sidle_runfolder_at(run->folder), "checkpoints");
        return;
    }
    snprintf(path, sizeof(path), "%s/checkpoints", run->options.run.dir);
    run->checkpoints = sidle_dir_open(path);
}

static sidle_status open_tensorboard(sidle_run *run, const char *yaml)
{
    int64_t step = run->resume.step;

    if (!run->options.log.tensorboard)
        return SIDLE_OK;
    SIDLE_TRY(sidle_tensorboard_open(sidle_runfolder_at(run->folder), step,
                                     run->resume.has_reported,
                                     &run->tensorboard));
    if (sidle_tensorboard_text(run->tensorboard, step, "config", yaml) !=
        SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
    return SIDLE_OK;
}

static sidle_status open_files(sidle_run *run, const char *yaml)
{
    const sidle_dir *folder = sidle_runfolder_at(run->folder);
    sidle_status status;

    SIDLE_TRY(sidle_runfolder_write_config(run->folder, yaml));
    /* The log is replaced: no line may go to the old file meanwhile. */
    sidle_log_set_file(NULL);
    status = sidle_runfolder_trim_log(run->folder, run->resume.step,
                                      run->resume.has_reported);
    sidle_log_set_file(sidle_runfolder_log(run->folder));
    SIDLE_TRY(status);
    SIDLE_TRY(sidle_metrics_open(
        folder, run->resume.step, run->resume.has_reported,
        sidle_loss_kind_of(run->setup.model)->unit, &run->metrics));
    if (run->options.log.staleness > 0)
        SIDLE_TRY(sidle_staleness_file_open(folder, run->resume.step,
                                            &run->staleness));
    return open_tensorboard(run, yaml);
}

sidle_status sidle_outputs_begin(sidle_run *run)
{
    char *yaml = NULL;
    sidle_status status;

    if (run->comm.rank != 0)
        return SIDLE_OK;
    SIDLE_TRY(sidle_options_dump(&run->setup.options, &yaml));
    status = open_files(run, yaml);
    free(yaml);
    return status;
}

void sidle_outputs_close(sidle_run *run)
{
    sidle_tensorboard_close(run->tensorboard);
    sidle_metrics_close(run->metrics);
    sidle_staleness_file_close(run->staleness);
    sidle_clip_tally_free(run->tally);
    sidle_log_set_file(NULL);
    sidle_dir_close(run->checkpoints);
    if (run->has_begun)
        sidle_runfolder_close(run->folder);
    else
        sidle_runfolder_discard(run->folder);
}
