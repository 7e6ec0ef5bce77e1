/* film_decode.c - libavformat finds the packets of a film, libavcodec makes
 * frames of them. */
#include "io/film_decode.h"

#if SIDLE_HAS_FILM
#include "io/data_file.h"
#include "io/film_libs.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 1 << 16 };

/* ---- the file */

static int read_bytes(void *context, uint8_t *bytes, int n)
{
    sidle_film_decoder *d = context;
    ssize_t got = pread(d->fd, bytes, (size_t)n, d->at);

    if (got < 0) {
        d->error = errno;
        return AVERROR(errno);
    }
    d->at += got;
    return got > 0 ? (int)got : AVERROR_EOF;
}

static int64_t seek_byte(void *context, int64_t offset, int whence)
{
    sidle_film_decoder *d = context;

    if ((whence & AVSEEK_SIZE) != 0)
        return d->size;
    whence &= ~AVSEEK_FORCE;
    d->at = whence == SEEK_CUR   ? d->at + offset
            : whence == SEEK_END ? d->size + offset
                                 : offset;
    return d->at >= 0 ? d->at : AVERROR(EINVAL);
}

/* ---- errors */

static sidle_status no_memory(void)
{
    return sidle_fail(SIDLE_EINTERNAL, "no memory for a film");
}

/* `code` is one of FFmpeg's; `what` could not be done. */
static sidle_status fail(const sidle_film_decoder *d, int code,
                         const char *what)
{
    char reason[AV_ERROR_MAX_STRING_SIZE];

    if (d->error != 0)
        return sidle_data_file_fail(d->path, NULL, strerror(d->error));
    if (code == AVERROR(ENOMEM))
        return no_memory();
    sidle_ffmpeg.av_strerror(code, reason, sizeof(reason));
    return sidle_fail(SIDLE_EDATA, "'%s' %s: %s", d->path, what, reason);
}

static sidle_status fail_decoding(const sidle_film_decoder *d,
                                  const char *reason)
{
    return sidle_fail(SIDLE_EDATA,
                      "'%s' cannot be decoded behind %lld frames: %s; leave it "
                      "out, or let ffmpeg repair it (ffmpeg -i OLD NEW)",
                      d->path, (long long)d->decoded, reason);
}

static sidle_status fail_code(const sidle_film_decoder *d, int code)
{
    char reason[AV_ERROR_MAX_STRING_SIZE];

    if (d->error != 0 || code == AVERROR(ENOMEM))
        return fail(d, code, "");
    sidle_ffmpeg.av_strerror(code, reason, sizeof(reason));
    return fail_decoding(d, reason);
}

/* ---- open */

static sidle_status open_container(sidle_film_decoder *d)
{
    AVDictionary *options = NULL;
    unsigned char *buffer = sidle_ffmpeg.av_malloc(BUFFER);
    int code;

    d->input = sidle_ffmpeg.avio_alloc_context(buffer, BUFFER, 0, d, read_bytes,
                                               NULL, seek_byte);
    d->container = sidle_ffmpeg.avformat_alloc_context();
    if (buffer == NULL || d->input == NULL || d->container == NULL) {
        if (d->input == NULL)
            sidle_ffmpeg.av_free(buffer);
        return no_memory();
    }
    d->container->pb = d->input;
    /* The other files and addresses that a playlist names. */
    sidle_ffmpeg.av_dict_set(&options, "protocol_whitelist", "none", 0);
    code =
        sidle_ffmpeg.avformat_open_input(&d->container, NULL, NULL, &options);
    sidle_ffmpeg.av_dict_free(&options);
    if (code >= 0)
        code = sidle_ffmpeg.avformat_find_stream_info(d->container, NULL);
    return code >= 0 ? SIDLE_OK
                     : fail(d, code, "cannot be read as a film or picture");
}

static sidle_status find_stream(sidle_film_decoder *d, const AVCodec **codec_p)
{
    int n = sidle_ffmpeg.av_find_best_stream(d->container, AVMEDIA_TYPE_VIDEO,
                                             -1, -1, codec_p, 0);

    if (n == AVERROR_DECODER_NOT_FOUND)
        return fail(d, n, "has a coding that FFmpeg here does not know");
    if (n >= 0)
        d->stream = d->container->streams[n];
    if (n < 0 || (d->stream->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0)
        return sidle_fail(SIDLE_EDATA,
                          "'%s' has no pictures; expected a film or a picture",
                          d->path);
    return SIDLE_OK;
}

static sidle_status open_decoder(sidle_film_decoder *d, const AVCodec *codec)
{
    int code;

    d->packet = sidle_ffmpeg.av_packet_alloc();
    d->frame = sidle_ffmpeg.av_frame_alloc();
    d->codec = sidle_ffmpeg.avcodec_alloc_context3(codec);
    if (d->packet == NULL || d->frame == NULL || d->codec == NULL)
        return no_memory();
    code = sidle_ffmpeg.avcodec_parameters_to_context(d->codec,
                                                      d->stream->codecpar);
    d->codec->pkt_timebase = d->stream->time_base;
    if (code >= 0)
        code = sidle_ffmpeg.avcodec_open2(d->codec, codec, NULL);
    return code >= 0 ? SIDLE_OK : fail(d, code, "cannot be decoded");
}

/* ---- decode */

/* One packet to the decoder; behind the last one, that there is no more. */
static sidle_status feed(sidle_film_decoder *d)
{
    int code = sidle_ffmpeg.av_read_frame(d->container, d->packet);

    if (code == AVERROR_EOF && d->error == 0) {
        sidle_ffmpeg.avcodec_send_packet(d->codec, NULL);
        return SIDLE_OK;
    }
    if (code < 0)
        return fail_code(d, code);
    if (d->packet->stream_index != d->stream->index)
        code = 0;
    else if ((d->packet->flags & AV_PKT_FLAG_CORRUPT) != 0)
        code = AVERROR_INVALIDDATA;
    else
        code = sidle_ffmpeg.avcodec_send_packet(d->codec, d->packet);
    sidle_ffmpeg.av_packet_unref(d->packet);
    return code < 0 ? fail_code(d, code) : SIDLE_OK;
}

static sidle_status check_frame(sidle_film_decoder *d)
{
    const AVFrame *frame = d->frame;

    if (frame->decode_error_flags != 0 ||
        (frame->flags & AV_FRAME_FLAG_CORRUPT) != 0)
        return fail_decoding(d, "the next frame is damaged");
    if (d->width == 0) {
        d->height = frame->height;
        d->width = frame->width;
    }
    if (!d->is_any_size &&
        (frame->height != d->height || frame->width != d->width))
        return sidle_fail(SIDLE_EDATA,
                          "'%s' changes from %d x %d to %d x %d pixels behind "
                          "%lld frames; give the size of all frames by --size",
                          d->path, d->width, d->height, frame->width,
                          frame->height, (long long)d->decoded);
    d->decoded++;
    return SIDLE_OK;
}

sidle_status sidle_film_decode(sidle_film_decoder *d, int *has_frame_p)
{
    int code;

    *has_frame_p = 0;
    while ((code = sidle_ffmpeg.avcodec_receive_frame(d->codec, d->frame)) ==
           AVERROR(EAGAIN))
        SIDLE_TRY(feed(d));
    if (code == AVERROR_EOF)
        return SIDLE_OK;
    if (code < 0)
        return fail_code(d, code);
    *has_frame_p = 1;
    return check_frame(d);
}

/* ---- begin and end */

sidle_status sidle_film_decoder_open(const char *path, int is_any_size,
                                     sidle_film_decoder *d)
{
    const AVCodec *codec = NULL;
    AVRational rate;

    *d = (sidle_film_decoder){
        .path = path, .fd = -1, .is_any_size = is_any_size};
    SIDLE_TRY(sidle_data_file_open(path, NULL, &d->fd, &d->size));
    SIDLE_TRY(open_container(d));
    SIDLE_TRY(find_stream(d, &codec));
    SIDLE_TRY(open_decoder(d, codec));
    rate = sidle_ffmpeg.av_guess_frame_rate(d->container, d->stream, NULL);
    d->rate = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0.0;
    return SIDLE_OK;
}

void sidle_film_decoder_close(sidle_film_decoder *d)
{
    sidle_ffmpeg.av_packet_free(&d->packet);
    sidle_ffmpeg.av_frame_free(&d->frame);
    sidle_ffmpeg.avcodec_free_context(&d->codec);
    sidle_ffmpeg.avformat_close_input(&d->container);
    if (d->input != NULL)
        sidle_ffmpeg.av_freep(&d->input->buffer);
    sidle_ffmpeg.avio_context_free(&d->input);
    if (d->fd >= 0)
        close(d->fd);
    *d = (sidle_film_decoder){.fd = -1};
}
#endif
