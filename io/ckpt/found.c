/* found.c - what a scan found in a checkpoint, each finding doubted. */
#include "io/ckpt/found.h"

#include "base/log.h"
#include "base/utf8.h"
#include "io/ckpt/format.h"
#include "io/fence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of a file that a data set takes at least. */
enum { TABLES_LEAST = 64 };

/* Of a scan; a checkpoint of 5,000 arrays takes a hundredth of each. */
static const sidle_fence_limits limits = {
    .bytes = 128 << 20, .seconds = 10, .silence_seconds = 60};

void sidle_findings_done(sidle_findings *findings)
{
    for (int i = 0; i < findings->n_faults; i++)
        free(findings->faults[i]);
    free(findings->faults);
    free(findings->all);
    *findings = (sidle_findings){0};
}

void sidle_findings_fault(sidle_findings *f)
{
    size_t n = (size_t)f->n_faults;

    if (n >= SIDLE_FAULTS_MAX)
        return;
    f->faults = realloc(f->faults, (n + 1) * sizeof(*f->faults));
    SIDLE_CHECK(f->faults != NULL, "out of memory");
    f->faults[n] = strdup(sidle_fail_text());
    SIDLE_CHECK(f->faults[n] != NULL, "out of memory");
    sidle_make_text(f->faults[n]);
    f->n_faults++;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const sidle_entry *)a)->array.path,
                  ((const sidle_entry *)b)->array.path);
}

sidle_entry *sidle_findings_find(const sidle_findings *f, const char *path)
{
    sidle_entry key = {0};

    if (strlen(path) >= sizeof(key.array.path) || f->n == 0)
        return NULL;
    memcpy(key.array.path, path, strlen(path));
    return bsearch(&key, f->all, f->n, sizeof(key), by_path);
}

/* ---- one finding */

static int has_end(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

static int is_known_type(const sidle_entry *e)
{
    /* As an int: texts have no sidle_dtype, and a child may have sent
     * anything. */
    switch ((int)e->array.type) {
    case SIDLE_F32:
    case SIDLE_I32:
        return e->element == 4;
    case SIDLE_F64:
    case SIDLE_I64:
        return e->element == 8;
    case SIDLE_TEXT:
        return e->element >= 1;
    default:
        return 0;
    }
}

/* Shape, size and place fit together and into the file. */
static int is_sound(const sidle_entry *e, int64_t limit)
{
    int64_t bytes = e->element;

    if (!has_end(e->array.path, sizeof(e->array.path)) ||
        e->array.path[0] != '/' || !is_known_type(e) || bytes > limit ||
        e->array.n_dims < 0 || e->array.n_dims > 4)
        return 0;
    for (int i = 0; i < e->array.n_dims; i++) {
        int64_t dim = e->array.dims[i];

        /* By division: a product of doubted numbers might overflow. */
        if (dim < 0 || (dim > 0 && bytes > limit / dim))
            return 0;
        bytes *= dim;
    }
    return bytes == e->bytes && e->offset >= 0 && e->offset <= limit - bytes;
}

static sidle_status take_set(sidle_findings *f, const void *data, size_t n)
{
    sidle_entry e;

    if (n != sizeof(e))
        return sidle_fail(SIDLE_EDATA, "a finding of %zu bytes", n);
    memcpy(&e, data, n);
    /* A child gone wrong must not fill this process's memory. */
    if (!is_sound(&e, f->limit) || f->n > (size_t)(f->limit / TABLES_LEAST))
        return sidle_fail(SIDLE_EDATA,
                          "data sets that the file's %lld bytes cannot hold",
                          (long long)f->limit);
    /* Pointers of another process mean nothing here. */
    e.array.data = NULL;
    e.array.words = NULL;
    e.is_listed = 0;
    e.digest = (sidle_digest){""};
    if (f->n == f->reserved) {
        f->reserved = f->reserved > 0 ? 2 * f->reserved : 64;
        f->all = realloc(f->all, f->reserved * sizeof(*f->all));
        SIDLE_CHECK(f->all != NULL, "out of memory");
    }
    f->all[f->n++] = e;
    return SIDLE_OK;
}

static sidle_status take_root(sidle_findings *f, const void *data, size_t n)
{
    sidle_root root;
    const sidle_ckpt_info *info = &root.info;

    if (n != sizeof(root))
        return sidle_fail(SIDLE_EDATA, "a finding of %zu bytes", n);
    memcpy(&root, data, n);
    if (!has_end(info->created, sizeof(info->created)) ||
        !has_end(info->program_version, sizeof(info->program_version)) ||
        !has_end(info->commit, sizeof(info->commit)) ||
        !has_end(root.digest.hex, sizeof(root.digest.hex)))
        return sidle_fail(SIDLE_EDATA, "attributes without an end");
    f->root = root;
    return SIDLE_OK;
}

static sidle_status take_fault(sidle_findings *f, const char *text, size_t n)
{
    if (f->n_faults >= SIDLE_FAULTS_MAX)
        return sidle_fail(SIDLE_EDATA, "more than %d faults", SIDLE_FAULTS_MAX);
    sidle_fail(SIDLE_EIO, "%.*s", (int)(n < 2000 ? n : 2000), text);
    sidle_findings_fault(f);
    return SIDLE_OK;
}

static sidle_status take(void *context, int found, const void *data, size_t n)
{
    sidle_findings *f = context;

    switch (found) {
    case SIDLE_FOUND_ROOT:
        return take_root(f, data, n);
    case SIDLE_FOUND_SET:
        return take_set(f, data, n);
    case SIDLE_FOUND_FAULT:
        return take_fault(f, data, n);
    default:
        return sidle_fail(SIDLE_EDATA, "a finding of kind %d", found);
    }
}

/* ---- behind the fence */

typedef struct task {
    int fd;
    int64_t limit;
    int out;
} task;

static sidle_status say(void *context, int found, const void *data, size_t n)
{
    return sidle_fence_say(((const task *)context)->out, found, data, n);
}

static sidle_status scan_and_say(int out, void *context)
{
    task *t = context;

    t->out = out;
    return sidle_ckpt_scan(t->fd, t->limit, say, t);
}

/* What a finding is at most, and one of a child gone wrong is no longer. */
typedef union finding {
    sidle_root root;
    sidle_entry set;
    char text[2048];
} finding;

static sidle_status hear_all(sidle_fence *fence, sidle_findings *f)
{
    finding found;
    size_t n;
    int kind;

    for (;;) {
        SIDLE_TRY(sidle_fence_hear(fence, &kind, &found, sizeof(found), &n));
        if (kind == 0)
            return SIDLE_OK;
        SIDLE_TRY(take(f, kind, &found, n));
    }
}

static sidle_status scan_once(int fd, sidle_findings *f)
{
    task t = {.fd = fd, .limit = f->limit};
    sidle_fence fence;
    sidle_status status = sidle_fence_begin(&limits, scan_and_say, &t, &fence);

    /* A machine that has no room for one more process still has the file. */
    if (status != SIDLE_OK) {
        sidle_warn("%s: HDF5 reads a checkpoint in this one, and takes it "
                   "along if the file is damaged",
                   sidle_fail_text());
        return sidle_ckpt_scan(fd, f->limit, take, f);
    }
    status = hear_all(&fence, f);
    f->is_unseen = fence.is_from_outside;
    sidle_fence_end(&fence);
    return status;
}

/* A scan that was ended from outside has found nothing to go by. */
static sidle_status scan_fenced(int fd, sidle_findings *f)
{
    const sidle_findings none = {.limit = f->limit};
    sidle_status status = scan_once(fd, f);

    if (!f->is_unseen)
        return status;
    sidle_warn("a checkpoint %s; this is tried once more", sidle_fail_text());
    sidle_findings_done(f);
    *f = none;
    return scan_once(fd, f);
}

/* ---- all together */

static int by_offset(const void *a, const void *b)
{
    const sidle_entry *x = *(const sidle_entry *const *)a;
    const sidle_entry *y = *(const sidle_entry *const *)b;

    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* A byte belongs to one data set: to read them all takes no longer than to
 * read the file. */
static void check_places(sidle_findings *f)
{
    const sidle_entry **in_order = malloc((f->n + 1) * sizeof(*in_order));
    int64_t end = 0;
    size_t n = 0;

    SIDLE_CHECK(in_order != NULL, "out of memory");
    for (size_t i = 0; i < f->n; i++)
        if (f->all[i].bytes > 0)
            in_order[n++] = &f->all[i];
    if (n > 0)
        qsort(in_order, n, sizeof(*in_order), by_offset);
    for (size_t i = 0; i < n && f->n_faults < SIDLE_FAULTS_MAX; i++) {
        if (in_order[i]->offset < end) {
            sidle_fail(SIDLE_EIO, "'%s' lies on bytes of another data set",
                       in_order[i]->array.path);
            sidle_findings_fault(f);
        }
        if (end < in_order[i]->offset + in_order[i]->bytes)
            end = in_order[i]->offset + in_order[i]->bytes;
    }
    free(in_order);
}

static void sort(sidle_findings *f)
{
    size_t kept = 0;

    if (f->n == 0)
        return;
    qsort(f->all, f->n, sizeof(*f->all), by_path);
    for (size_t i = 0; i < f->n; i++) {
        if (kept > 0 && by_path(&f->all[kept - 1], &f->all[i]) == 0) {
            sidle_fail(SIDLE_EIO, "'%s' is there twice", f->all[i].array.path);
            sidle_findings_fault(f);
        } else {
            f->all[kept++] = f->all[i];
        }
    }
    f->n = kept;
}

sidle_status sidle_findings_gather(int fd, int is_own, sidle_findings *f)
{
    sidle_status status =
        is_own ? sidle_ckpt_scan(fd, f->limit, take, f) : scan_fenced(fd, f);

    sort(f);
    check_places(f);
    return status;
}
