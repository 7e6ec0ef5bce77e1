/* resume_learn.c - what a checkpoint tells of its run, beside its state. */
#include "run/resume.h"

#include "run/save.h"

#include <string.h>

/* A number of an item that the run has come to. */
static sidle_status check_item(sidle_ckpt *ckpt, const char *set, int at,
                               int64_t item)
{
    int64_t step = sidle_ckpt_get_info(ckpt)->step;

    if (item >= 0 && item <= step)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EDATA,
                      "the checkpoint is inconsistent: '%s'[%d] is %lld, "
                      "expected 0 to %lld",
                      set, at, (long long)item, (long long)step);
}

/* Files of older programs have no such number: their runs began with item 1. */
static sidle_status read_plan_start(sidle_ckpt *ckpt, int64_t *start_p)
{
    const sidle_array expected = {
        .path = SIDLE_PLAN_START, .type = SIDLE_I64, .n_dims = 1, .dims = {1}};
    int n;
    const sidle_array *arrays = sidle_ckpt_list(ckpt, &n);

    *start_p = 0;
    for (int i = 0; i < n; i++)
        if (strcmp(arrays[i].path, SIDLE_PLAN_START) == 0)
            SIDLE_TRY(sidle_ckpt_read(ckpt, &expected, start_p));
    return check_item(ckpt, SIDLE_PLAN_START, 0, *start_p);
}

static sidle_status read_seconds(const sidle_ckpt *ckpt, double *seconds_p)
{
    int64_t milliseconds = sidle_ckpt_get_info(ckpt)->milliseconds;

    *seconds_p = 1e-3 * (double)milliseconds;
    return milliseconds >= 0
               ? SIDLE_OK
               : sidle_fail(SIDLE_EDATA,
                            "the checkpoint is inconsistent: attribute "
                            "'milliseconds' is %lld, expected 0 or more",
                            (long long)milliseconds);
}

static sidle_status read_changed(sidle_ckpt *ckpt, int64_t changed[2])
{
    SIDLE_TRY(sidle_read_changed(ckpt, changed));
    SIDLE_TRY(check_item(ckpt, SIDLE_DATA_CHANGED, 0, changed[0]));
    return check_item(ckpt, SIDLE_DATA_CHANGED, 1, changed[1]);
}

sidle_status sidle_resume_learn(sidle_resume *resume)
{
    SIDLE_TRY(read_plan_start(resume->ckpt, &resume->plan_start));
    SIDLE_TRY(read_changed(resume->ckpt, resume->data_changed));
    SIDLE_TRY(read_seconds(resume->ckpt, &resume->seconds));
    return sidle_best_read(resume->ckpt, resume->step, &resume->best);
}
