/* moving.c - position, bounce and linear interpolation of moving pictures. */
#include "data/moving.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>

typedef struct body {
    const uint8_t *pixels;
    double at[2], step[2]; /* y, x of its corner; pixels a frame */
} body;

/* ---- draws: the number of the draw within a clip */

enum { DRAW_PICTURE, DRAW_ANGLE, DRAW_Y, DRAW_X, N_DRAWS };

static double draw(const sidle_moving *moving, int64_t clip, int i, int what)
{
    sidle_rng rng = {moving->seed, sidle_rng_stream("moving", (uint64_t)clip)};

    return sidle_rng_uniform(rng, (uint64_t)(i * N_DRAWS + what));
}

/* Clip after clip walks through the pictures in use in an order that the seed
 * sets, so that each is used as often as any other: i -> (a i + b) mod n, with
 * a step that shares no factor with n. */
static ptrdiff_t picture_of_clip(const sidle_moving *moving,
                                 const sidle_pictures *pictures, int64_t clip)
{
    sidle_rng rng = {moving->seed, sidle_rng_stream("moving/order", 0)};
    uint64_t n = (uint64_t)pictures->count;
    uint64_t step = sidle_rng_below(rng, 0, n), a, b;

    do { /* until the greatest common divisor is 1 */
        step = step % n + 1;
        for (a = n, b = step; b != 0;) {
            uint64_t rest = a % b;

            a = b;
            b = rest;
        }
    } while (a != 1);
    return pictures->first + (ptrdiff_t)(((uint64_t)clip % n * step +
                                          sidle_rng_below(rng, 1, n)) %
                                         n);
}

/* Another picture of the same class; there is one at least: the first. */
static ptrdiff_t companion(const sidle_moving *moving,
                           const sidle_pictures *pictures, int64_t clip,
                           ptrdiff_t first)
{
    ptrdiff_t skip = (ptrdiff_t)(draw(moving, clip, 1, DRAW_PICTURE) *
                                 (double)pictures->count);
    ptrdiff_t i = first;

    for (ptrdiff_t k = 1; k <= pictures->count; k++) {
        i = pictures->first +
            (first - pictures->first + skip + k) % pictures->count;
        if (pictures->labels[i] == pictures->labels[first])
            break;
    }
    return i;
}

/* An angle from right towards down; near an axis at most 30 degrees off it. */
static double angle_of(const sidle_moving *moving, int64_t clip, int i)
{
    double any = draw(moving, clip, i, DRAW_ANGLE);
    double axis =
        floor(draw(moving, clip, 0, DRAW_ANGLE) * SIDLE_MOVING_DIRECTIONS);
    double spread = draw(moving, clip, i, N_DRAWS * SIDLE_MOVING_MOST);

    if (!moving->has_axis)
        return 2.0 * M_PI * any;
    return axis * M_PI / 2.0 + (2.0 * spread - 1.0) * M_PI / 6.0;
}

static body start(const sidle_moving *moving, int64_t clip, int i,
                  const uint8_t *pixels)
{
    double angle = angle_of(moving, clip, i);
    body b = {.pixels = pixels};

    for (int axis = 0; axis < 2; axis++)
        b.at[axis] = draw(moving, clip, i, DRAW_Y + axis) *
                     (double)(moving->size[axis] - moving->edge);
    b.step[0] = moving->speed * sin(angle);
    b.step[1] = moving->speed * cos(angle);
    return b;
}

/* ---- motion */

static void move(const sidle_moving *moving, body *b)
{
    for (int axis = 0; axis < 2; axis++) {
        double most = (double)(moving->size[axis] - moving->edge);

        b->at[axis] += b->step[axis];
        if (b->at[axis] < 0.0 || b->at[axis] > most) {
            b->at[axis] =
                b->at[axis] < 0.0 ? -b->at[axis] : 2.0 * most - b->at[axis];
            b->step[axis] = -b->step[axis];
        }
        /* A step as long as the way bounces twice. */
        b->at[axis] = fmin(fmax(b->at[axis], 0.0), most);
    }
}

static int32_t direction_of(const body *b)
{
    if (fabs(b->step[1]) >= fabs(b->step[0]))
        return b->step[1] >= 0.0 ? 0 : 2;
    return b->step[0] >= 0.0 ? 1 : 3;
}

/* ---- drawing */

/* Where a pixel of the frame lies in a picture: between index i and i + 1. */
typedef struct between {
    ptrdiff_t i;
    double part; /* of i + 1 */
} between;

static between place_of(double at, ptrdiff_t pixel, ptrdiff_t edge,
                        ptrdiff_t picture_edge)
{
    double scale = (double)picture_edge / (double)edge;
    double p = ((double)pixel - at + 0.5) * scale - 0.5, whole = floor(p);

    return (between){(ptrdiff_t)whole, p - whole};
}

/* Outside of the picture it is black. */
static double pixel_at(const uint8_t *pixels, ptrdiff_t edge, ptrdiff_t y,
                       ptrdiff_t x)
{
    if (y < 0 || x < 0 || y >= edge || x >= edge)
        return 0.0;
    return pixels[y * edge + x];
}

static double blend(const uint8_t *pixels, ptrdiff_t edge, between y, between x)
{
    double above = pixel_at(pixels, edge, y.i, x.i) * (1.0 - x.part) +
                   pixel_at(pixels, edge, y.i, x.i + 1) * x.part;
    double below = pixel_at(pixels, edge, y.i + 1, x.i) * (1.0 - x.part) +
                   pixel_at(pixels, edge, y.i + 1, x.i + 1) * x.part;

    return above * (1.0 - y.part) + below * y.part;
}

/* Of pictures that overlap the brighter pixel shows. */
static void paint(const sidle_moving *moving, const body *b, ptrdiff_t edge,
                  uint8_t *frame)
{
    for (ptrdiff_t y = 0; y < moving->size[0]; y++) {
        between py = place_of(b->at[0], y, moving->edge, edge);

        if (py.i < -1 || py.i >= edge)
            continue;
        for (ptrdiff_t x = 0; x < moving->size[1]; x++) {
            between px = place_of(b->at[1], x, moving->edge, edge);
            uint8_t *pixel = frame + y * moving->size[1] + x;
            uint8_t value;

            if (px.i < -1 || px.i >= edge)
                continue;
            value = (uint8_t)(blend(b->pixels, edge, py, px) + 0.5);
            *pixel = value > *pixel ? value : *pixel;
        }
    }
}

int32_t sidle_moving_draw(const sidle_moving *moving,
                          const sidle_pictures *pictures, int64_t clip,
                          uint8_t *frames, int32_t *directions)
{
    const ptrdiff_t size = moving->size[0] * moving->size[1];
    const ptrdiff_t first = picture_of_clip(moving, pictures, clip);
    const ptrdiff_t pixels = pictures->edge * pictures->edge;
    body bodies[SIDLE_MOVING_MOST];

    for (int i = 0; i < moving->pictures; i++) {
        ptrdiff_t picture =
            i == 0 ? first : companion(moving, pictures, clip, first);

        bodies[i] = start(moving, clip, i, pictures->pixels + picture * pixels);
    }
    memset(frames, 0, (size_t)(moving->frames * size));
    for (ptrdiff_t t = 0; t < moving->frames; t++) {
        for (int i = 0; i < moving->pictures; i++) {
            if (t > 0)
                move(moving, &bodies[i]);
            paint(moving, &bodies[i], pictures->edge, frames + t * size);
        }
        directions[t] = direction_of(&bodies[0]);
    }
    return pictures->labels[first];
}
