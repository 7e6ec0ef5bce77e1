/* film.h - frames of films and pictures, decoded by the libraries of FFmpeg.
 *
 * Any file that they know: MP4, Matroska, AVI, PNG, JPEG and so on; a picture
 * is a film of one frame. A film opens no other file: playlists and addresses
 * are refused. The libraries are loaded with the first film (film_libs.h), and
 * may be missing, when the program is built or when it runs: then everything
 * else works, and these functions fail with a message that says so. */
#ifndef SIDLE_IO_FILM_H
#define SIDLE_IO_FILM_H

#include "base/status.h"

typedef struct sidle_film sidle_film;

typedef struct sidle_film_form {
    int height, width; /* pixels of the frames; 0: as in the film */
    int channels;      /* 1: grey, 3: red, green, blue */
    double fps;        /* frames a second of the film; 0: each frame once */
} sidle_film_form;

/** Whether this program can read films here. Errors: SIDLE_EUSAGE: it was built
 * without FFmpeg, or its libraries are missing; the message says what to do. */
sidle_status sidle_film_check(void);

/**
 * Open a film. *form is in what is wanted, out what the frames will be: size,
 * and frames a second (0: not known).
 * Calls:   local; one at a time.
 * Owns:    the caller ends it with sidle_film_close().
 * Errors:  those of sidle_film_check(); SIDLE_EIO: missing or unreadable;
 *          SIDLE_EDATA: no film, or of a form that cannot be decoded;
 *          SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_film_open(const char *path, sidle_film_form *form,
                             sidle_film **film_p);
/**
 * Decode the next frame, turned upright, colours in full range. With `fps`
 * frames are dropped or repeated by their times.
 * Shapes:  frame (height, width, channels); *has_frame_p is 0 at the end.
 * Errors:  SIDLE_EDATA: damaged, or a frame of another size than the film's
 *          first where the form names none; SIDLE_EIO.
 */
sidle_status sidle_film_next(sidle_film *film, unsigned char *frame,
                             int *has_frame_p);
/** NULL is allowed. */
void sidle_film_close(sidle_film *film);

#endif
