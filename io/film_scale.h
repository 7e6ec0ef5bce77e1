/* film_scale.h - a decoded frame in the size, the colours and the position of
 * the frames that are wanted. */
#ifndef SIDLE_IO_FILM_SCALE_H
#define SIDLE_IO_FILM_SCALE_H

#include "base/status.h"

#if SIDLE_HAS_FILM
#include <libavutil/frame.h>

struct SwsContext;

typedef struct sidle_film_scale {
    int height, width, channels; /* of the frames to make */
    int quarters;                /* turn it clockwise so many times */
    struct SwsContext *context;
    AVFrame *made; /* scaled, not yet turned; NULL at first */
} sidle_film_scale;

/**
 * Scale and turn a frame; sizes and forms of frames may change.
 * Shapes:  pixels (height, width, channels).
 * Errors:  SIDLE_EDATA: a form of pixels that cannot be scaled;
 *          SIDLE_EINTERNAL (memory). Messages do not name the file.
 */
sidle_status sidle_film_scale_frame(sidle_film_scale *scale,
                                    const AVFrame *frame,
                                    unsigned char *pixels);
void sidle_film_scale_done(sidle_film_scale *scale);
#endif

#endif
