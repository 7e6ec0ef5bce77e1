/* which.c - the checkpoint that is meant where a run folder is named. */
#include "run/which.h"

#include "base/log.h"
#include "io/ckpt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_folder(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

static sidle_status too_long(const char *path)
{
    return sidle_fail(SIDLE_EIO, "'%.200s' ..: %s", path,
                      strerror(ENAMETOOLONG));
}

static sidle_status join(const char *folder, const char *name,
                         char path[PATH_MAX])
{
    size_t n = strlen(folder);
    const char *slash = n > 0 && folder[n - 1] == '/' ? "" : "/";
    int length = snprintf(path, PATH_MAX, "%s%s%s", folder, slash, name);

    return length < 0 || length >= PATH_MAX ? too_long(folder) : SIDLE_OK;
}

/* The name of the newest step of a folder of checkpoints, "" if there is none:
 * the link's target, since the link may point elsewhere a moment later. */
static sidle_status find_step(const char *folder, char name[PATH_MAX])
{
    char link[PATH_MAX];
    sidle_ckpt_name *all = NULL;
    struct stat found;
    ssize_t n_link;
    int n = 0;

    name[0] = '\0';
    SIDLE_TRY(join(folder, "latest.h5", link));
    n_link = readlink(link, name, PATH_MAX - 1);
    if (stat(link, &found) == 0) {
        /* A copy of a folder may have a file in place of the link. */
        if (n_link > 0 && memchr(name, '/', (size_t)n_link) == NULL)
            name[n_link] = '\0';
        else
            snprintf(name, PATH_MAX, "latest.h5");
        return SIDLE_OK;
    }
    name[0] = '\0';
    SIDLE_TRY(sidle_ckpt_newest(folder, &all, &n));
    if (n > 0)
        snprintf(name, PATH_MAX, "%s", all[0].name);
    free(all);
    return SIDLE_OK;
}

/* Whether a step's name is of a later one than a file holds. */
static int is_later(const char *name, const char *file)
{
    sidle_ckpt *ckpt;
    long long step;
    int is_later;

    if (sscanf(name, "step-%lld.h5", &step) != 1 ||
        sidle_ckpt_open_as(file, SIDLE_CKPT_TRUST, &ckpt) != SIDLE_OK)
        return 0;
    is_later = step > sidle_ckpt_get_info(ckpt)->step;
    sidle_ckpt_close(ckpt);
    return is_later;
}

/* In a folder of checkpoints; `path` is "" if there is none. */
static sidle_status look(const char *folder, sidle_which which,
                         char path[PATH_MAX])
{
    char step[PATH_MAX], name[PATH_MAX];

    SIDLE_TRY(find_step(folder, name));
    SIDLE_TRY(join(folder, name, step));
    SIDLE_TRY(join(folder, "final.h5", path));
    if (which == SIDLE_WHICH_END && access(path, F_OK) == 0) {
        int has_later = is_later(name, path);

        sidle_info("using %s%s%s", path,
                   has_later ? "; a later file there is " : "",
                   has_later ? name : "");
        return SIDLE_OK;
    }
    path[0] = '\0';
    if (name[0] == '\0')
        return SIDLE_OK;
    memcpy(path, step, PATH_MAX);
    sidle_info("using %s, the newest step file there", path);
    return SIDLE_OK;
}

sidle_status sidle_which_checkpoint(const char *given, sidle_which which,
                                    char path[PATH_MAX])
{
    char inner[PATH_MAX];

    if (strcmp(given, "-") == 0)
        return sidle_fail(SIDLE_EUSAGE,
                          "'-' means standard input, but a checkpoint or a "
                          "data set cannot be read from it; name a file, or "
                          "'./-' for one of that name");
    if (!is_folder(given)) {
        if (strlen(given) >= PATH_MAX)
            return too_long(given);
        memcpy(path, given, strlen(given) + 1);
        return SIDLE_OK;
    }
    SIDLE_TRY(join(given, "checkpoints", inner));
    if (!is_folder(inner))
        memcpy(inner, given, strlen(given) + 1);
    SIDLE_TRY(look(inner, which, path));
    if (path[0] != '\0')
        return SIDLE_OK;
    return sidle_fail(SIDLE_EIO,
                      "'%s' is a folder without a checkpoint: neither final.h5 "
                      "nor latest.h5 nor a step-*.h5 is in '%s'; name a run "
                      "that has saved one, or a file",
                      given, inner);
}
