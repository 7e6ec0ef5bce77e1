/* film.c - films through FFmpeg's libraries, where the program was built with
 * them: the frames that are wanted, of those that are coded. */
#include "io/film.h"

#if SIDLE_HAS_FILM
#include "io/film_decode.h"
#include "io/film_libs.h"
#include "io/film_scale.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A frame counts for a time that it misses by less: some containers round times
 * to milliseconds. */
#define NEAR 0.002

struct sidle_film {
    char *path;
    sidle_film_decoder in;
    sidle_film_scale out;
    int has_next; /* the decoder's frame is yet to be shown */
    /* With `fps`: the frame that is shown, until the next one is due. */
    double fps, start, until;
    int64_t made;
    unsigned char *shown;
};

sidle_status sidle_film_check(void)
{
    return sidle_film_libs_load();
}

static sidle_status no_memory(void)
{
    return sidle_fail(SIDLE_EINTERNAL, "no memory for a film");
}

/* ---- upright */

/* How often a frame is to be turned clockwise: cameras that were held upright
 * write lying frames, and this beside them. */
static int find_quarters(const sidle_film *film)
{
    const AVFrameSideData *of_frame = sidle_ffmpeg.av_frame_get_side_data(
        film->in.frame, AV_FRAME_DATA_DISPLAYMATRIX);
    const void *matrix = sidle_ffmpeg.av_stream_get_side_data(
        film->in.stream, AV_PKT_DATA_DISPLAYMATRIX, NULL);
    double angle;

    if (of_frame != NULL)
        matrix = of_frame->data;
    angle = matrix != NULL ? sidle_ffmpeg.av_display_rotation_get(matrix) : 0.0;
    return isfinite(angle) ? ((int)lround(-angle / 90.0) + 4) % 4 : 0;
}

/* ---- frames at wanted times */

static double time_of(const sidle_film *film, double otherwise)
{
    int64_t stamp = film->in.frame->best_effort_timestamp;

    return stamp == AV_NOPTS_VALUE
               ? otherwise
               : (double)stamp * av_q2d(film->in.stream->time_base);
}

static double duration_of(const sidle_film *film)
{
    if (film->in.frame->pkt_duration > 0)
        return (double)film->in.frame->pkt_duration *
               av_q2d(film->in.stream->time_base);
    return film->in.rate > 0.0 ? 1.0 / film->in.rate : 0.0;
}

/* Show the frame that was decoded last, and decode the one behind it. */
static sidle_status show_next(sidle_film *film)
{
    double end;

    SIDLE_TRY(sidle_film_scale_frame(&film->out, film->in.frame, film->shown));
    end = film->until + duration_of(film);
    SIDLE_TRY(sidle_film_decode(&film->in, &film->has_next));
    film->until = film->has_next ? time_of(film, end) : end;
    return SIDLE_OK;
}

static sidle_status next_in_time(sidle_film *film, unsigned char *frame,
                                 int *has_frame_p)
{
    const sidle_film_scale *out = &film->out;
    double slack = fmin(NEAR, 0.25 / film->fps);
    double now = film->start + (double)film->made / film->fps;

    /* The first frame is there for the first time in any case. */
    while (film->has_next && (film->made == 0 || now + slack >= film->until)) {
        SIDLE_TRY(show_next(film));
        if (film->made == 0)
            break;
    }
    *has_frame_p = film->made == 0 || now + slack < film->until;
    if (!*has_frame_p)
        return SIDLE_OK;
    memcpy(frame, film->shown,
           (size_t)out->height * (size_t)out->width * (size_t)out->channels);
    film->made++;
    return SIDLE_OK;
}

/* ---- what others call */

/* The first frame tells more than the container. */
static sidle_status read_first(sidle_film *film, sidle_film_form *form)
{
    const sidle_film_decoder *in = &film->in;
    int is_lying;

    SIDLE_TRY(sidle_film_decode(&film->in, &film->has_next));
    if (!film->has_next)
        return sidle_fail(SIDLE_EDATA, "'%s' has no frame", film->path);
    film->out.quarters = find_quarters(film);
    is_lying = film->out.quarters % 2 != 0;
    if (form->width == 0) {
        form->height = is_lying ? in->width : in->height;
        form->width = is_lying ? in->height : in->width;
    }
    film->start = film->until = time_of(film, 0.0);
    return SIDLE_OK;
}

static sidle_status open_film(sidle_film *film, sidle_film_form *form)
{
    SIDLE_TRY(sidle_film_decoder_open(film->path, form->width > 0, &film->in));
    SIDLE_TRY(read_first(film, form));
    film->fps = form->fps;
    film->out.height = form->height;
    film->out.width = form->width;
    film->out.channels = form->channels;
    if (film->fps > 0.0)
        film->shown = malloc((size_t)form->height * (size_t)form->width *
                             (size_t)form->channels);
    else
        form->fps = film->in.rate;
    return film->fps > 0.0 && film->shown == NULL ? no_memory() : SIDLE_OK;
}

sidle_status sidle_film_open(const char *path, sidle_film_form *form,
                             sidle_film **film_p)
{
    sidle_status status;
    sidle_film *film;

    *film_p = NULL;
    SIDLE_TRY(sidle_film_libs_load());
    film = calloc(1, sizeof(*film));
    if (film == NULL)
        return no_memory();
    film->in.fd = -1;
    film->path = strdup(path);
    status = film->path != NULL ? open_film(film, form) : no_memory();
    if (status == SIDLE_OK)
        *film_p = film;
    else
        sidle_film_close(film);
    return status;
}

sidle_status sidle_film_next(sidle_film *film, unsigned char *frame,
                             int *has_frame_p)
{
    sidle_status status = SIDLE_OK;

    if (film->fps > 0.0)
        return next_in_time(film, frame, has_frame_p);
    /* One is there already: film_open() looks at the first one. */
    if (!film->has_next)
        status = sidle_film_decode(&film->in, &film->has_next);
    *has_frame_p = film->has_next;
    if (status == SIDLE_OK && film->has_next)
        status = sidle_film_scale_frame(&film->out, film->in.frame, frame);
    film->has_next = 0;
    return status;
}

void sidle_film_close(sidle_film *film)
{
    if (film == NULL)
        return;
    sidle_film_scale_done(&film->out);
    sidle_film_decoder_close(&film->in);
    free(film->path);
    free(film->shown);
    free(film);
}

#else
#include <stddef.h>

sidle_status sidle_film_check(void)
{
    return sidle_fail(SIDLE_EUSAGE,
                      "this program was built without FFmpeg and reads no "
                      "films and pictures; install libavformat-dev, "
                      "libavcodec-dev and libswscale-dev, and build it again");
}

sidle_status sidle_film_open(const char *path, sidle_film_form *form,
                             sidle_film **film_p)
{
    (void)path, (void)form;
    *film_p = NULL;
    return sidle_film_check();
}

sidle_status sidle_film_next(sidle_film *film, unsigned char *frame,
                             int *has_frame_p)
{
    (void)film, (void)frame;
    *has_frame_p = 0;
    return sidle_film_check();
}

void sidle_film_close(sidle_film *film)
{
    (void)film;
}

#endif
