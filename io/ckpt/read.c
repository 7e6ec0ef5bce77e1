/* read.c - arrays of an open checkpoint, read as the caller expects them. */
#include "io/ckpt/format.h"
#include "io/ckpt/inside.h"

#include <stdio.h>
#include <string.h>

/* "float32 (259, 64)" */
static void tell_shape(const sidle_array *a, char *out, size_t size)
{
    int n = snprintf(out, size, "%s (", sidle_dtype_name(a->type));

    for (int i = 0; i < a->n_dims; i++)
        n += snprintf(out + n, size - (size_t)n, "%s%lld", i > 0 ? ", " : "",
                      (long long)a->dims[i]);
    snprintf(out + n, size - (size_t)n, ")");
}

static int is_same_shape(const sidle_array *a, const sidle_array *b)
{
    return a->type == b->type && a->n_dims == b->n_dims &&
           memcmp(a->dims, b->dims, (size_t)a->n_dims * sizeof(*a->dims)) == 0;
}

sidle_status sidle_ckpt_find_as(const sidle_ckpt *ckpt,
                                const sidle_array *expected,
                                const sidle_entry **e_p)
{
    const sidle_entry *e = sidle_findings_find(&ckpt->found, expected->path);
    char is[128] = "missing", wanted[128];

    if (e != NULL && sidle_entry_is_array(e) &&
        is_same_shape(&e->array, expected)) {
        *e_p = e;
        return SIDLE_OK;
    }
    if (e != NULL)
        tell_shape(&e->array, is, sizeof(is));
    tell_shape(expected, wanted, sizeof(wanted));
    return sidle_fail(SIDLE_EDATA, "'%s': '%s' is %s, expected %s", ckpt->path,
                      expected->path, is, wanted);
}

sidle_status sidle_ckpt_read(sidle_ckpt *ckpt, const sidle_array *expected,
                             void *out)
{
    const sidle_entry *e = NULL;

    SIDLE_TRY(sidle_ckpt_find_as(ckpt, expected, &e));
    if (sidle_ckpt_read_entry(ckpt, e, out) != SIDLE_OK)
        return sidle_fail_in(SIDLE_EIO, "'%s'", ckpt->path);
    return SIDLE_OK;
}
