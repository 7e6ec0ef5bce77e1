/* import.c - films and pictures appended to a video file, clip after clip. */
#include "cli/import.h"

#include "base/text.h"
#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static size_t frame_bytes(const sidle_film_form *form)
{
    return (size_t)form->height * (size_t)form->width * (size_t)form->channels;
}

static sidle_status check_size(sidle_import *m, const char *path,
                               const sidle_film_form *form)
{
    if (m->first == NULL) {
        m->first = path;
        m->form.height = form->height;
        m->form.width = form->width;
    }
    if (form->height == m->form.height && form->width == m->form.width)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EDATA,
                      "'%s' has frames of %d x %d pixels, '%s' of %d x %d; "
                      "give the size of all frames by --size",
                      path, form->width, form->height, m->first, m->form.width,
                      m->form.height);
}

sidle_status sidle_import_open(sidle_import *m, const char *path, double *fps_p,
                               sidle_film **film_p)
{
    sidle_film_form form = m->form;
    sidle_status status;

    if (m->is_rate_known)
        form.fps = 0.0; /* there is nothing to drop or repeat */
    if (m->first != NULL && !m->is_size_given)
        form.height = form.width = 0; /* what is its own one? */
    SIDLE_TRY(sidle_film_open(path, &form, film_p));
    *fps_p = form.fps;
    status = check_size(m, path, &form);
    if (status != SIDLE_OK) {
        sidle_film_close(*film_p);
        *film_p = NULL;
    }
    return status;
}

sidle_status sidle_import_begin(sidle_import *m, double fps)
{
    const sidle_video_form form = {
        .shape = {m->form.height, m->form.width, m->form.channels},
        .fps = fps,
        .names = m->names,
        .classes = m->classes};

    m->frame = malloc(frame_bytes(&m->form));
    m->before = malloc(frame_bytes(&m->form));
    if (m->frame == NULL || m->before == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a frame");
    return sidle_video_writer_open(m->out, &form, &m->writer);
}

/* ---- cuts */

/* Mean difference of all bytes, as a fraction of their range. */
static double difference(const unsigned char *a, const unsigned char *b,
                         size_t n)
{
    int64_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += abs(a[i] - b[i]);
    return (double)sum / (255.0 * (double)n);
}

/* A cut is a change that comes suddenly: in a scene that moves fast each frame
 * differs from the last one about as much as that from the one before. Source:
 * the scene score of FFmpeg's filter select. */
static int is_cut(sidle_import *m)
{
    double last = m->change;

    if (m->clip_frames == 0)
        m->change = 0.0;
    if (!(m->cuts > 0.0) || m->clip_frames == 0)
        return 0;
    m->change = difference(m->frame, m->before, frame_bytes(&m->form));
    return fmin(m->change, fabs(m->change - last)) > m->cuts;
}

/* ---- frames */

sidle_status sidle_import_end_clip(sidle_import *m, int32_t label)
{
    if (m->clip_frames > 0)
        m->clips++;
    m->clip_frames = 0;
    return sidle_video_writer_end_clip(m->writer, label);
}

/* The frame that came last. */
static sidle_status append(sidle_import *m, int32_t label)
{
    unsigned char *newest = m->frame;

    if (is_cut(m))
        SIDLE_TRY(sidle_import_end_clip(m, label));
    SIDLE_TRY(sidle_video_writer_add(m->writer, 1, m->frame, NULL));
    m->clip_frames++;
    m->frames++;
    m->frame = m->before;
    m->before = newest;
    return SIDLE_OK;
}

static sidle_status append_all(sidle_import *m, sidle_film *film,
                               int is_picture, int32_t label)
{
    int has_frame;

    do {
        SIDLE_TRY(sidle_film_next(film, m->frame, &has_frame));
        if (has_frame)
            SIDLE_TRY(append(m, label));
    } while (has_frame && !is_picture);
    return SIDLE_OK;
}

sidle_status sidle_import_film(sidle_import *m, const char *path,
                               int is_picture, int32_t label)
{
    sidle_film *film;
    sidle_status status;
    double fps;

    SIDLE_TRY(sidle_import_open(m, path, &fps, &film));
    status = append_all(m, film, is_picture, label);
    sidle_film_close(film);
    return status;
}

sidle_status sidle_import_end(sidle_import *m, sidle_status status)
{
    if (status != SIDLE_OK)
        sidle_video_writer_drop(m->writer);
    else
        status = sidle_video_writer_close(m->writer);
    free(m->frame);
    free(m->before);
    if (status != SIDLE_OK)
        return status;
    printf("%s: %lld clip%s, %lld frame%s, %d x %d, %s", sidle_shown(m->out),
           (long long)m->clips, sidle_plural(m->clips), (long long)m->frames,
           sidle_plural(m->frames), m->form.width, m->form.height,
           m->form.channels == 1 ? "grey" : "in colour");
    if (m->classes > 0)
        printf(", %lld class%s", (long long)m->classes,
               m->classes == 1 ? "" : "es");
    putchar('\n');
    return SIDLE_OK;
}
