/* runfolder.c - the folder of a run, its lock and its log. */
#include "io/runfolder.h"

#include "base/log.h"
#include "io/bytes.h"
#include "io/replace.h"
#include "io/runlog.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECKPOINTS "checkpoints"
#define LOCK ".lock"

/* What a start may make in the folder, the lock last. */
static const char *const made[] = {"train.log", "config.yaml", "metrics.csv",
                                   LOCK};
enum { N_MADE = sizeof(made) / sizeof(made[0]) };

struct sidle_runfolder {
    sidle_dir *at, *checkpoints;
    char dir[PATH_MAX];
    size_t n_old; /* letters of it that led to a folder before */
    int was_there[N_MADE], had_checkpoints;
    int lock; /* descriptor */
    FILE *log;
};

/* ---- folders */

static sidle_status not_a_folder(const char *path)
{
    const char *why = strerror(errno);
    char target[PATH_MAX];
    ssize_t n = readlink(path, target, sizeof(target) - 1);

    if (n < 0)
        return sidle_fail(SIDLE_EIO,
                          "the run folder '%s' cannot be reached: %s; choose "
                          "another run.dir",
                          path, why);
    target[n] = '\0';
    return sidle_fail(SIDLE_EIO,
                      "the run folder '%s' is a link to '%s', which cannot be "
                      "reached: %s; make that folder, or choose another "
                      "run.dir",
                      path, target, why);
}

static sidle_status make_one(const char *path, int *is_new)
{
    struct stat found;

    *is_new = mkdir(path, 0777) == 0;
    if (*is_new)
        return SIDLE_OK;
    if (errno != EEXIST)
        return sidle_fail(SIDLE_EIO,
                          "the run folder '%s' cannot be made: %s; choose "
                          "another run.dir",
                          path, strerror(errno));
    if (stat(path, &found) != 0)
        return not_a_folder(path);
    if (!S_ISDIR(found.st_mode))
        return sidle_fail(SIDLE_EIO,
                          "the run folder '%s' is a file, not a folder; choose "
                          "another run.dir",
                          path);
    return SIDLE_OK;
}

/* A folder and all above it; *n_old_p: letters up to the last that was there
 * before. */
static sidle_status make_folders(const char *path, size_t *n_old_p)
{
    char part[PATH_MAX];
    size_t n = strlen(path);
    int is_new;

    for (size_t i = 1; i <= n; i++) {
        if (path[i - 1] == '/' || (i < n && path[i] != '/'))
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        SIDLE_TRY(make_one(part, &is_new));
        if (!is_new)
            *n_old_p = i;
    }
    return SIDLE_OK;
}

static sidle_status make_checkpoints(sidle_runfolder *folder)
{
    char path[PATH_MAX];
    int is_new;

    snprintf(path, sizeof(path), "%.*s/" CHECKPOINTS, PATH_MAX - 64,
             folder->at->path);
    SIDLE_TRY(make_one(path, &is_new));
    folder->had_checkpoints = !is_new;
    folder->checkpoints = sidle_dir_open_in(folder->at, CHECKPOINTS);
    return sidle_dir_check(folder->checkpoints);
}

/* ---- the lock */

static void let_go(sidle_runfolder *folder)
{
    close(folder->lock);
    folder->lock = -1;
}

static sidle_status held_by_another(sidle_runfolder *folder)
{
    char who[128] = "";
    ssize_t n = pread(folder->lock, who, sizeof(who) - 1, 0);

    if (n > 0)
        who[strcspn(who, "\n")] = '\0';
    let_go(folder);
    return sidle_fail(SIDLE_EIO,
                      "the run folder '%s' is in use by another run (%s); "
                      "wait for it, or choose another run.dir",
                      folder->at->path, who[0] != '\0' ? who : "unknown");
}

/* Only words for a message: the lock itself is the descriptor. A file with a
 * second name is not ours alone, and is left as it is. */
static void sign(const sidle_runfolder *folder)
{
    char host[64] = "unknown", who[128];
    struct stat info;
    int n;

    if (fstat(folder->lock, &info) != 0 || info.st_nlink > 1)
        return;
    gethostname(host, sizeof(host) - 1);
    n = snprintf(who, sizeof(who), "process %d on host %s\n", (int)getpid(),
                 host);
    if (ftruncate(folder->lock, 0) != 0 ||
        sidle_write_at(folder->lock, 0, n, who) != SIDLE_OK)
        sidle_warn("%s/" LOCK ": cannot be signed: %s", folder->at->path,
                   strerror(errno));
}

/* A start that failed meanwhile takes its lock along. */
static int is_lost(const sidle_runfolder *folder)
{
    struct stat ours, there;

    return fstat(folder->lock, &ours) != 0 ||
           fstatat(folder->at->fd, LOCK, &there, AT_SYMLINK_NOFOLLOW) != 0 ||
           ours.st_ino != there.st_ino || ours.st_dev != there.st_dev;
}

static sidle_status open_lock(sidle_runfolder *folder)
{
    struct stat there;
    int error;

    if (sidle_dir_file(folder->at, LOCK, O_RDWR | O_CREAT, &folder->lock) ==
        SIDLE_OK)
        return SIDLE_OK;
    error = errno;
    if (fstatat(folder->at->fd, LOCK, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        !S_ISREG(there.st_mode))
        return SIDLE_EIO;
    return sidle_fail(SIDLE_EIO,
                      "the run folder '%s' cannot be written: %s; choose "
                      "another run.dir",
                      folder->at->path, strerror(error));
}

static sidle_status take_lock(sidle_runfolder *folder)
{
    SIDLE_TRY(open_lock(folder));
    if (flock(folder->lock, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return held_by_another(folder);
        /* Some file systems know no locks: better unguarded than not at all. */
        sidle_warn("%s/" LOCK ": cannot be locked (%s); make sure that no "
                   "second run uses this folder",
                   folder->at->path, strerror(errno));
    } else if (is_lost(folder)) {
        let_go(folder);
        return sidle_fail(SIDLE_EIO,
                          "the run folder '%s' was left by another start just "
                          "now; start again",
                          folder->at->path);
    }
    sign(folder);
    return SIDLE_OK;
}

/* ---- all together */

static sidle_status open_log(sidle_runfolder *folder)
{
    void *log;

    SIDLE_TRY(sidle_runlog_open(folder->at, &log));
    folder->log = log;
    return SIDLE_OK;
}

/* What a run left that was killed while it replaced a file. */
static void sweep(const sidle_runfolder *folder)
{
    static const char *const names[] = {".config.yaml.tmp", ".metrics.csv.tmp",
                                        ".train.log.tmp", ".final.json.tmp",
                                        "trace.json.part"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (sidle_dir_remove(folder->at, names[i]) != SIDLE_OK)
            sidle_warn("%s", sidle_fail_text());
}

static sidle_status set_up(sidle_runfolder *folder)
{
    SIDLE_TRY(make_folders(folder->dir, &folder->n_old));
    folder->at = sidle_dir_open(folder->dir);
    SIDLE_TRY(sidle_dir_check(folder->at));
    for (int i = 0; i < N_MADE; i++)
        folder->was_there[i] = sidle_dir_has(folder->at, made[i]);
    SIDLE_TRY(take_lock(folder));
    SIDLE_TRY(make_checkpoints(folder));
    sweep(folder);
    return open_log(folder);
}

sidle_status sidle_runfolder_open(const char *dir, sidle_runfolder **folder_p)
{
    sidle_runfolder *folder;
    sidle_status status;

    if (dir[0] == '\0' || strlen(dir) + 64 > PATH_MAX)
        return sidle_fail(SIDLE_EIO,
                          "the run folder '%.200s' is empty or too long a path",
                          dir);
    folder = calloc(1, sizeof(*folder));
    SIDLE_CHECK(folder != NULL, "no memory for the run folder");
    folder->lock = -1;
    folder->had_checkpoints = 1;
    snprintf(folder->dir, sizeof(folder->dir), "%s", dir);
    status = set_up(folder);
    if (status != SIDLE_OK) {
        sidle_runfolder_discard(folder);
        return status;
    }
    *folder_p = folder;
    return SIDLE_OK;
}

void sidle_runfolder_close(sidle_runfolder *folder)
{
    if (folder == NULL)
        return;
    if (folder->log != NULL)
        fclose(folder->log);
    if (folder->lock >= 0)
        close(folder->lock);
    sidle_dir_close(folder->checkpoints);
    sidle_dir_close(folder->at);
    free(folder);
}

/* Where a path was made, from its end up to what was there before. */
static void remove_folders(const char *path, size_t n_old)
{
    char part[PATH_MAX];

    for (size_t n = strlen(path); n > n_old; n--) {
        if (path[n] != '\0' && path[n] != '/')
            continue;
        memcpy(part, path, n);
        part[n] = '\0';
        if (rmdir(part) != 0 && errno != ENOENT)
            return;
    }
}

/* Whoever has no lock has made nothing but folders. */
static void remove_made(const sidle_runfolder *folder)
{
    if (!folder->had_checkpoints)
        unlinkat(folder->at->fd, CHECKPOINTS, AT_REMOVEDIR);
    for (int i = 0; i < N_MADE; i++)
        if (!folder->was_there[i])
            unlinkat(folder->at->fd, made[i], 0);
}

void sidle_runfolder_discard(sidle_runfolder *folder)
{
    char dir[PATH_MAX];
    size_t n_old;

    if (folder == NULL)
        return;
    if (folder->lock >= 0)
        remove_made(folder);
    memcpy(dir, folder->dir, sizeof(dir));
    n_old = folder->n_old;
    sidle_runfolder_close(folder); /* first, for the sake of NFS */
    remove_folders(dir, n_old);
}

sidle_dir *sidle_runfolder_at(const sidle_runfolder *folder)
{
    return folder->at;
}

sidle_dir *sidle_runfolder_checkpoints(const sidle_runfolder *folder)
{
    return folder->checkpoints;
}

void *sidle_runfolder_log(const sidle_runfolder *folder)
{
    return folder->log;
}

sidle_status sidle_runfolder_trim_log(sidle_runfolder *folder,
                                      int64_t resumed_step, int has_row)
{
    fflush(folder->log);
    SIDLE_TRY(sidle_runlog_trim(folder->at, resumed_step, has_row));
    fclose(folder->log);
    folder->log = NULL;
    return open_log(folder);
}

sidle_status sidle_runfolder_write_config(const sidle_runfolder *folder,
                                          const char *yaml)
{
    return sidle_replace_file(folder->at, "config.yaml", yaml, strlen(yaml));
}
