/* runfolder.c - the folder of a run, its lock and its log. */
#include "io/runfolder.h"

#include "base/log.h"
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

struct sidle_runfolder {
    char dir[PATH_MAX], checkpoints[PATH_MAX];
    int lock; /* descriptor */
    FILE *log;
};

static sidle_status make_one(const char *path)
{
    struct stat found;

    if (mkdir(path, 0777) == 0)
        return SIDLE_OK;
    if (errno != EEXIST)
        return sidle_fail(SIDLE_EIO,
                          "the run folder '%s' cannot be made: %s; choose "
                          "another run.dir",
                          path, strerror(errno));
    if (stat(path, &found) != 0 || !S_ISDIR(found.st_mode))
        return sidle_fail(SIDLE_EIO,
                          "the run folder '%s' is a file, not a folder; choose "
                          "another run.dir",
                          path);
    return SIDLE_OK;
}

/* A folder and all above it. */
static sidle_status make_folders(const char *path)
{
    char part[PATH_MAX];
    size_t n = strlen(path);

    for (size_t i = 1; i < n; i++) {
        if (path[i] != '/' || path[i - 1] == '/')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        SIDLE_TRY(make_one(part));
    }
    return make_one(path);
}

static sidle_status held_by_another(const sidle_runfolder *folder)
{
    char who[128] = "";
    ssize_t n = pread(folder->lock, who, sizeof(who) - 1, 0);

    if (n > 0)
        who[strcspn(who, "\n")] = '\0';
    return sidle_fail(SIDLE_EIO,
                      "the run folder '%s' is held by another run (%s); wait "
                      "for it, or choose another run.dir",
                      folder->dir, who[0] != '\0' ? who : "unknown");
}

static void sign(const sidle_runfolder *folder)
{
    char host[64] = "unknown", who[128];
    int n;

    gethostname(host, sizeof(host) - 1);
    n = snprintf(who, sizeof(who), "process %d on host %s\n", (int)getpid(),
                 host);
    /* Only words for a message: the lock itself is the descriptor. */
    if (ftruncate(folder->lock, 0) != 0 ||
        pwrite(folder->lock, who, (size_t)n, 0) != n)
        sidle_warn("%s/.lock: cannot be signed: %s", folder->dir,
                   strerror(errno));
}

static sidle_status take_lock(sidle_runfolder *folder)
{
    char path[PATH_MAX + 8];

    snprintf(path, sizeof(path), "%s/.lock", folder->dir);
    folder->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (folder->lock < 0)
        return sidle_fail(SIDLE_EIO,
                          "the run folder '%s' cannot be written: %s; choose "
                          "another run.dir",
                          folder->dir, strerror(errno));
    if (flock(folder->lock, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return held_by_another(folder);
        /* Some file systems know no locks: better unguarded than not at all. */
        sidle_warn("%s: cannot be locked (%s); see that no second run uses "
                   "this folder",
                   path, strerror(errno));
    }
    sign(folder);
    return SIDLE_OK;
}

static sidle_status open_log(sidle_runfolder *folder)
{
    void *log;

    SIDLE_TRY(sidle_runlog_open(folder->dir, &log));
    folder->log = log;
    return SIDLE_OK;
}

/* What a run left that was killed while it replaced a file. */
static void sweep(const sidle_runfolder *folder)
{
    static const char *const names[] = {".config.yaml.tmp", ".metrics.csv.tmp",
                                        ".train.log.tmp", "trace.json.part"};
    char path[PATH_MAX + 32];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder->dir, names[i]);
        if (unlink(path) != 0 && errno != ENOENT)
            sidle_warn("%s: cannot be removed: %s", path, strerror(errno));
    }
}

static sidle_status set_up(sidle_runfolder *folder)
{
    SIDLE_TRY(make_folders(folder->dir));
    SIDLE_TRY(take_lock(folder));
    SIDLE_TRY(make_one(folder->checkpoints));
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
    snprintf(folder->dir, sizeof(folder->dir), "%s", dir);
    snprintf(folder->checkpoints, sizeof(folder->checkpoints), "%.*s/%s",
             PATH_MAX - 64, dir, "checkpoints");
    status = set_up(folder);
    if (status != SIDLE_OK) {
        sidle_runfolder_close(folder);
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
    free(folder);
}

const char *sidle_runfolder_checkpoints(const sidle_runfolder *folder)
{
    return folder->checkpoints;
}

void *sidle_runfolder_log(const sidle_runfolder *folder)
{
    return folder->log;
}

sidle_status sidle_runfolder_trim_log(sidle_runfolder *folder,
                                      int64_t resumed_step)
{
    fflush(folder->log);
    SIDLE_TRY(sidle_runlog_trim(folder->dir, resumed_step));
    fclose(folder->log);
    folder->log = NULL;
    return open_log(folder);
}

sidle_status sidle_runfolder_write_config(const sidle_runfolder *folder,
                                          const char *yaml)
{
    return sidle_replace_file(folder->dir, "config.yaml", yaml, strlen(yaml));
}
