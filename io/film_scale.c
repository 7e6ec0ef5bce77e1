/* film_scale.c - libswscale, and quarter turns. */
#include "io/film_scale.h"

#if SIDLE_HAS_FILM
#include "io/film_libs.h"

#include <string.h>

/* Averages over the area of a pixel where it makes a picture smaller; the same
 * bytes on every processor. */
#define HOW (SWS_AREA | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_BITEXACT)

static sidle_status make_room(sidle_film_scale *s)
{
    int is_lying = s->quarters % 2 != 0;

    if (s->made != NULL)
        return SIDLE_OK;
    s->made = sidle_ffmpeg.av_frame_alloc();
    if (s->made == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a frame");
    s->made->format = s->channels == 1 ? AV_PIX_FMT_GRAY8 : AV_PIX_FMT_RGB24;
    s->made->width = is_lying ? s->height : s->width;
    s->made->height = is_lying ? s->width : s->height;
    if (sidle_ffmpeg.av_frame_get_buffer(s->made, 0) < 0)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a frame");
    return SIDLE_OK;
}

/* Which brightness the numbers of a frame mean stands in the frame. */
static void set_colours(struct SwsContext *context, const AVFrame *frame)
{
    int is_full = frame->color_range == AVCOL_RANGE_JPEG;
    int *from, *to, from_full, to_full, brightness, contrast, saturation;

    if (frame->color_range == AVCOL_RANGE_UNSPECIFIED ||
        sidle_ffmpeg.sws_getColorspaceDetails(context, &from, &from_full, &to,
                                              &to_full, &brightness, &contrast,
                                              &saturation) < 0)
        return;
    sidle_ffmpeg.sws_setColorspaceDetails(
        context, sidle_ffmpeg.sws_getCoefficients(frame->colorspace), is_full,
        to, to_full, brightness, contrast, saturation);
}

static sidle_status scale_only(sidle_film_scale *s, const AVFrame *frame)
{
    s->context = sidle_ffmpeg.sws_getCachedContext(
        s->context, frame->width, frame->height, frame->format, s->made->width,
        s->made->height, s->made->format, HOW, NULL, NULL, NULL);
    if (s->context == NULL)
        return sidle_fail(SIDLE_EDATA,
                          "a frame of %d x %d pixels cannot be scaled to "
                          "%d x %d",
                          frame->width, frame->height, s->made->width,
                          s->made->height);
    set_colours(s->context, frame);
    if (sidle_ffmpeg.sws_scale(s->context, (const uint8_t *const *)frame->data,
                               frame->linesize, 0, frame->height, s->made->data,
                               s->made->linesize) != s->made->height)
        return sidle_fail(SIDLE_EDATA, "a frame cannot be scaled");
    return SIDLE_OK;
}

/* Where the pixel that comes to (y, x) stands before the turn. */
static const unsigned char *pixel_of(const sidle_film_scale *s, int y, int x)
{
    const AVFrame *made = s->made;
    int row = y, column = x;

    switch (s->quarters) {
    case 1:
        row = made->height - 1 - x;
        column = y;
        break;
    case 2:
        row = made->height - 1 - y;
        column = made->width - 1 - x;
        break;
    case 3:
        row = x;
        column = made->width - 1 - y;
        break;
    default:
        break;
    }
    return made->data[0] + (ptrdiff_t)row * made->linesize[0] +
           (ptrdiff_t)column * s->channels;
}

sidle_status sidle_film_scale_frame(sidle_film_scale *s, const AVFrame *frame,
                                    unsigned char *pixels)
{
    size_t pixel = (size_t)s->channels;

    SIDLE_TRY(make_room(s));
    SIDLE_TRY(scale_only(s, frame));
    for (int y = 0; y < s->height; y++) {
        if (s->quarters == 0) {
            memcpy(pixels, pixel_of(s, y, 0), (size_t)s->width * pixel);
            pixels += (size_t)s->width * pixel;
            continue;
        }
        for (int x = 0; x < s->width; x++, pixels += pixel)
            memcpy(pixels, pixel_of(s, y, x), pixel);
    }
    return SIDLE_OK;
}

void sidle_film_scale_done(sidle_film_scale *s)
{
    sidle_ffmpeg.sws_freeContext(s->context);
    sidle_ffmpeg.av_frame_free(&s->made);
}
#endif
