/* folder.c - the names in a checkpoint folder: step-00000500.h5 and so
 * on, final.h5, latest.h5 (a relative link to a step), and .NAME.tmp while a
 * save is on its way. */
#include "io/ckpt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LATEST "latest.h5"
#define BEST "best.h5"
#define LATEST_TEMPORARY ".latest.h5.tmp"

static sidle_status folder_fail(const char *what, const sidle_dir *folder,
                                const char *name)
{
    return sidle_fail(SIDLE_EIO, "cannot %s '%s/%s': %s", what, folder->path,
                      name, strerror(errno));
}

/* A folder's stream, or NULL with the sentence kept. */
static DIR *open_folder(const sidle_dir *folder)
{
    int fd = -1;
    DIR *dir = NULL;

    if (sidle_dir_check(folder) != SIDLE_OK)
        return NULL;
    /* A descriptor of its own, because closedir() closes it. */
    fd = openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        dir = fdopendir(fd);
    if (dir == NULL)
        sidle_fail(SIDLE_EIO, "cannot read folder '%s': %s", folder->path,
                   strerror(errno));
    if (dir == NULL && fd >= 0)
        close(fd);
    return dir;
}

/* The step of "step-DDDDDDDD.h5" (eight digits, more beyond 99999999). */
static int parse_step(const char *name, int64_t *step_p)
{
    size_t digits;
    char *end;

    if (strncmp(name, "step-", 5) != 0)
        return 0;
    digits = strspn(name + 5, "0123456789");
    /* More would not fit; a zero in front of nine would be a second name. */
    if (digits < 8 || digits > 18 || (digits > 8 && name[5] == '0') ||
        strcmp(name + 5 + digits, ".h5") != 0)
        return 0;
    *step_p = strtoll(name + 5, &end, 10);
    return 1;
}

void sidle_ckpt_step_name(int64_t step, sidle_ckpt_name *name)
{
    name->step = step;
    snprintf(name->name, sizeof(name->name), "step-%08lld.h5", (long long)step);
}

static int newest_first(const void *a, const void *b)
{
    int64_t x = ((const sidle_ckpt_name *)a)->step;
    int64_t y = ((const sidle_ckpt_name *)b)->step;

    return (x < y) - (x > y);
}

/* Names that a callback takes, in the order of the folder. */
static sidle_ckpt_name *collect(DIR *dir, int *n_p)
{
    sidle_ckpt_name *names = NULL;
    const struct dirent *d;
    int n = 0, reserved = 0;
    int64_t step;

    while ((d = readdir(dir)) != NULL) {
        if (!parse_step(d->d_name, &step))
            continue;
        if (n == reserved) {
            reserved = reserved > 0 ? 2 * reserved : 16;
            names = realloc(names, (size_t)reserved * sizeof(*names));
            SIDLE_CHECK(names != NULL, "out of memory");
        }
        sidle_ckpt_step_name(step, &names[n++]);
    }
    *n_p = n;
    return names;
}

sidle_status sidle_ckpt_newest_in(const sidle_dir *folder,
                                  sidle_ckpt_name **names_p, int *n_p)
{
    sidle_ckpt_name *names;
    DIR *dir = open_folder(folder);
    int n;

    if (dir == NULL)
        return SIDLE_EIO;
    names = collect(dir, &n);
    closedir(dir);
    if (n > 0)
        qsort(names, (size_t)n, sizeof(*names), newest_first);
    *names_p = names;
    *n_p = n;
    return SIDLE_OK;
}

sidle_status sidle_ckpt_newest(const char *path, sidle_ckpt_name **names_p,
                               int *n_p)
{
    sidle_dir *folder = sidle_dir_open(path);
    sidle_status status = SIDLE_OK;

    *names_p = NULL;
    *n_p = 0;
    if (folder->error != ENOENT)
        status = sidle_ckpt_newest_in(folder, names_p, n_p);
    sidle_dir_close(folder);
    return status;
}

sidle_status sidle_ckpt_point_latest(const sidle_dir *folder, const char *name)
{
    sidle_status status = SIDLE_OK;

    SIDLE_TRY(sidle_dir_check(folder));
    unlinkat(folder->fd, LATEST_TEMPORARY, 0);
    /* symlink() replaces no name; rename() does so at once. */
    if (symlinkat(name, folder->fd, LATEST_TEMPORARY) != 0 ||
        renameat(folder->fd, LATEST_TEMPORARY, folder->fd, LATEST) != 0) {
        status = folder_fail("make", folder, LATEST);
        unlinkat(folder->fd, LATEST_TEMPORARY, 0);
    } else
        fsync(folder->fd);
    return status;
}

/* ".step-00000500.h5.tmp", ".final.h5.tmp" and so on; and what would have been
 * the best, whose evaluation is repeated. */
static int is_leftover(const char *name)
{
    char inner[64];
    size_t n = strlen(name);
    int64_t step;

    if (strcmp(name, SIDLE_CKPT_NEXT_BEST) == 0)
        return 1;
    if (n < 6 || n - 5 >= sizeof(inner) || name[0] != '.' ||
        strcmp(name + n - 4, ".tmp") != 0)
        return 0;
    memcpy(inner, name + 1, n - 5);
    inner[n - 5] = '\0';
    return strcmp(inner, "final.h5") == 0 || strcmp(inner, LATEST) == 0 ||
           strcmp(inner, BEST) == 0 ||
           strcmp(inner, SIDLE_CKPT_NEXT_BEST) == 0 || parse_step(inner, &step);
}

sidle_status sidle_ckpt_sweep(const sidle_dir *folder)
{
    DIR *dir = open_folder(folder);
    sidle_status status = SIDLE_OK;
    const struct dirent *d;

    if (dir == NULL)
        return SIDLE_EIO;
    while ((d = readdir(dir)) != NULL)
        if (is_leftover(d->d_name) && unlinkat(dirfd(dir), d->d_name, 0) != 0)
            status = folder_fail("remove", folder, d->d_name);
    closedir(dir);
    return status;
}

/* `name` -> left-STEM.h5, or left-STEM-2.h5 and so on. The folder is locked: no
 * other run takes a free name meanwhile. */
static sidle_status leave(const sidle_dir *folder, const char *name,
                          const char *stem)
{
    char to[64];

    snprintf(to, sizeof(to), "left-%s.h5", stem);
    for (int i = 2; sidle_dir_has(folder, to); i++)
        snprintf(to, sizeof(to), "left-%s-%d.h5", stem, i);
    return sidle_dir_rename(folder, name, to);
}

sidle_status sidle_ckpt_leave(const sidle_dir *folder, int64_t from, int64_t to,
                              int64_t spared)
{
    sidle_ckpt_name *names;
    sidle_status status = SIDLE_OK;
    int n;

    SIDLE_TRY(sidle_ckpt_newest_in(folder, &names, &n));
    for (int i = 0; i < n; i++) {
        char stem[32];

        if (names[i].step < from || names[i].step > to ||
            names[i].step == spared)
            continue;
        snprintf(stem, sizeof(stem), "%08lld", (long long)names[i].step);
        if (leave(folder, names[i].name, stem) != SIDLE_OK)
            status = SIDLE_EIO;
    }
    fsync(folder->fd);
    free(names);
    return status;
}

sidle_status sidle_ckpt_leave_best(const sidle_dir *folder)
{
    SIDLE_TRY(sidle_dir_check(folder));
    return sidle_dir_has(folder, BEST) ? leave(folder, BEST, "best") : SIDLE_OK;
}

sidle_status sidle_ckpt_leave_end(const sidle_dir *folder)
{
    SIDLE_TRY(sidle_dir_check(folder));
    return sidle_dir_has(folder, "final.h5")
               ? leave(folder, "final.h5", "final")
               : SIDLE_OK;
}

/* What latest.h5 points to; "" if it is no link. */
static void read_latest(const sidle_dir *folder, char *out, size_t size)
{
    ssize_t n = readlinkat(folder->fd, LATEST, out, size - 1);

    out[n > 0 ? n : 0] = '\0';
}

sidle_status sidle_ckpt_prune(const sidle_dir *folder, int64_t step,
                              int64_t from, int64_t to, int64_t keep,
                              int64_t keep_every)
{
    char latest[PATH_MAX];
    sidle_ckpt_name *names;
    sidle_status status = SIDLE_OK;
    int n, later = 0;

    SIDLE_TRY(sidle_ckpt_newest_in(folder, &names, &n));
    while (later < n && names[later].step > step)
        later++;
    read_latest(folder, latest, sizeof(latest));
    /* Compared before it is added to: `keep` may be as large as a number can
     * be. */
    for (int64_t i = keep < n ? later + keep : n; i < n; i++) {
        if ((keep_every > 0 && names[i].step % keep_every == 0) ||
            (names[i].step >= from && names[i].step <= to) ||
            strcmp(names[i].name, latest) == 0)
            continue;
        if (sidle_dir_remove(folder, names[i].name) != SIDLE_OK)
            status = SIDLE_EIO;
    }
    free(names);
    return status;
}
