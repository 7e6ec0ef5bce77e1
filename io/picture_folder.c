/* picture_folder.c - folders of pictures, each folder a clip. */
#define _GNU_SOURCE /* versionsort */
#include "io/picture_folder.h"

#include "io/bytes.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { DEEPEST = 16 }; /* levels of folders; a link can lead to one above it */

static int is_picture(const char *name)
{
    static const char *const ends[] = {".png", ".jpg", ".jpeg"};
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot != NULL && i < sizeof(ends) / sizeof(ends[0]); i++)
        if (strcasecmp(dot, ends[i]) == 0)
            return 1;
    return 0;
}

static int is_seen(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void *room(void *p, int64_t n, size_t element)
{
    p = realloc(p, (size_t)n * element);
    SIDLE_CHECK(p != NULL, "no memory for names of pictures");
    return p;
}

static char *path_in(const char *folder, const char *name)
{
    char *path = room(NULL, (int64_t)(strlen(folder) + strlen(name) + 2), 1);

    sprintf(path, "%s/%s", folder, name);
    return path;
}

static void add_path(sidle_picture_clip *clip, const char *folder,
                     const char *name)
{
    clip->paths = room(clip->paths, clip->n + 1, sizeof(*clip->paths));
    clip->paths[clip->n++] = path_in(folder, name);
}

/* The folder's own pictures, if it has any. */
static void add_clip(sidle_picture_folder *found, const char *folder,
                     const char *class, struct dirent **entries, int n)
{
    sidle_picture_clip clip = {0};

    for (int i = 0; i < n; i++)
        if (is_picture(entries[i]->d_name))
            add_path(&clip, folder, entries[i]->d_name);
    if (clip.n == 0)
        return;
    if (class != NULL) {
        clip.class = strdup(class);
        SIDLE_CHECK(clip.class != NULL, "no memory for names of pictures");
    }
    found->clips = room(found->clips, found->n + 1, sizeof(*found->clips));
    found->clips[found->n++] = clip;
}

static sidle_status walk(sidle_picture_folder *found, const char *folder,
                         const char *class, int level);

static sidle_status walk_into(sidle_picture_folder *found, const char *folder,
                              const char *class, const char *name, int level)
{
    char *path = path_in(folder, name);
    struct stat info;
    sidle_status status = SIDLE_OK;

    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        status = walk(found, path, class != NULL ? class : name, level + 1);
    free(path);
    return status;
}

static sidle_status walk(sidle_picture_folder *found, const char *folder,
                         const char *class, int level)
{
    struct dirent **entries;
    sidle_status status = SIDLE_OK;
    int n;

    if (level > DEEPEST)
        return sidle_fail(SIDLE_EDATA,
                          "'%s' lies more than %d folders deep; is there a "
                          "link to a folder above it?",
                          folder, DEEPEST);
    n = scandir(folder, &entries, is_seen, versionsort);
    if (n < 0)
        return sidle_posix_fail("read", folder);
    add_clip(found, folder, class, entries, n);
    for (int i = 0; status == SIDLE_OK && i < n; i++)
        if (!is_picture(entries[i]->d_name))
            status = walk_into(found, folder, class, entries[i]->d_name, level);
    for (int i = 0; i < n; i++)
        free(entries[i]);
    free(entries);
    return status;
}

sidle_status sidle_picture_folder_find(const char *path,
                                       sidle_picture_folder *folder)
{
    *folder = (sidle_picture_folder){0};
    SIDLE_TRY(walk(folder, path, NULL, 0));
    if (folder->n == 0)
        return sidle_fail(SIDLE_EDATA,
                          "'%s' has no pictures; expected files whose names "
                          "end in .png, .jpg or .jpeg, there or in its "
                          "sub-folders",
                          path);
    return SIDLE_OK;
}

void sidle_picture_folder_done(sidle_picture_folder *folder)
{
    for (int64_t c = 0; c < folder->n; c++) {
        for (int64_t i = 0; i < folder->clips[c].n; i++)
            free(folder->clips[c].paths[i]);
        free(folder->clips[c].paths);
        free(folder->clips[c].class);
    }
    free(folder->clips);
    *folder = (sidle_picture_folder){0};
}
