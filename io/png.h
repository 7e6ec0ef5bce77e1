/* png.h - 8-bit pictures as PNG, in memory or in a file.
 *
 * libpng may be missing when the program is built: everything else works, and
 * these functions fail with a message that says so. */
#ifndef SIDLE_IO_PNG_H
#define SIDLE_IO_PNG_H

#include "base/status.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_picture {
    int height, width;
    int channels;          /* 1: grey, 3: red, green, blue */
    unsigned char *pixels; /* (height, width, channels), rows without gaps */
} sidle_picture;

/** Whether this program can write PNG. Errors: SIDLE_EUSAGE: it was built
 * without libpng; the message says what to install. */
sidle_status sidle_png_check(void);

/** Check that what is at `path`, if anything, is a PNG file: another file would
 * be lost. Errors: SIDLE_EUSAGE. */
sidle_status sidle_png_check_target(const char *path);

/**
 * A black picture.
 * Owns:    the caller frees picture->pixels.
 * Errors:  SIDLE_EINTERNAL (memory); SIDLE_EUSAGE: no pixels, or more than
 *          2^31 - 1 bytes.
 */
sidle_status sidle_picture_new(int height, int width, int channels,
                               sidle_picture *picture);

/**
 * The bytes of a PNG file.
 * Owns:    the caller frees *bytes_p.
 * Errors:  those of sidle_png_check(); SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_png_encode(const sidle_picture *picture,
                              unsigned char **bytes_p, size_t *n_p);
/**
 * Write the picture at `path`, atomically: a file there is replaced by the
 * complete new one or stays.
 * Calls:   local, one rank.
 * Errors:  those of sidle_png_encode() and sidle_output_begin(); SIDLE_EIO with
 *          errno's text.
 */
sidle_status sidle_png_write(const sidle_picture *picture, const char *path);

#ifdef __cplusplus
}
#endif

#endif
