/* watch.c - data files that change while a run trains on them. */
#include "run/watch.h"

#include "base/log.h"
#include "io/digest.h"
#include "run/data_kind.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void put_digest(const sidle_digest *digest, int64_t size,
                       sidle_data_identity *identity)
{
    unsigned long long high, low;

    SIDLE_CHECK(sscanf(digest->hex, "%16llx%16llx", &high, &low) == 2,
                "digest \"%s\"", digest->hex);
    *identity = (sidle_data_identity){size, (int64_t)high, (int64_t)low};
}

static sidle_status identify(const char *path, sidle_data_identity *identity)
{
    sidle_digest digest;
    int64_t size;

    SIDLE_TRY(sidle_file_digest(path, &size, &digest));
    put_digest(&digest, size, identity);
    return SIDLE_OK;
}

sidle_status sidle_identify_data(const sidle_options *options,
                                 sidle_data_identity identity[2])
{
    memset(identity, 0, 2 * sizeof(identity[0]));
    SIDLE_TRY(identify(options->data.path, &identity[0]));
    if (options->data.valid_path[0] != '\0')
        SIDLE_TRY(identify(options->data.valid_path, &identity[1]));
    return SIDLE_OK;
}

/* ---- times and sizes */

/* One that cannot be opened is told by whoever needs it. */
static void begin(const char *key, const char *path, sidle_watched *file)
{
    *file = (sidle_watched){.key = key, .path = path, .fd = -1};
    if (path[0] != '\0')
        /* It stays open: another file may take the name meanwhile. */
        file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file->fd >= 0 && fstat(file->fd, &file->seen) == 0)
        file->named = file->seen;
}

static int is_live(const sidle_options *options)
{
    const sidle_data_kind *kind = sidle_data_kind_find(options->data.kind);
    int is_funnel = options->checkpoint.mode == SIDLE_CKPT_FUNNEL;

    return kind->is_live && !(is_funnel && kind->is_sent);
}

void sidle_watch_begin(const sidle_options *options, sidle_watch *watch)
{
    sidle_watch_end(watch);
    begin("data.path", options->data.path, &watch->files[0]);
    begin("data.valid_path", options->data.valid_path, &watch->files[1]);
    watch->is_live = is_live(options);
}

void sidle_watch_end(sidle_watch *watch)
{
    for (int i = 0; i < 2; i++)
        if (watch->files[i].key != NULL && watch->files[i].fd >= 0)
            close(watch->files[i].fd);
    memset(watch, 0, sizeof(*watch));
}

static int is_same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static int is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The time of the last change of anything cannot be set back by a program. */
static int is_untouched(const struct stat *a, const struct stat *b)
{
    return is_same_file(a, b) && a->st_size == b->st_size &&
           is_same_time(a->st_mtim, b->st_mtim) &&
           is_same_time(a->st_ctim, b->st_ctim);
}

/* ---- contents */

static int is_same_content(const sidle_data_identity *a,
                           const sidle_data_identity *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* Of the first `size` bytes; a file that is shorter has another content. */
static void identify_part(int fd, int64_t size, sidle_data_identity *identity)
{
    sidle_digest digest;

    *identity = (sidle_data_identity){.size = -1};
    if (sidle_digest_range(fd, 0, size, &digest) == SIDLE_OK)
        put_digest(&digest, size, identity);
}

static void warn_changed(const sidle_watched *file, int is_live)
{
    int is_held_out = strcmp(file->key, "data.valid_path") == 0;

    if (is_live)
        sidle_warn("'%s' (%s) was changed while the run %s: what was %s is "
                   "from the old and the new content; the checkpoint records "
                   "this, and a resume needs the new content",
                   file->path, file->key,
                   is_held_out ? "was evaluated on it" : "trained on it",
                   is_held_out ? "measured" : "learnt");
    else
        sidle_warn("'%s' (%s) was changed: the run continues with what it "
                   "read at its start, and a resume needs the same content; "
                   "restore it",
                   file->path, file->key);
}

/* The file that the run reads. Answers whether what it reads is another. */
static int look_inside(sidle_watched *file, int is_live,
                       sidle_data_identity *identity)
{
    struct stat now;
    sidle_data_identity part;

    if (fstat(file->fd, &now) != 0 || is_untouched(&now, &file->seen))
        return 0;
    file->seen = now;
    identify_part(file->fd, identity->size, &part);
    if (is_same_content(&part, identity)) {
        if (now.st_size > identity->size)
            sidle_warn("'%s' (%s) has grown to %lld bytes: the run continues "
                       "with its first %lld, and a resume needs exactly "
                       "these; truncate the file to them",
                       file->path, file->key, (long long)now.st_size,
                       (long long)identity->size);
        return 0;
    }
    warn_changed(file, is_live);
    if (!is_live)
        return 0;
    identify_part(file->fd, now.st_size, identity);
    return 1;
}

/* What has its name, and is what a resume would open. */
static void look_at_name(sidle_watched *file,
                         const sidle_data_identity *identity)
{
    struct stat now = {0};
    sidle_data_identity found;
    int is_there = stat(file->path, &now) == 0;

    if (is_untouched(&now, &file->named))
        return;
    file->named = now;
    if (is_same_file(&now, &file->seen))
        return;
    if (!is_there)
        sidle_warn("'%s' (%s) is gone (%s): the run continues with its "
                   "content, but a resume needs the file",
                   file->path, file->key, strerror(errno));
    else if (identify(file->path, &found) != SIDLE_OK ||
             !is_same_content(&found, identity))
        sidle_warn("'%s' (%s) is another file now: the run continues with "
                   "the one that it started with, and a resume needs its "
                   "content; restore it",
                   file->path, file->key);
}

void sidle_watch_look(sidle_watch *watch, int64_t item,
                      sidle_data_identity *identity, int64_t *changed)
{
    for (int i = 0; i < 2; i++) {
        sidle_watched *file = &watch->files[i];

        if (file->key == NULL || file->fd < 0)
            continue;
        if (look_inside(file, watch->is_live, &identity[i]))
            changed[i] = item > 0 ? item : 1;
        look_at_name(file, &identity[i]);
    }
}
