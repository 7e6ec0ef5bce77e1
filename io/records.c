/* records.c - whole records at the end of a file. */
#include "io/records.h"

#include "base/log.h"
#include "io/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct sidle_records {
    char *path, *what; /* for messages */
    int fd, is_torn;   /* a part of a record could not be taken back: */
    off_t end;         /* of the last whole one, then */
    int64_t n_lost;
};

sidle_status sidle_records_open(const sidle_dir *folder, const char *name,
                                const char *what, int is_new,
                                sidle_records **records_p)
{
    size_t size = strlen(folder->path) + strlen(name) + 2;
    sidle_records *records;
    int fd;

    SIDLE_TRY(sidle_dir_file(folder, name,
                             O_RDWR | O_CREAT | (is_new ? O_EXCL : 0), &fd));
    records = calloc(1, sizeof(*records));
    SIDLE_CHECK(records != NULL, "no memory for '%s'", name);
    records->path = malloc(size);
    records->what = strdup(what);
    SIDLE_CHECK(records->path != NULL && records->what != NULL,
                "no memory for '%s'", name);
    snprintf(records->path, size, "%s/%s", folder->path, name);
    records->fd = fd;
    *records_p = records;
    return SIDLE_OK;
}

/* Back to the last whole record. */
static int take_back(sidle_records *records)
{
    if (records->is_torn && ftruncate(records->fd, records->end) == 0)
        records->is_torn = 0;
    return !records->is_torn;
}

/* Its end is looked up: others may have cut the file, or added to it. */
static sidle_status write_whole(sidle_records *records, const void *record,
                                size_t size)
{
    struct stat now;
    int error;

    if (!take_back(records) || fstat(records->fd, &now) != 0)
        return SIDLE_EIO;
    records->end = now.st_size;
    if (sidle_write_at(records->fd, now.st_size, (int64_t)size, record) ==
        SIDLE_OK)
        return SIDLE_OK;
    error = errno;
    records->is_torn = 1;
    take_back(records);
    errno = error;
    return SIDLE_EIO;
}

sidle_status sidle_records_append(sidle_records *records, const void *record,
                                  size_t size)
{
    if (write_whole(records, record, size) != SIDLE_OK)
        return records->n_lost++ > 0
                   ? SIDLE_OK
                   : sidle_fail(SIDLE_EIO,
                                "%s: cannot be written: %s; its %ss are lost "
                                "until it is writable",
                                records->path, strerror(errno), records->what);
    if (records->n_lost > 0)
        sidle_info("%s: writable again, %lld %s%s lost", records->path,
                   (long long)records->n_lost, records->what,
                   records->n_lost > 1 ? "s" : "");
    records->n_lost = 0;
    return SIDLE_OK;
}

int64_t sidle_records_lost(const sidle_records *records)
{
    return records->n_lost;
}

void sidle_records_close(sidle_records *records)
{
    if (records == NULL)
        return;
    take_back(records);
    if (records->n_lost > 0)
        sidle_warn("%s: %lld %s%s lost, because it could not be written",
                   records->path, (long long)records->n_lost, records->what,
                   records->n_lost > 1 ? "s" : "");
    close(records->fd);
    free(records->path);
    free(records->what);
    free(records);
}
