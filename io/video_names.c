/* video_names.c - an attribute of strings, read by a child. */
#include "io/video_names.h"

#include "base/utf8.h"
#include "io/data_scan.h"
#include "io/h5.h"

#include <stdlib.h>
#include <string.h>

enum { NAME = 1, LONGEST = 256, MOST = 1 << 16 };

/* ---- in the child, whose memory ends with it */

static sidle_status say_name(int out, const char *name, size_t n)
{
    return sidle_fence_say(out, NAME, name, n < LONGEST ? n : LONGEST - 1);
}

static sidle_status say_variable(int out, hid_t attr, hid_t type, size_t n)
{
    char **texts = calloc(n, sizeof(*texts));

    if (texts == NULL || H5Aread(attr, type, texts) < 0)
        return SIDLE_EDATA;
    for (size_t i = 0; i < n; i++)
        SIDLE_TRY(say_name(out, texts[i] != NULL ? texts[i] : "",
                           texts[i] != NULL ? strlen(texts[i]) : 0));
    return SIDLE_OK;
}

static sidle_status say_fixed(int out, hid_t attr, hid_t type, size_t n)
{
    size_t size = H5Tget_size(type);
    char *texts = calloc(n, size);

    if (texts == NULL || H5Aread(attr, type, texts) < 0)
        return SIDLE_EDATA;
    for (size_t i = 0; i < n; i++)
        SIDLE_TRY(
            say_name(out, texts + i * size, strnlen(texts + i * size, size)));
    return SIDLE_OK;
}

static sidle_status say_attribute(int out, hid_t file)
{
    hid_t attr = H5Aopen(file, "class_names", H5P_DEFAULT);
    hid_t type = H5Aget_type(attr);
    hssize_t n = H5Sget_simple_extent_npoints(H5Aget_space(attr));

    if (H5Tget_class(type) != H5T_STRING || n < 1 || n > MOST)
        return SIDLE_EDATA;
    return H5Tis_variable_str(type) > 0
               ? say_variable(out, attr, type, (size_t)n)
               : say_fixed(out, attr, type, (size_t)n);
}

static sidle_status say_names(int out, void *context)
{
    const sidle_data_task *task = context;
    hid_t file;

    SIDLE_TRY(sidle_h5_open_fd(task->fd, &file));
    if (!sidle_h5_has(file, "class_names"))
        return SIDLE_EDATA;
    return say_attribute(out, file);
}

/* ---- in the parent */

/* Their number; more than `n` are not kept. */
static int64_t hear(sidle_fence *fence, char **names, int64_t n)
{
    char text[LONGEST];
    int64_t come = 0;
    size_t size;
    int kind;

    for (;; come++) {
        if (sidle_fence_hear(fence, &kind, text, sizeof(text) - 1, &size) !=
            SIDLE_OK)
            return -1;
        if (kind == 0)
            return come;
        if (come >= n)
            return -1;
        text[size] = '\0';
        names[come] = strdup(text);
        SIDLE_CHECK(names[come] != NULL, "no memory for names of classes");
        sidle_make_text(names[come]);
    }
}

char **sidle_video_names(const sidle_video *video)
{
    const sidle_fence_limits limits = sidle_data_limits(video->size);
    sidle_data_task task = {video->fd, video->size};
    int64_t n = video->info.classes;
    char **names = n > 0 ? calloc((size_t)n, sizeof(*names)) : NULL;
    sidle_fence fence;
    int64_t come = -1;

    if (names == NULL)
        return NULL;
    if (sidle_fence_begin(&limits, say_names, &task, &fence) == SIDLE_OK)
        come = hear(&fence, names, n);
    sidle_fence_end(&fence);
    if (come == n)
        return names;
    sidle_video_names_free(names, n);
    return NULL;
}

void sidle_video_names_free(char **names, int64_t n)
{
    for (int64_t i = 0; names != NULL && i < n; i++)
        free(names[i]);
    free(names);
}
