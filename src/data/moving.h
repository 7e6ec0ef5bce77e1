/* moving.h - draws clips of pictures that move: constant velocity between the
 * borders of the frame, where they bounce.
 *
 * Positions are real numbers, so a picture moves by parts of a pixel: it is
 * drawn with linear interpolation. Every draw is a function of (seed, clip). A
 * single frame does not tell the direction of motion: position and direction
 * are independent, at the start and, because of the bounces, ever after. */
#ifndef SIDLE_DATA_MOVING_H
#define SIDLE_DATA_MOVING_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SIDLE_MOVING_MOST 2       /* pictures in a frame */
#define SIDLE_MOVING_DIRECTIONS 4 /* right, down, left, up */

typedef struct sidle_moving {
    ptrdiff_t size[2]; /* Y, X of a frame, pixels */
    ptrdiff_t edge;    /* of a picture in the frame, pixels, at most Y and X */
    ptrdiff_t frames;  /* of a clip */
    double speed;      /* pixels a frame, at most the least way between walls */
    int pictures;      /* 1 or 2, of one class */
    int has_axis;      /* they move near an axis, all in one direction, so that
                          it has a name; else each in any direction */
    uint64_t seed;
} sidle_moving;

/* Square pictures and their classes, as in MNIST. */
typedef struct sidle_pictures {
    const uint8_t *pixels, *labels; /* (n, edge, edge), (n) */
    ptrdiff_t n, edge;
    ptrdiff_t first, count; /* those in use */
} sidle_pictures;

/**
 * Draw clip number `clip`.
 * Calls:   local.
 * Shapes:  frames (frames, Y, X) bytes; directions (frames) index of the
 *          direction in which the first picture came to its place, that of its
 *          first step in the first frame.
 * Returns: the pictures' class.
 */
int32_t sidle_moving_draw(const sidle_moving *moving,
                          const sidle_pictures *pictures, int64_t clip,
                          uint8_t *frames, int32_t *directions);

#ifdef __cplusplus
}
#endif

#endif
