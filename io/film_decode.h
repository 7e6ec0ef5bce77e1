/* film_decode.h - the frames of a film as they are coded, one after the other.
 */
#ifndef SIDLE_IO_FILM_DECODE_H
#define SIDLE_IO_FILM_DECODE_H

#include "base/status.h"

#if SIDLE_HAS_FILM
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

typedef struct sidle_film_decoder {
    const char *path;
    int fd, error; /* errno of the last failed read */
    int64_t size, at;
    AVIOContext *input;
    AVFormatContext *container;
    AVStream *stream;
    AVCodecContext *codec;
    AVPacket *packet;
    AVFrame *frame;    /* the last one decoded */
    int64_t decoded;   /* frames until now */
    double rate;       /* frames a second; 0: not known */
    int height, width; /* of the first frame */
    int is_any_size;   /* the others may have another size */
} sidle_film_decoder;

/**
 * Open a film, which opens no other file.
 * Calls:   local.
 * Owns:    borrows path; the caller ends it with sidle_film_decoder_close(),
 *          also after a failure.
 * Errors:  SIDLE_EIO: missing or unreadable; SIDLE_EDATA: no film, or of a form
 *          that cannot be decoded; SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_film_decoder_open(const char *path, int is_any_size,
                                     sidle_film_decoder *decoder);
/** Decode the next frame into decoder->frame; *has_frame_p is 0 at the end.
 * Errors: as above; SIDLE_EDATA: damaged, or a frame of another size. */
sidle_status sidle_film_decode(sidle_film_decoder *decoder, int *has_frame_p);
void sidle_film_decoder_close(sidle_film_decoder *decoder);
#endif

#endif
