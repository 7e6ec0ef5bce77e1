/* data_moving.c - sidle data moving: clips of the moving clothes of
 * Fashion-MNIST.
 *
 * Source: Xiao, Rasul, Vollgraf, arXiv:1708.07747. */
#include "base/log.h"
#include "base/text.h"
#include "cli/clothes.h"
#include "cli/command.h"
#include "cli/data.h"
#include "cli/data_words.h"
#include "data/moving.h"
#include "io/video_writer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "/usr/share/datasets/fashion-mnist"

typedef enum label { LABEL_CLASS, LABEL_DIRECTION } label;

typedef struct arguments {
    const char *out, *images;
    const sidle_clothes_part *part;
    sidle_moving moving;
    int64_t clips;
    label label;
} arguments;

enum {
    KEY_SIZE = 0x100,
    KEY_OBJECT,
    KEY_SPEED,
    KEY_FRAMES,
    KEY_CLIPS,
    KEY_OBJECTS,
    KEY_LABEL,
    KEY_PART,
    KEY_SEED,
    KEY_IMAGES
};

static const struct argp_option words[] = {
    {"clips", KEY_CLIPS, "N", 0, "number of clips (default: 1000)", 0},
    {"frames", KEY_FRAMES, "N", 0, "frames of a clip (default: 32)", 0},
    {"size", KEY_SIZE, "XxY", 0, "pixels of a frame (default: 32x32)", 0},
    {"object", KEY_OBJECT, "N", 0,
     "pixels of an object's edge (default: 5/8 of the frame's shorter edge)",
     0},
    {"objects", KEY_OBJECTS, "N", 0,
     "objects in a frame, 1 or 2, of one class (default: 1)", 0},
    {"speed", KEY_SPEED, "V", 0, "pixels a frame (default: 0.5)", 0},
    {"label", KEY_LABEL, "WHAT", 0,
     "class: what an object is, 10 classes, a label for each clip; direction: "
     "where it moves, right, down, left or up, a label for each frame "
     "(default: class)",
     0},
    {"part", KEY_PART, "PART", 0,
     "train, valid or test: three parts without common pictures (default: "
     "train)",
     0},
    {"seed", KEY_SEED, "N", 0,
     "of positions, directions and the order of pictures (default: 1)", 0},
    {"images", KEY_IMAGES, "FOLDER", 0,
     "with the four files of Fashion-MNIST or of MNIST (default: " FOLDER
     ", Debian's dataset-fashion-mnist)",
     0},
    {0}};

static void parse_label(const struct argp_state *state, const char *value,
                        arguments *args)
{
    if (strcmp(value, "class") == 0)
        args->label = LABEL_CLASS;
    else if (strcmp(value, "direction") == 0)
        args->label = LABEL_DIRECTION;
    else
        argp_error(state, "--label %s: expected class or direction", value);
}

static void parse_part(const struct argp_state *state, const char *value,
                       arguments *args)
{
    args->part = sidle_clothes_part_find(value);
    if (args->part == NULL)
        argp_error(state, "--part %s: expected train, valid or test", value);
}

static void parse_speed(const struct argp_state *state, const char *value,
                        arguments *args)
{
    char *end;

    args->moving.speed = strtod(value, &end);
    if (end == value || *end != '\0' || !(args->moving.speed >= 0.0) ||
        args->moving.speed > 1e6)
        argp_error(state, "--speed %s: expected pixels a frame, such as 0.5",
                   value);
}

/* What two options together must hold to. */
static void check_words(arguments *args, const struct argp_state *state)
{
    sidle_moving *m = &args->moving;
    ptrdiff_t shorter = m->size[0] < m->size[1] ? m->size[0] : m->size[1];

    if (args->out == NULL)
        argp_error(state, "no output file is given");
    if (m->edge == 0)
        m->edge = shorter * 5 / 8 > 0 ? shorter * 5 / 8 : 1;
    if (m->edge > shorter)
        argp_error(state, "--object %td does not fit into frames of %td x %td",
                   m->edge, m->size[1], m->size[0]);
    if (m->speed > (double)(shorter - m->edge))
        argp_error(state,
                   "--speed %g is more than the %td pixels that an object can "
                   "move; choose a lower one, a larger --size or a smaller "
                   "--object",
                   m->speed, shorter - m->edge);
    if (args->label == LABEL_DIRECTION && !(m->speed > 0.0))
        argp_error(state, "--speed 0 has no direction");
    sidle_parse_alone(state, "");
}

static error_t parse_word(int key, char *value, struct argp_state *state)
{
    arguments *args = state->input;
    sidle_moving *m = &args->moving;
    int height, width;

    switch (key) {
    case KEY_CLIPS:
        args->clips = sidle_parse_whole(state, "clips", value, 1);
        return 0;
    case KEY_FRAMES:
        m->frames = sidle_parse_whole(state, "frames", value, 1);
        return 0;
    case KEY_SIZE:
        sidle_parse_size(state, value, &height, &width);
        m->size[0] = height;
        m->size[1] = width;
        return 0;
    case KEY_OBJECT:
        m->edge = sidle_parse_whole(state, "object", value, 1);
        return 0;
    case KEY_OBJECTS:
        m->pictures = (int)sidle_parse_whole(state, "objects", value, 1);
        if (m->pictures > SIDLE_MOVING_MOST)
            argp_error(state, "--objects %s: expected 1 or 2", value);
        return 0;
    case KEY_SPEED:
        parse_speed(state, value, args);
        return 0;
    case KEY_LABEL:
        parse_label(state, value, args);
        return 0;
    case KEY_PART:
        parse_part(state, value, args);
        return 0;
    case KEY_SEED:
        m->seed = (uint64_t)sidle_parse_whole(state, "seed", value, 0);
        return 0;
    case KEY_IMAGES:
        args->images = sidle_parse_path(state, value);
        return 0;
    case ARGP_KEY_ARG:
        if (args->out != NULL)
            argp_error(state,
                       "one output file is expected, \"%s\" is one too "
                       "many",
                       value);
        args->out = value;
        return 0;
    case ARGP_KEY_END:
        check_words(args, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp moving_argp = {
    .options = words,
    .parser = parse_word,
    .args_doc = "OUT.h5",
    .doc = "Makes clips of clothes that move at a constant speed, by parts of "
           "a pixel, and bounce at the borders of the frame. The same words "
           "make the same file.\vThe files are read as they are or compressed "
           "with gzip: train-images-idx3-ubyte, train-labels-idx1-ubyte, "
           "t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte.",
};

/* ---- clips */

static sidle_status write_clips(const arguments *args,
                                const sidle_pictures *pictures,
                                sidle_video_writer *writer)
{
    const sidle_moving *m = &args->moving;
    size_t bytes = (size_t)(m->frames * m->size[0] * m->size[1]);
    uint8_t *frames = malloc(bytes);
    int32_t *directions = malloc((size_t)m->frames * sizeof(*directions));
    sidle_status status = SIDLE_OK;

    if (frames == NULL || directions == NULL)
        status = sidle_fail(SIDLE_EINTERNAL, "no memory for a clip");
    for (int64_t i = 0; status == SIDLE_OK && i < args->clips; i++) {
        int32_t class = sidle_moving_draw(m, pictures, i, frames, directions);

        status = sidle_video_writer_add(writer, m->frames, frames, directions);
        if (status == SIDLE_OK)
            status = sidle_video_writer_end_clip(
                writer, args->label == LABEL_CLASS ? class : directions[0]);
    }
    free(frames);
    free(directions);
    return status;
}

static sidle_status make_file(const arguments *args,
                              const sidle_pictures *pictures)
{
    static const char *const clothes[] = {
        "T-shirt", "trousers", "pullover", "dress", "coat",
        "sandal",  "shirt",    "sneaker",  "bag",   "ankle boot"};
    static const char *const directions[] = {"right", "down", "left", "up"};
    int is_class = args->label == LABEL_CLASS;
    sidle_video_form form = {
        .shape = {args->moving.size[0], args->moving.size[1], 1},
        .names = is_class ? clothes : directions,
        .classes = is_class ? 10 : SIDLE_MOVING_DIRECTIONS,
        .has_frame_labels = !is_class};
    sidle_video_writer *writer;
    sidle_status status;

    if (is_class && strcmp(args->images, FOLDER) != 0)
        form.names = NULL; /* they may be digits */
    SIDLE_TRY(sidle_video_writer_open(args->out, &form, &writer));
    status = write_clips(args, pictures, writer);
    if (status == SIDLE_OK)
        return sidle_video_writer_close(writer);
    sidle_video_writer_drop(writer);
    return status;
}

static sidle_status make(const arguments *args)
{
    sidle_clothes clothes;
    sidle_status status =
        sidle_clothes_read(args->images, args->part, &clothes);

    if (status == SIDLE_OK)
        status = make_file(args, &clothes.pictures);
    sidle_clothes_done(&clothes);
    return status;
}

int sidle_cmd_data_moving(int argc, char **argv)
{
    arguments args = {.images = FOLDER,
                      .part = sidle_clothes_part_find("train"),
                      .moving = {.size = {32, 32},
                                 .frames = 32,
                                 .speed = 0.5,
                                 .pictures = 1,
                                 .seed = 1},
                      .clips = 1000};
    sidle_status status;

    sidle_parse(&moving_argp, "data moving", argc, argv, &args);
    args.moving.has_axis = args.label == LABEL_DIRECTION;
    status = make(&args);
    if (status != SIDLE_OK)
        return sidle_fail_print(status);
    printf("%s: %lld clips of %td frames, %td x %td, %s\n", args.out,
           (long long)args.clips, args.moving.frames, args.moving.size[1],
           args.moving.size[0],
           args.label == LABEL_CLASS ? "10 classes" : "4 directions");
    return SIDLE_OK;
}
