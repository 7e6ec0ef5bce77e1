/* resume_search.c - the newest good step file of a folder of checkpoints. */
#include "run/resume_search.h"

#include "base/log.h"
#include "base/text.h"
#include "run/option_values.h"
#include "run/save.h"

#include <stdio.h>
#include <stdlib.h>

/* It may be good: what an older one would do again, it has done. */
static sidle_status fail_unseen(const char *path)
{
    return sidle_fail(SIDLE_EIO,
                      "%s; it is unknown whether \"%s\" is good: start again "
                      "when it can be read, or move it away to continue from "
                      "an older one",
                      sidle_fail_text(), path);
}

/* Whether a file that verifies is of the step that its name says. */
static int is_named_rightly(const sidle_ckpt *ckpt, int64_t step)
{
    int64_t found = sidle_ckpt_get_info(ckpt)->step;

    if (found == step)
        return 1;
    sidle_warn("rejected: \"%s\" holds step %lld: it is a copy or was "
               "renamed; restore its name, or remove it",
               sidle_ckpt_path(ckpt), (long long)found);
    return 0;
}

/* The first good one of `n`, newest first; *ckpt_p stays NULL if there is none.
 */
static sidle_status find_good(const char *checkpoints,
                              const sidle_ckpt_name *all, int n,
                              sidle_ckpt **ckpt_p)
{
    for (int i = 0; i < n; i++) {
        char path[2 * SIDLE_TEXT_MAX];
        sidle_ckpt *ckpt;
        int is_damaged;

        snprintf(path, sizeof(path), "%s/%s", checkpoints, all[i].name);
        if (sidle_ckpt_judge(path, &ckpt, &is_damaged) == SIDLE_OK) {
            if (is_named_rightly(ckpt, all[i].step)) {
                *ckpt_p = ckpt;
                return SIDLE_OK;
            }
            sidle_ckpt_close(ckpt);
        } else if (is_damaged) {
            sidle_warn("rejected: %s", sidle_fail_text());
        } else {
            return fail_unseen(path);
        }
    }
    return SIDLE_OK;
}

static sidle_status fail_none(const char *checkpoints, int n)
{
    return sidle_fail(SIDLE_EIO,
                      "%s%d checkpoint%s in \"%s\" %s; move %s away to "
                      "start again",
                      n == 1 ? "the " : "none of the ", n, sidle_plural(n),
                      checkpoints, n == 1 ? "does not verify" : "verifies",
                      n == 1 ? "it" : "them");
}

sidle_status sidle_search_newest(const char *checkpoints, sidle_ckpt **ckpt_p)
{
    sidle_ckpt_name *all = NULL;
    sidle_ckpt *ckpt = NULL;
    sidle_status status;
    int n = 0;

    SIDLE_TRY(sidle_ckpt_newest(checkpoints, &all, &n));
    status = find_good(checkpoints, all, n, &ckpt);
    free(all);
    SIDLE_TRY(status);
    if (ckpt == NULL && n > 0)
        return fail_none(checkpoints, n);
    *ckpt_p = ckpt;
    return SIDLE_OK;
}

double sidle_search_bytes(const char *checkpoints)
{
    char path[2 * SIDLE_TEXT_MAX];
    sidle_ckpt_name *all = NULL;
    double bytes = 0.0;
    int n = 0;

    if (sidle_ckpt_newest(checkpoints, &all, &n) != SIDLE_OK)
        n = 0; /* who searches will say so */
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof(path), "%s/%s", checkpoints, all[i].name);
        bytes += sidle_file_bytes(path);
    }
    free(all);
    snprintf(path, sizeof(path), "%s/final.h5", checkpoints);
    return bytes + sidle_file_bytes(path);
}
