/* folder.h - a fresh folder for a test of files, and files read whole. */
#ifndef SIDLE_TESTS_IO_FOLDER_H
#define SIDLE_TESTS_IO_FOLDER_H

#include "check.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char check_folder[] = "/tmp/sidle-test-XXXXXX";

static inline int check_folder_make(void **state)
{
    (void)state;
    memset(strrchr(check_folder, '-') + 1, 'X', 6);
    return mkdtemp(check_folder) == NULL;
}

static inline int check_folder_remove(void **state)
{
    char command[64];

    (void)state;
    snprintf(command, sizeof(command), "rm -r %s", check_folder);
    return system(command);
}

static inline char *check_path(const char *name)
{
    static char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/%s", check_folder, name);
    return path;
}

static inline void check_write(const char *name, const void *text, size_t size)
{
    FILE *stream = fopen(check_path(name), "wb");

    assert_non_null(stream);
    assert_int_equal(fwrite(text, 1, size, stream), size);
    assert_int_equal(fclose(stream), 0);
}

/* The whole file with a zero behind; the caller frees it. */
static inline char *check_read(const char *name, size_t *size_p)
{
    FILE *stream = fopen(check_path(name), "rb");
    char *text = calloc(1, 1 << 20);

    assert_non_null(stream);
    *size_p = fread(text, 1, (1 << 20) - 1, stream);
    fclose(stream);
    return text;
}

static inline int check_has(const char *name, const char *words)
{
    size_t size;
    char *text = check_read(name, &size);
    int has = strstr(text, words) != NULL;

    free(text);
    return has;
}

static inline void check_file_is(const char *name, const char *expected)
{
    size_t size;
    char *text = check_read(name, &size);

    assert_string_equal(text, expected);
    free(text);
}

/* A test in a folder of its own, which is removed behind it. */
#define TEST_IN_FOLDER(claim)                                                  \
    TEST_BETWEEN(claim, check_folder_make, check_folder_remove)

#endif
