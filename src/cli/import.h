/* import.h - films and pictures appended to a video file, clip after clip. */
#ifndef SIDLE_CLI_IMPORT_H
#define SIDLE_CLI_IMPORT_H

#include "io/film.h"
#include "io/video_writer.h"

typedef struct sidle_import {
    const char *out;
    sidle_film_form form;     /* of all films; size 0: that of the first one */
    const char *const *names; /* (classes) */
    int64_t classes;
    double cuts;       /* a new clip where frames differ by more; 0: never */
    int is_size_given; /* form has the size from the beginning */
    int is_rate_known; /* form.fps is how often the pictures were taken */
    /* made by the functions below */
    const char *first; /* the film whose size all must have */
    sidle_video_writer *writer;
    unsigned char *frame, *before; /* the newest frame, and the one before */
    double change;                 /* from the one to the other */
    int64_t clip_frames;           /* of the clip that is being written */
    int64_t clips, frames;         /* written */
} sidle_import;

/**
 * Open a film, and hold its size against that of the others.
 * Owns:    the caller closes *film_p.
 * Errors:  those of sidle_film_open(); SIDLE_EDATA: another size.
 */
sidle_status sidle_import_open(sidle_import *import, const char *path,
                               double *fps_p, sidle_film **film_p);
/** Begin the file, of frames a second `fps` (0: not known). Calls: the size is
 * known: a film was opened. Errors: those of sidle_video_writer_open(). */
sidle_status sidle_import_begin(sidle_import *import, double fps);
/**
 * Append all frames of a film to the clip, or the first one only; with `cuts`
 * end it, and begin another one, where the scene changes.
 * Errors:  those of sidle_film_next() and of writing.
 */
sidle_status sidle_import_film(sidle_import *import, const char *path,
                               int is_picture, int32_t label);
/** End the clip. Errors: SIDLE_EIO. */
sidle_status sidle_import_end_clip(sidle_import *import, int32_t label);
/** After SIDLE_OK: complete the file and say what it holds. Else remove it.
 * Errors: `status`; those of sidle_video_writer_close(). */
sidle_status sidle_import_end(sidle_import *import, sidle_status status);

#endif
