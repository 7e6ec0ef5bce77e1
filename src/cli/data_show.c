/* data_show.c - sidle data show: the clips of a video file, as a list and as a
 * contact sheet. */
#include "base/number.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "cli/data.h"
#include "io/sheet.h"
#include "io/video_file.h"
#include "io/video_frames.h"
#include "io/video_names.h"

#include <stdio.h>
#include <stdlib.h>

enum { SHEET_CLIPS = 16, SHEET_FRAMES = 8, MOST_CELLS = 1000, MOST_LABELS = 8 };

typedef struct arguments {
    const char *path, *png;
    int64_t clips, frames; /* 0: the default */
} arguments;

enum { KEY_PNG = 0x100, KEY_CLIPS, KEY_FRAMES };

static const struct argp_option words[] = {
    {"png", KEY_PNG, "SHEET", 0,
     "write a contact sheet: a clip in each row, frames at equal distances, "
     "from the first to the last",
     0},
    {"clips", KEY_CLIPS, "N", 0,
     "N clips at equal distances (default: all, 16 of them in the sheet)", 0},
    {"frames", KEY_FRAMES, "N", 0, "frames of a clip in the sheet (default: 8)",
     0},
    {0}};

static error_t parse_word(int key, char *value, struct argp_state *state)
{
    arguments *args = state->input;

    switch (key) {
    case KEY_PNG:
        args->png = sidle_parse_path(state, value);
        return 0;
    case KEY_CLIPS:
        args->clips = sidle_parse_whole(state, "clips", value, 1);
        return 0;
    case KEY_FRAMES:
        args->frames = sidle_parse_whole(state, "frames", value, 1);
        if (args->frames > MOST_CELLS)
            argp_error(state, "--frames is %s, expected 1 to %d", value,
                       MOST_CELLS);
        return 0;
    case ARGP_KEY_ARG:
        if (args->path != NULL)
            argp_error(state, "one file is expected, \"%s\" is one too many",
                       value);
        args->path = value;
        return 0;
    case ARGP_KEY_END:
        if (args->path == NULL)
            argp_error(state, "no file is given");
        sidle_parse_alone(state, "");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp show_argp = {
    .options = words,
    .parser = parse_word,
    .args_doc = "FILE",
    .doc = "Lists the clips of a video file: number (from 0), frames, label.",
};

/* Number `i` of `most` out of n, at equal distances from the first to the
 * last. */
static int64_t chosen(int64_t i, int64_t most, int64_t n)
{
    return most < 2 ? 0 : i * (n - 1) / (most - 1);
}

/* ---- list */

static void print_label(int32_t label, char **names)
{
    if (label < 0)
        printf("-");
    else
        printf("%d%s%s", label, names != NULL ? " " : "",
               names != NULL ? sidle_shown(names[label]) : "");
}

/* Labels of frames, each as long as it lasts. */
static void print_frame_labels(const sidle_video *video, int64_t clip,
                               char **names)
{
    const int32_t *labels = video->frame_labels;
    int64_t first = video->offsets[clip], end = video->offsets[clip + 1];
    int n = 0;

    for (int64_t i = first; i < end; i++) {
        if (i > first && labels[i] == labels[i - 1])
            continue;
        if (n++ == MOST_LABELS) {
            printf(", and more");
            return;
        }
        printf("%s", n > 1 ? ", " : "");
        print_label(labels[i], names);
    }
}

static void print_clip(const sidle_video *video, int64_t clip, char **names)
{
    printf("%8lld %8lld  ", (long long)clip,
           (long long)(video->offsets[clip + 1] - video->offsets[clip]));
    if (video->labels != NULL)
        print_label(video->labels[clip], names);
    else if (video->frame_labels == NULL)
        printf("-");
    if (video->frame_labels != NULL) {
        printf("%sframes: ", video->labels != NULL ? "; " : "");
        print_frame_labels(video, clip, names);
    }
    putchar('\n');
}

static void print_list(const sidle_video *video, int64_t most)
{
    int64_t n = video->info.clips;
    char **names = sidle_video_names(video);

    most = most > 0 ? sidle_smaller(most, n) : n;
    printf("%8s %8s  %s\n", "clip", "frames", "label");
    for (int64_t i = 0; i < most; i++)
        print_clip(video, chosen(i, most, n), names);
    sidle_video_names_free(names, video->info.classes);
}

/* ---- contact sheet */

static sidle_status draw_clip(const sidle_video *video,
                              sidle_video_frames *frames, int64_t clip, int row,
                              sidle_sheet *sheet, unsigned char *frame)
{
    int64_t first = video->offsets[clip];
    int64_t n = video->offsets[clip + 1] - first;
    int64_t most = sidle_smaller(n, sheet->columns);

    for (int64_t i = 0; i < most; i++) {
        SIDLE_TRY(sidle_video_frames_read(frames, first + chosen(i, most, n), 1,
                                          frame));
        sidle_sheet_put(sheet, row, (int)i, frame, SIDLE_SHEET_GREY);
    }
    return SIDLE_OK;
}

static sidle_status draw_clips(const sidle_video *video,
                               sidle_video_frames *frames, sidle_sheet *sheet)
{
    const int64_t *shape = video->info.shape;
    unsigned char *frame = malloc((size_t)(shape[0] * shape[1] * shape[2]));
    sidle_status status = SIDLE_OK;

    if (frame == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a frame");
    for (int row = 0; status == SIDLE_OK && row < sheet->rows; row++)
        status = draw_clip(video, frames,
                           chosen(row, sheet->rows, video->info.clips), row,
                           sheet, frame);
    free(frame);
    return status;
}

static sidle_status draw(const arguments *args, const sidle_video *video,
                         sidle_sheet *sheet)
{
    const sidle_video_info *info = &video->info;
    const int64_t shape[4] = {info->frames, info->shape[0], info->shape[1],
                              info->shape[2]};
    sidle_video_frames *frames = NULL;
    sidle_status status =
        sidle_video_frames_open(video->fd, video->size, shape, &frames);

    if (status == SIDLE_OK)
        status = draw_clips(video, frames, sheet);
    sidle_video_frames_close(frames);
    return status == SIDLE_OK ? status
                              : sidle_fail_in(status, "'%s'", args->path);
}

static sidle_status write_sheet(const arguments *args, const sidle_video *video)
{
    int64_t rows = sidle_smaller(args->clips > 0 ? args->clips : SHEET_CLIPS,
                                 video->info.clips);
    int64_t columns =
        sidle_smaller(args->frames > 0 ? args->frames : SHEET_FRAMES,
                      video->info.lengths.most);
    sidle_sheet sheet;
    sidle_status status;

    rows = sidle_smaller(rows, INT32_MAX);
    status =
        sidle_sheet_new(video->info.shape, (int)rows, (int)columns, &sheet);
    if (status == SIDLE_OK)
        status = draw(args, video, &sheet);
    if (status == SIDLE_OK)
        status = sidle_png_write(&sheet.picture, args->png);
    sidle_sheet_done(&sheet);
    if (status == SIDLE_OK)
        printf("%s: a contact sheet, %lld clip%s from top to bottom\n",
               sidle_shown(args->png), (long long)rows, sidle_plural(rows));
    return status;
}

static sidle_status show(const arguments *args)
{
    sidle_video video;
    sidle_status status = SIDLE_OK;

    if (args->png != NULL) {
        SIDLE_TRY(sidle_png_check());
        SIDLE_TRY(sidle_png_check_target(args->png));
    }
    SIDLE_TRY(sidle_video_open(args->path, NULL, &video));
    if (args->png != NULL)
        status = write_sheet(args, &video);
    if (status == SIDLE_OK)
        print_list(&video, args->clips);
    sidle_video_close(&video);
    return status;
}

int sidle_cmd_data_show(int argc, char **argv)
{
    arguments args = {0};
    sidle_status status;

    sidle_parse(&show_argp, "data show", argc, argv, &args);
    status = show(&args);
    if (status != SIDLE_OK)
        return sidle_fail_print(status);
    return SIDLE_OK;
}
