/* verify.c - all of a checkpoint held against its checksums. */
#include "io/ckpt/inside.h"

#include <stdlib.h>

sidle_status sidle_ckpt_check(const sidle_ckpt *ckpt, const char *path)
{
    const sidle_entry *e = sidle_findings_find(&ckpt->found, path);

    if (e == NULL || sidle_entry_is_integrity(e))
        return sidle_fail(SIDLE_EIO, "'%s': '%s' is missing", ckpt->path, path);
    if (sidle_ckpt_check_entry(ckpt, e) != SIDLE_OK)
        return sidle_fail_in(SIDLE_EIO, "'%s'", ckpt->path);
    return SIDLE_OK;
}

static sidle_status check_all(const sidle_ckpt *ckpt, int64_t *bytes_p)
{
    *bytes_p = 0;
    for (size_t i = 0; i < ckpt->found.n; i++) {
        const sidle_entry *e = &ckpt->found.all[i];

        if (sidle_entry_is_integrity(e))
            continue;
        if (sidle_ckpt_check_entry(ckpt, e) != SIDLE_OK)
            return sidle_fail_in(SIDLE_EIO, "'%s'", ckpt->path);
        *bytes_p += e->bytes;
    }
    return SIDLE_OK;
}

sidle_status sidle_ckpt_open_verified(const char *path, sidle_ckpt **ckpt_p)
{
    sidle_ckpt *ckpt = NULL;
    int64_t bytes;
    sidle_status status = sidle_ckpt_open(path, &ckpt);

    if (status == SIDLE_OK)
        status = check_all(ckpt, &bytes);
    if (status == SIDLE_OK)
        *ckpt_p = ckpt;
    else
        sidle_ckpt_close(ckpt);
    return status;
}

sidle_status sidle_ckpt_verify(const char *path, int *n_arrays_p,
                               int64_t *bytes_p)
{
    sidle_ckpt *ckpt = NULL;
    int64_t bytes = 0;
    sidle_status status = sidle_ckpt_open(path, &ckpt);

    if (status == SIDLE_OK)
        status = check_all(ckpt, &bytes);
    if (status == SIDLE_OK && n_arrays_p != NULL)
        *n_arrays_p = ckpt->n_arrays;
    if (status == SIDLE_OK && bytes_p != NULL)
        *bytes_p = bytes;
    sidle_ckpt_close(ckpt);
    return status;
}

/* Nobody knows whether a file is damaged whose bytes do not come. */
static int can_be_read(const sidle_ckpt *ckpt)
{
    sidle_digest any;

    if (ckpt->fd < 0)
        return 0;
    if (sidle_digest_range(ckpt->fd, 0, ckpt->found.limit, &any) == SIDLE_OK)
        return 1;
    sidle_fail_in(SIDLE_EIO, "'%s'", ckpt->path);
    return 0;
}

static sidle_status judge_once(const char *path, sidle_ckpt **ckpt_p,
                               int *is_damaged_p)
{
    sidle_ckpt *ckpt = sidle_ckpt_new();
    int64_t bytes;
    sidle_status status;

    status = sidle_ckpt_open_bytes(path, ckpt);
    if (status == SIDLE_OK)
        status = sidle_ckpt_look_into(SIDLE_CKPT_WHOLE, ckpt);
    if (status != SIDLE_OK)
        sidle_fail_in(status, "'%s'", path);
    else
        status = check_all(ckpt, &bytes);
    *is_damaged_p =
        status != SIDLE_OK && !ckpt->found.is_unseen && can_be_read(ckpt);
    if (status != SIDLE_OK && !*is_damaged_p)
        status = SIDLE_EIO;
    if (status == SIDLE_OK)
        *ckpt_p = ckpt;
    else
        sidle_ckpt_close(ckpt);
    return status;
}

sidle_status sidle_ckpt_judge(const char *path, sidle_ckpt **ckpt_p,
                              int *is_damaged_p)
{
    sidle_status status = judge_once(path, ckpt_p, is_damaged_p);

    /* A read may have failed that would not now. */
    if (*is_damaged_p)
        status = judge_once(path, ckpt_p, is_damaged_p);
    return status;
}
