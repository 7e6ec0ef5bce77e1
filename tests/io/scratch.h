/* scratch.h - a folder of a test, and whole files in it. */
#ifndef SIDLE_TESTS_IO_SCRATCH_H
#define SIDLE_TESTS_IO_SCRATCH_H

#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct scratch {
    char folder[64];
} scratch;

static inline scratch scratch_new(void)
{
    scratch s = {"/tmp/sidle-test-XXXXXX"};

    assert_non_null(mkdtemp(s.folder));
    return s;
}

/* Its files, links and empty folders, then itself. */
static inline void scratch_done(const scratch *s)
{
    DIR *dir = opendir(s->folder);
    const struct dirent *d;
    char path[PATH_MAX];

    assert_non_null(dir);
    while ((d = readdir(dir)) != NULL) {
        snprintf(path, sizeof(path), "%s/%s", s->folder, d->d_name);
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
            remove(path);
    }
    closedir(dir);
    rmdir(s->folder);
}

/* The path of a name; the next eight calls leave it alone. */
static inline const char *scratch_path(const scratch *s, const char *name)
{
    static char paths[8][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 8];

    snprintf(path, PATH_MAX, "%s/%s", s->folder, name);
    return path;
}

static inline int scratch_has(const scratch *s, const char *name)
{
    struct stat info;

    return lstat(scratch_path(s, name), &info) == 0;
}

static inline void scratch_write(const scratch *s, const char *name,
                                 const void *data, size_t n)
{
    int fd = open(scratch_path(s, name), O_WRONLY | O_CREAT | O_TRUNC, 0666);

    assert_true(fd >= 0 && write(fd, data, n) == (ssize_t)n);
    close(fd);
}

/* All bytes of a file; the caller frees them. */
static inline unsigned char *scratch_read(const scratch *s, const char *name,
                                          size_t *n_p)
{
    int fd = open(scratch_path(s, name), O_RDONLY);
    struct stat info = {0};
    unsigned char *data;

    assert_true(fd >= 0 && fstat(fd, &info) == 0);
    data = malloc((size_t)info.st_size + 1);
    assert_non_null(data);
    assert_int_equal(read(fd, data, (size_t)info.st_size), info.st_size);
    close(fd);
    *n_p = (size_t)info.st_size;
    return data;
}

#endif
