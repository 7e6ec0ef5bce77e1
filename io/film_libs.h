/* film_libs.h - FFmpeg's libraries, loaded when the first film is read.
 *
 * They bring dozens of others with them, which would cost each rank of each
 * training a tenth of a second and 20 MB, and a node where they are missing
 * could not even train. */
#ifndef SIDLE_IO_FILM_LIBS_H
#define SIDLE_IO_FILM_LIBS_H

#include "base/status.h"

#if SIDLE_HAS_FILM
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libswscale/swscale.h>

/* LIBRARY, FUNCTION: all that are called. */
#define SIDLE_FILM_FUNCTIONS(F)                                                \
    F(avformat, av_find_best_stream)                                           \
    F(avformat, av_guess_frame_rate)                                           \
    F(avformat, av_read_frame)                                                 \
    F(avformat, av_stream_get_side_data)                                       \
    F(avformat, avformat_alloc_context)                                        \
    F(avformat, avformat_close_input)                                          \
    F(avformat, avformat_find_stream_info)                                     \
    F(avformat, avformat_open_input)                                           \
    F(avformat, avio_alloc_context)                                            \
    F(avformat, avio_context_free)                                             \
    F(avcodec, av_packet_alloc)                                                \
    F(avcodec, av_packet_free)                                                 \
    F(avcodec, av_packet_unref)                                                \
    F(avcodec, avcodec_alloc_context3)                                         \
    F(avcodec, avcodec_free_context)                                           \
    F(avcodec, avcodec_open2)                                                  \
    F(avcodec, avcodec_parameters_to_context)                                  \
    F(avcodec, avcodec_receive_frame)                                          \
    F(avcodec, avcodec_send_packet)                                            \
    F(swscale, sws_freeContext)                                                \
    F(swscale, sws_getCachedContext)                                           \
    F(swscale, sws_getCoefficients)                                            \
    F(swscale, sws_getColorspaceDetails)                                       \
    F(swscale, sws_scale)                                                      \
    F(swscale, sws_setColorspaceDetails)                                       \
    F(avutil, av_dict_free)                                                    \
    F(avutil, av_dict_set)                                                     \
    F(avutil, av_display_rotation_get)                                         \
    F(avutil, av_frame_alloc)                                                  \
    F(avutil, av_frame_free)                                                   \
    F(avutil, av_frame_get_buffer)                                             \
    F(avutil, av_frame_get_side_data)                                          \
    F(avutil, av_free)                                                         \
    F(avutil, av_freep)                                                        \
    F(avutil, av_log_set_level)                                                \
    F(avutil, av_malloc)                                                       \
    F(avutil, av_strerror)

#define SIDLE_FILM_MEMBER(library, function) __typeof__(&function) function;
typedef struct sidle_film_libs {
    SIDLE_FILM_FUNCTIONS(SIDLE_FILM_MEMBER)
} sidle_film_libs;

/** The functions, once loaded; before that all are NULL. */
extern sidle_film_libs sidle_ffmpeg;

/** Load the libraries, unless they are loaded. Calls: local; one thread.
 * Errors: SIDLE_EUSAGE: they are not installed here, in the versions with which
 * the program was built. */
sidle_status sidle_film_libs_load(void);
#endif

#endif
