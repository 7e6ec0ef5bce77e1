/* best_file.c - best.h5 from a file that is there, or as it was. */
#include "run/best_file.h"

#include "base/log.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define BEST "best.h5"

/* The step that best.h5 holds, -1: there is none to be read. */
static int64_t find_step(const sidle_dir *folder)
{
    char path[PATH_MAX];
    sidle_ckpt *ckpt = NULL;
    int64_t step;

    if (!sidle_dir_has(folder, BEST) ||
        snprintf(path, sizeof(path), "%s/" BEST, folder->path) >= PATH_MAX ||
        /* Its step alone is asked for: checksums of arrays would cost a
         * read. */
        sidle_ckpt_open_as(path, SIDLE_CKPT_TRUST, &ckpt) != SIDLE_OK)
        return -1;
    step = sidle_ckpt_get_info(ckpt)->step;
    sidle_ckpt_close(ckpt);
    return step;
}

/* What a start begins with is a file of its step, wherever it is. */
static void offer_start(sidle_best_file *file, const sidle_resume *resume)
{
    sidle_best_file_offer(file, resume->step, resume->path);
    file->is_path = 1;
}

void sidle_best_file_begin(sidle_best_file *file, sidle_dir *folder,
                           const sidle_resume *resume, int64_t boundary,
                           int is_boundary_next)
{
    const sidle_best *best = &resume->best;
    int is_ours = best->item > 0 && find_step(folder) == boundary;

    *file = (sidle_best_file){.folder = folder,
                              .loss = is_ours ? best->loss : INFINITY,
                              .item = -1,
                              .is_branch = resume->is_branch && !is_ours};
    if (resume->start != SIDLE_START_RESUME)
        return;
    if (best->item > 0 && boundary == resume->step && !is_ours) {
        offer_start(file, resume);
        sidle_best_file_take(file, resume->step, best->loss);
    }
    /* Its evaluation is repeated, its boundary is not. */
    if (is_boundary_next)
        offer_start(file, resume);
}

void sidle_best_file_offer(sidle_best_file *file, int64_t item,
                           const char *name)
{
    file->item = item;
    file->is_path = 0;
    snprintf(file->name, sizeof(file->name), "%s", name);
}

static int is_next(const sidle_best_file *file)
{
    return strcmp(file->name, SIDLE_CKPT_NEXT_BEST) == 0;
}

static sidle_status put(sidle_best_file *file)
{
    const sidle_dir *folder = file->folder;

    if (file->is_branch)
        SIDLE_TRY(sidle_ckpt_leave_best(folder));
    file->is_branch = 0;
    if (!is_next(file))
        return sidle_ckpt_link(folder, file->name, file->is_path, BEST);
    SIDLE_TRY(sidle_dir_rename(folder, SIDLE_CKPT_NEXT_BEST, BEST));
    return sidle_dir_synchronize(folder);
}

void sidle_best_file_take(sidle_best_file *file, int64_t item, double loss)
{
    sidle_status status = SIDLE_OK;

    if (file->folder == NULL || file->item != item)
        return;
    if (isfinite(loss) && loss < file->loss) {
        status = put(file);
        if (status == SIDLE_OK)
            file->loss = loss;
        if (status == SIDLE_OK)
            sidle_note("%s/" BEST " is the run at step %lld, valid loss %.4f",
                       file->folder->path, (long long)item, loss);
    } else if (is_next(file)) {
        status = sidle_dir_remove(file->folder, SIDLE_CKPT_NEXT_BEST);
    }
    if (status != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
    file->item = -1;
}
