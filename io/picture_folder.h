/* picture_folder.h - the pictures in a folder and its sub-folders, each folder
 * a clip in the order of the numbers in their names. */
#ifndef SIDLE_IO_PICTURE_FOLDER_H
#define SIDLE_IO_PICTURE_FOLDER_H

#include "base/status.h"

#include <stdint.h>

typedef struct sidle_picture_clip {
    char *class; /* the sub-folder of the first level; NULL: none is above */
    char **paths;
    int64_t n;
} sidle_picture_clip;

typedef struct sidle_picture_folder {
    sidle_picture_clip *clips;
    int64_t n;
} sidle_picture_folder;

/**
 * Find the pictures by the ends of their names (.png, .jpg, .jpeg, upper case
 * too); hidden files and folders are left out. A folder's own pictures come
 * first, then its sub-folders; 9 comes before 10.
 * Calls:   local.
 * Owns:    the caller ends it with sidle_picture_folder_done(), also after a
 *          failure.
 * Errors:  SIDLE_EIO: a folder cannot be read; SIDLE_EDATA: there is no
 *          picture, or a folder lies too deep.
 */
sidle_status sidle_picture_folder_find(const char *path,
                                       sidle_picture_folder *folder);
void sidle_picture_folder_done(sidle_picture_folder *folder);

#endif
