/* clothes.h - the pictures of Fashion-MNIST, or of MNIST, in three parts that
 * have none in common. */
#ifndef SIDLE_CLI_CLOTHES_H
#define SIDLE_CLI_CLOTHES_H

#include "data/moving.h"
#include "io/idx_file.h"

typedef struct sidle_clothes_part {
    const char *name, *stem; /* of the files */
    ptrdiff_t first, count;  /* pictures of the file; count 0: all others */
} sidle_clothes_part;

typedef struct sidle_clothes {
    sidle_idx images, labels;
    sidle_pictures pictures; /* of the part, in these */
} sidle_clothes;

/** "train", "valid" or "test"; NULL for any other name. */
const sidle_clothes_part *sidle_clothes_part_find(const char *name);
/**
 * Read the pictures of a part.
 * Calls:   local.
 * Owns:    the caller ends it with sidle_clothes_done(), also after a failure.
 * Errors:  those of sidle_idx_read(); SIDLE_EDATA: pictures that are not
 *          square, or labels other than 0 to 9, one for each picture.
 */
sidle_status sidle_clothes_read(const char *folder,
                                const sidle_clothes_part *part,
                                sidle_clothes *clothes);
void sidle_clothes_done(sidle_clothes *clothes);

#endif
