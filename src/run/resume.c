/* resume.c - from which checkpoint a run goes on. */
#include "run/resume.h"

#include "base/log.h"
#include "base/text.h"
#include "io/ckpt.h"
#include "run/load.h"
#include "run/resume_search.h"
#include "run/save.h"
#include "run/which.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Whether run.early_stop ended the run there, and is what it was. */
static int is_over(const sidle_resume *resume, int64_t early_stop)
{
    sidle_options *was = malloc(sizeof(*was));
    int answer;

    SIDLE_CHECK(was != NULL, "no memory for options");
    answer = resume->best.is_over &&
             sidle_load_options_of(resume->ckpt, NULL, 0, was) == SIDLE_OK &&
             was->run.early_stop == early_stop;
    free(was);
    return answer;
}

/* The file that is gone on from, and what it tells of its run. */
static sidle_status hold(sidle_resume *resume, sidle_ckpt *ckpt)
{
    sidle_ckpt_close(resume->ckpt);
    resume->ckpt = ckpt;
    snprintf(resume->path, sizeof(resume->path), "%s", sidle_ckpt_path(ckpt));
    return sidle_resume_learn(resume);
}

static sidle_status check_step(const char *path, int64_t step, int64_t steps)
{
    if (step < 0)
        return sidle_fail(SIDLE_EDATA,
                          "\"%s\" has step %lld, expected 0 or more", path,
                          (long long)step);
    if (step > steps)
        return sidle_fail(
            SIDLE_EUSAGE,
            "\"%s\" holds the run after %lld item%s, but run.steps "
            "is %lld; raise run.steps or run.updates, or use another run.dir",
            path, (long long)step, sidle_plural(step), (long long)steps);
    return SIDLE_OK;
}

/* Of this start, as far as they tell whether the run has ended. */
typedef struct wishes {
    const sidle_settings *said;
    int64_t steps, early_stop;
} wishes;

static sidle_status learn_wishes(const sidle_ckpt *ckpt, wishes *w,
                                 sidle_ckpt_mode *mode_p)
{
    sidle_options *options = malloc(sizeof(*options));
    sidle_status status;

    SIDLE_CHECK(options != NULL, "no memory for options");
    status = sidle_resume_merge(ckpt, w->said, options);
    if (status == SIDLE_OK) {
        w->steps = options->run.steps;
        w->early_stop = options->run.early_stop;
        *mode_p = options->checkpoint.mode;
    }
    free(options);
    return status;
}

/* The resume owns the file from here on. */
static sidle_status take(sidle_resume *resume, sidle_ckpt *ckpt, wishes *w)
{
    int64_t step = sidle_ckpt_get_info(ckpt)->step;
    sidle_status status = learn_wishes(ckpt, w, &resume->mode);

    if (status == SIDLE_OK)
        status = check_step(sidle_ckpt_path(ckpt), step, w->steps);
    if (status != SIDLE_OK) {
        sidle_ckpt_close(ckpt);
        return status;
    }
    resume->start = SIDLE_START_RESUME;
    resume->step = step;
    SIDLE_TRY(hold(resume, ckpt));
    resume->is_over = step < w->steps && is_over(resume, w->early_stop);
    return SIDLE_OK;
}

/* Whether final.h5 of the last step is there and good. */
static sidle_status look_for_end(sidle_resume *resume, const char *checkpoints,
                                 int64_t steps)
{
    char path[2 * SIDLE_TEXT_MAX];
    struct stat there;
    sidle_ckpt *end;

    if (resume->step != steps && !resume->is_over)
        return SIDLE_OK;
    snprintf(path, sizeof(path), "%s/final.h5", checkpoints);
    if (stat(path, &there) != 0)
        return SIDLE_OK;
    if (sidle_ckpt_open_verified(path, &end) != SIDLE_OK) {
        sidle_warn("%s; it will be written again", sidle_fail_text());
        return SIDLE_OK;
    }
    if (sidle_ckpt_get_info(end)->step != resume->step) {
        sidle_ckpt_close(end);
        return SIDLE_OK;
    }
    resume->start = SIDLE_START_FINISHED;
    return hold(resume, end);
}

static sidle_status find_newest(const char *checkpoints, wishes *w,
                                sidle_resume *resume)
{
    sidle_ckpt *ckpt;

    SIDLE_TRY(sidle_search_newest(checkpoints, &ckpt));
    if (ckpt == NULL)
        return SIDLE_OK;
    SIDLE_TRY(take(resume, ckpt, w));
    return look_for_end(resume, checkpoints, w->steps);
}

/* A file that the user names may be older than others of the folder. */
static sidle_status warn_of_newer(const char *checkpoints, sidle_resume *resume)
{
    sidle_ckpt_name *all = NULL;
    int n = 0;

    SIDLE_TRY(sidle_ckpt_newest(checkpoints, &all, &n));
    resume->is_branch = n > 0 && all[0].step > resume->step;
    if (resume->is_branch)
        sidle_warn("\"%s\" also holds %s, which is newer: at the first "
                   "checkpoint of this start such files are renamed to "
                   "left-*.h5, so that the run continues from step %lld, not "
                   "from them",
                   checkpoints, all[0].name, (long long)resume->step);
    free(all);
    return SIDLE_OK;
}

static sidle_status find(const char *mode, const char *checkpoints,
                         const sidle_settings *said, sidle_resume *resume)
{
    wishes w = {.said = said};
    sidle_ckpt_name *all = NULL;
    sidle_ckpt *ckpt;
    int n = 0;

    if (strcmp(mode, "auto") == 0)
        return find_newest(checkpoints, &w, resume);
    if (strcmp(mode, "never") != 0) {
        SIDLE_TRY(sidle_ckpt_open_verified(mode, &ckpt));
        SIDLE_TRY(take(resume, ckpt, &w));
        return warn_of_newer(checkpoints, resume);
    }
    SIDLE_TRY(sidle_ckpt_newest(checkpoints, &all, &n));
    free(all);
    if (n > 0)
        return sidle_fail(SIDLE_EUSAGE,
                          "--resume never, but \"%s\" has %d checkpoint%s; use "
                          "another run.dir or --resume auto",
                          checkpoints, n, sidle_plural(n));
    return SIDLE_OK;
}

/* Others wait while rank 0 reads through files. */
static void be_patient(const sidle_comm *comm, const char *mode,
                       const char *checkpoints)
{
    double bytes = 0.0;

    if (comm->rank == 0)
        bytes = sidle_file_bytes(mode) + sidle_search_bytes(checkpoints);
    SIDLE_MPI(MPI_Bcast(&bytes, 1, MPI_DOUBLE, 0, comm->comm));
    /* Twice to judge a file that is not good, once to load it. */
    sidle_patience_add(3.0 * bytes);
}

static int is_a_path(const char *mode)
{
    return strcmp(mode, "auto") != 0 && strcmp(mode, "never") != 0;
}

/* What rank 0 found, to all. */
static sidle_status share(const sidle_comm *comm, sidle_resume *resume)
{
    sidle_ckpt *ckpt = resume->ckpt;

    SIDLE_MPI(MPI_Bcast(resume, sizeof(*resume), MPI_BYTE, 0, comm->comm));
    /* Rank 0's pointer means nothing on the others. */
    resume->ckpt = ckpt;
    if (resume->start == SIDLE_START_FRESH)
        return SIDLE_OK;
    return sidle_ckpt_share(comm, resume->mode, &resume->ckpt);
}

sidle_status sidle_resume_find(const sidle_comm *comm, const char *mode,
                               const char *checkpoints,
                               const sidle_settings *said, sidle_resume *resume)
{
    char file[PATH_MAX];
    sidle_status status = SIDLE_OK;

    memset(resume, 0, sizeof(*resume));
    if (comm->rank == 0 && is_a_path(mode)) {
        status = sidle_which_checkpoint(mode, SIDLE_WHICH_RESUME, file);
        mode = status == SIDLE_OK ? file : mode;
    }
    be_patient(comm, mode, checkpoints);
    if (comm->rank == 0 && status == SIDLE_OK)
        status = find(mode, checkpoints, said, resume);
    SIDLE_TRY(sidle_agree(comm, status));
    return share(comm, resume);
}

void sidle_resume_done(sidle_resume *resume)
{
    free(resume->changes);
    resume->changes = NULL;
    sidle_ckpt_close(resume->ckpt);
    resume->ckpt = NULL;
}
