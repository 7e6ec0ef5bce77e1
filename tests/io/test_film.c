/* test_film.c - films of common containers, made here by FFmpeg's libraries:
 * rates, cameras that were held upright, damage. */
#include "io/folder.h"

#include "io/film.h"

#if SIDLE_HAS_FILM
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>

enum { X = 32, Y = 16 };

/* A film to be made; frame i is grey of brightness grey(i), its left half
 * darker. */
typedef struct recipe {
    const char *name; /* its end names the container */
    enum AVCodecID codec;
    AVRational rate;
    int frames;
    int turned; /* degrees, counterclockwise, that a player turns it */
} recipe;

static int grey(int i)
{
    return 60 + 5 * i;
}

static void draw(AVFrame *frame, int i)
{
    assert_int_equal(av_frame_make_writable(frame), 0);
    for (int plane = 0; plane < 3; plane++)
        for (int y = 0; y < (plane == 0 ? Y : Y / 2); y++)
            memset(frame->data[plane] + y * frame->linesize[plane],
                   plane == 0 ? grey(i) : 128,
                   plane == 0 ? (size_t)X : (size_t)X / 2);
    for (int y = 0; y < Y; y++)
        memset(frame->data[0] + y * frame->linesize[0], 20, X / 2);
    frame->pts = i;
}

static void write_packets(AVFormatContext *film, AVCodecContext *encoder,
                          const AVFrame *frame)
{
    AVPacket *packet = av_packet_alloc();

    assert_int_equal(avcodec_send_frame(encoder, frame), 0);
    while (avcodec_receive_packet(encoder, packet) == 0) {
        packet->stream_index = 0;
        packet->duration = 1;
        av_packet_rescale_ts(packet, encoder->time_base,
                             film->streams[0]->time_base);
        assert_int_equal(av_interleaved_write_frame(film, packet), 0);
    }
    av_packet_free(&packet);
}

static AVCodecContext *open_encoder(const recipe *r)
{
    const AVCodec *codec = avcodec_find_encoder(r->codec);
    AVCodecContext *encoder = avcodec_alloc_context3(codec);

    encoder->width = X;
    encoder->height = Y;
    encoder->pix_fmt = AV_PIX_FMT_YUV420P;
    encoder->framerate = r->rate;
    encoder->time_base = av_inv_q(r->rate);
    encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_QSCALE;
    encoder->global_quality = FF_QP2LAMBDA;
    assert_int_equal(avcodec_open2(encoder, codec, NULL), 0);
    return encoder;
}

static void add_stream(AVFormatContext *film, const AVCodecContext *encoder,
                       const recipe *r)
{
    AVStream *stream = avformat_new_stream(film, NULL);

    avcodec_parameters_from_context(stream->codecpar, encoder);
    stream->time_base = encoder->time_base;
    stream->avg_frame_rate = r->rate;
    if (r->turned != 0)
        av_display_rotation_set(
            (int32_t *)(void *)av_stream_new_side_data(
                stream, AV_PKT_DATA_DISPLAYMATRIX, 9 * sizeof(int32_t)),
            -r->turned);
}

static void make_film(const recipe *r)
{
    AVFormatContext *film;
    AVCodecContext *encoder = open_encoder(r);
    AVFrame *frame = av_frame_alloc();

    av_log_set_level(AV_LOG_QUIET);
    avformat_alloc_output_context2(&film, NULL, NULL, check_path(r->name));
    add_stream(film, encoder, r);
    assert_int_equal(avio_open(&film->pb, check_path(r->name), AVIO_FLAG_WRITE),
                     0);
    assert_true(avformat_write_header(film, NULL) >= 0);
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = X;
    frame->height = Y;
    assert_int_equal(av_frame_get_buffer(frame, 0), 0);
    for (int i = 0; i < r->frames; i++) {
        draw(frame, i);
        write_packets(film, encoder, frame);
    }
    write_packets(film, encoder, NULL);
    assert_int_equal(av_write_trailer(film), 0);
    av_frame_free(&frame);
    avcodec_free_context(&encoder);
    avio_closep(&film->pb);
    avformat_free_context(film);
}

/* ---- read back */

static sidle_film *open_film(const char *name, sidle_film_form *form)
{
    sidle_film *film;

    if (sidle_film_check() != SIDLE_OK)
        skip(); /* built with libraries that are not here */
    assert_int_equal(sidle_film_open(check_path(name), form, &film), SIDLE_OK);
    return film;
}

/* Full range of the brightness 16 to 235 of films. */
static int full(int brightness)
{
    return (int)((brightness - 16) * 255.0 / 219.0 + 0.5);
}

static void check_near(int found, int expected)
{
    if (abs(found - expected) > 3)
        fail_msg("%d, expected about %d", found, expected);
}

/* Frame i of the film shows frame which[i] of its recipe. */
static void check_frames(const char *name, double fps, const int *which, int n)
{
    static unsigned char frame[X * Y];
    sidle_film_form form = {.channels = 1, .fps = fps};
    sidle_film *film = open_film(name, &form);
    int has_frame;

    assert_int_equal(form.width, X);
    assert_int_equal(form.height, Y);
    for (int i = 0; i < n; i++) {
        assert_int_equal(sidle_film_next(film, frame, &has_frame), SIDLE_OK);
        assert_int_equal(has_frame, 1);
        check_near(frame[X - 1], full(grey(which[i])));
        check_near(frame[0], full(20));
    }
    assert_int_equal(sidle_film_next(film, frame, &has_frame), SIDLE_OK);
    assert_int_equal(has_frame, 0);
    sidle_film_close(film);
}

static const int each[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

/* Matroska rounds times to milliseconds: 33, 67, 100 .. */
TEST_IN_FOLDER(at_its_own_rate_a_film_keeps_each_frame)
{
    static const char *const names[] = {"a.mkv", "a.mp4", "a.avi"};
    static const int second[] = {0, 2, 4, 6, 8, 10};

    for (int i = 0; i < 3; i++) {
        make_film(&(recipe){names[i], AV_CODEC_ID_MPEG4, {30, 1}, 12, 0});
        check_frames(names[i], 0.0, each, 12);
        check_frames(names[i], 30.0, each, 12);
        check_frames(names[i], 15.0, second, 6);
    }
}

TEST_IN_FOLDER(the_rate_of_a_film_is_told)
{
    sidle_film_form form = {.channels = 1};

    make_film(&(recipe){"a.mp4", AV_CODEC_ID_MPEG4, {30000, 1001}, 12, 0});
    sidle_film_close(open_film("a.mp4", &form));
    assert_true(form.fps > 29.969 && form.fps < 29.971);
    form.fps = 10.0;
    sidle_film_close(open_film("a.mp4", &form));
    assert_true(form.fps == 10.0);
}

/* The dark half, on the left of what is coded, comes to the top, the right or
 * the bottom. */
TEST_IN_FOLDER(a_film_of_an_upright_camera_is_turned)
{
    static const struct {
        int turned, height, dark_y, dark_x, light_y, light_x;
    } cases[] = {{0, Y, 8, 0, 8, X - 1},
                 {90, X, X - 1, 8, 0, 8},
                 {180, Y, 8, X - 1, 8, 0},
                 {270, X, 0, 8, X - 1, 8}};
    static unsigned char frame[3 * X * Y];
    int has_frame;

    for (int i = 0; i < 4; i++) {
        sidle_film_form form = {.channels = 3};
        sidle_film *film;
        int width;

        make_film(
            &(recipe){"a.mp4", AV_CODEC_ID_MPEG4, {10, 1}, 2, cases[i].turned});
        film = open_film("a.mp4", &form);
        assert_int_equal(form.height, cases[i].height);
        width = form.width;
        assert_int_equal(width, X + Y - cases[i].height);
        assert_int_equal(sidle_film_next(film, frame, &has_frame), SIDLE_OK);
        for (int c = 0; c < 3; c++) {
            check_near(
                frame[3 * (cases[i].dark_y * width + cases[i].dark_x) + c],
                full(20));
            check_near(
                frame[3 * (cases[i].light_y * width + cases[i].light_x) + c],
                full(grey(0)));
        }
        sidle_film_close(film);
    }
}

/* The index of an MP4 file stands at its end. */
TEST_IN_FOLDER(a_film_that_was_cut_off_is_refused)
{
    sidle_film_form form = {.channels = 1};
    sidle_film *film;

    make_film(&(recipe){"a.mp4", AV_CODEC_ID_MPEG4, {10, 1}, 12, 0});
    assert_int_equal(truncate(check_path("a.mp4"), 400), 0);
    assert_int_equal(sidle_film_open(check_path("a.mp4"), &form, &film),
                     SIDLE_EDATA);
    assert_null(film);
}

#else
TEST(built_without_ffmpeg)
{
    skip();
}
#endif

TEST_MAIN
