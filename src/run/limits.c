/* limits.c - main memory, and what control groups leave of it.
 *
 * A line of /proc/self/cgroup is "number:controllers:path". Version 2 has one
 * line, "0::path", and memory.max in each folder; version 1 one line a
 * controller, and memory.limit_in_bytes below the controller's name. A limit
 * holds for all groups below it, so every folder up to the root counts. Inside
 * a container the path may be one of outside, and not be there: then the root
 * is the container's own.
 *
 * Source: cgroups(7); Documentation/admin-guide/cgroup-v2.rst of Linux. */
#include "run/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 2048 };

/* A number in a file; 0: none, or "max". */
static double read_number(const char *path)
{
    FILE *file = fopen(path, "r");
    double value = 0.0;

    if (file == NULL)
        return 0.0;
    if (fscanf(file, "%lf", &value) != 1)
        value = 0.0;
    fclose(file);
    return value;
}

/* What version 1 says where there is no limit: as many pages as a number can
 * count. */
static int is_limit(double bytes)
{
    return bytes > 0.0 && bytes < 4611686018427387904.0;
}

static int add_folder(const char *folder, const char *file, sidle_limit *limit)
{
    char path[2 * PATH_SIZE + 64];
    struct stat group;

    snprintf(path, sizeof(path), "%s/%s", folder, file);
    *limit = (sidle_limit){.bytes = read_number(path)};
    if (!is_limit(limit->bytes) || stat(folder, &group) != 0)
        return 0;
    limit->device = (uint64_t)group.st_dev;
    limit->inode = (uint64_t)group.st_ino;
    snprintf(limit->name, sizeof(limit->name), "%.*s", SIDLE_LIMIT_NAME - 1,
             path);
    return 1;
}

/* `folder` and those above it, down to `root`. */
static int add_folders(const char *root, char *folder, const char *file,
                       sidle_limit *limits, int most)
{
    size_t least = strlen(root);
    int n = 0;

    while (n < most) {
        char *slash;

        n += add_folder(folder, file, &limits[n]);
        slash = strrchr(folder, '/');
        if (slash == NULL || strlen(folder) <= least)
            break;
        *slash = '\0';
    }
    return n;
}

static int has_word(const char *list, const char *word)
{
    size_t n = strlen(word);

    for (const char *at = list; (at = strstr(at, word)) != NULL; at += n)
        if ((at == list || at[-1] == ',') && (at[n] == ',' || at[n] == '\0'))
            return 1;
    return 0;
}

/* The folder of version 1's controller, or of version 2's only tree. */
static const char *find_root(const char *controllers, const char *root,
                             char *own, size_t size)
{
    if (controllers[0] == '\0')
        return root;
    if (!has_word(controllers, "memory"))
        return NULL;
    snprintf(own, size, "%s/memory", root);
    return own;
}

static int add_line(char *line, const char *top, sidle_limit *limits, int most)
{
    char *controllers = strchr(line, ':'), *path, own[PATH_SIZE];
    char folder[2 * PATH_SIZE];
    const char *root;

    line[strcspn(line, "\n")] = '\0';
    path = controllers != NULL ? strchr(++controllers, ':') : NULL;
    if (path == NULL)
        return 0;
    *path++ = '\0';
    root = find_root(controllers, top, own, sizeof(own));
    if (root == NULL)
        return 0;
    snprintf(folder, sizeof(folder), "%s%s", root,
             strstr(path, "/..") != NULL || strcmp(path, "/") == 0 ? "" : path);
    return add_folders(root, folder,
                       controllers[0] == '\0' ? "memory.max"
                                              : "memory.limit_in_bytes",
                       limits, most);
}

int sidle_limits_of_groups(const char *groups, const char *root,
                           sidle_limit *limits, int most)
{
    FILE *file = fopen(groups, "r");
    char *line = NULL;
    size_t size = 0;
    int n = 0;

    if (file == NULL)
        return 0;
    while (n < most && getline(&line, &size, file) > 0)
        if (strlen(line) < PATH_SIZE)
            n += add_line(line, root, limits + n, most - n);
    free(line);
    fclose(file);
    return n;
}

int sidle_limits_find(sidle_limit *limits)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    int n = 0;

    if (pages > 0 && size > 0)
        limits[n++] = (sidle_limit){.bytes = (double)pages * (double)size};
    return n + sidle_limits_of_groups("/proc/self/cgroup", "/sys/fs/cgroup",
                                      limits + n, SIDLE_MOST_LIMITS - n);
}
