/* clothes.c - the pictures of Fashion-MNIST, or of MNIST, in three parts. */
#include "cli/clothes.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const sidle_clothes_part parts[] = {
    {"train", "train", 0, 50000},
    {"valid", "train", 50000, 0},
    {"test", "t10k", 0, 0},
};

const sidle_clothes_part *sidle_clothes_part_find(const char *name)
{
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (strcmp(name, parts[i].name) == 0)
            return &parts[i];
    return NULL;
}

/* A file of the folder, compressed or not. */
static sidle_status read_idx(const char *folder, const sidle_clothes_part *part,
                             const char *leaf, int n_dims, sidle_idx *idx)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/%s-%s.gz", folder, part->stem, leaf);
    if (access(path, F_OK) != 0)
        snprintf(path, sizeof(path), "%s/%s-%s", folder, part->stem, leaf);
    if (access(path, F_OK) != 0)
        return sidle_fail(SIDLE_EIO,
                          "'%s' is missing, also with .gz; install "
                          "dataset-fashion-mnist, or name the folder of the "
                          "files by --images",
                          path);
    return sidle_idx_read(path, n_dims, idx);
}

static sidle_status check_pictures(const char *folder,
                                   const sidle_clothes_part *part,
                                   const sidle_idx *images,
                                   const sidle_idx *labels)
{
    if (images->dims[1] != images->dims[2] ||
        images->dims[0] != labels->dims[0])
        return sidle_fail(
            SIDLE_EDATA,
            "'%s' has %lld pictures of %lld x %lld and %lld "
            "labels, expected square pictures and a label for "
            "each",
            folder, (long long)images->dims[0], (long long)images->dims[2],
            (long long)images->dims[1], (long long)labels->dims[0]);
    if (images->dims[0] <= part->first)
        return sidle_fail(
            SIDLE_EDATA, "'%s' has %lld pictures, part %s begins behind %td",
            folder, (long long)images->dims[0], part->name, part->first);
    for (int64_t i = 0; i < labels->dims[0]; i++)
        if (labels->bytes[i] > 9)
            return sidle_fail(SIDLE_EDATA, "'%s' has label %d, expected 0 to 9",
                              folder, labels->bytes[i]);
    return SIDLE_OK;
}

static sidle_pictures pictures_of(const sidle_clothes_part *part,
                                  const sidle_idx *images,
                                  const sidle_idx *labels)
{
    ptrdiff_t n = images->dims[0], rest = n - part->first;
    ptrdiff_t count = part->count;

    return (sidle_pictures){.pixels = images->bytes,
                            .labels = labels->bytes,
                            .n = n,
                            .edge = images->dims[1],
                            .first = part->first,
                            .count = count > 0 && count < rest ? count : rest};
}

sidle_status sidle_clothes_read(const char *folder,
                                const sidle_clothes_part *part,
                                sidle_clothes *clothes)
{
    *clothes = (sidle_clothes){0};
    SIDLE_TRY(read_idx(folder, part, "images-idx3-ubyte", 3, &clothes->images));
    SIDLE_TRY(read_idx(folder, part, "labels-idx1-ubyte", 1, &clothes->labels));
    SIDLE_TRY(check_pictures(folder, part, &clothes->images, &clothes->labels));
    clothes->pictures = pictures_of(part, &clothes->images, &clothes->labels);
    return SIDLE_OK;
}

void sidle_clothes_done(sidle_clothes *clothes)
{
    sidle_idx_done(&clothes->images);
    sidle_idx_done(&clothes->labels);
}
