/* data_moving.c - sidle data moving: clips of the moving clothes of
 * Fashion-MNIST.
 *
 * Source: Xiao, Rasul, Vollgraf, arXiv:1708.07747. */
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/data.h"
#include "cli/data_words.h"
#include "data/moving.h"
#include "io/idx_file.h"
#include "io/video_writer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER "/usr/share/datasets/fashion-mnist"

typedef enum label { LABEL_CLASS, LABEL_DIRECTION } label;

/* Clips of a part show clothes that those of the other parts do not show. */
typedef struct part {
    const char *name, *stem; /* of the files */
    ptrdiff_t first, count;  /* pictures of the file; count 0: all others */
} part;

static const part parts[] = {
    {"train", "train", 0, 50000},
    {"valid", "train", 50000, 0},
    {"test", "t10k", 0, 0},
};

typedef struct arguments {
    const char *out, *images;
    const part *part;
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
    args->part = NULL;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (strcmp(value, parts[i].name) == 0)
            args->part = &parts[i];
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

/* ---- pictures */

/* A file of the folder, compressed or not. */
static sidle_status read_idx(const arguments *args, const char *leaf,
                             int n_dims, sidle_idx *idx)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/%s-%s.gz", args->images, args->part->stem,
             leaf);
    if (access(path, F_OK) != 0)
        snprintf(path, sizeof(path), "%s/%s-%s", args->images, args->part->stem,
                 leaf);
    if (access(path, F_OK) != 0)
        return sidle_fail(SIDLE_EIO,
                          "'%s' is missing, also with .gz; install "
                          "dataset-fashion-mnist, or name the folder of the "
                          "files by --images",
                          path);
    return sidle_idx_read(path, n_dims, idx);
}

static sidle_status check_pictures(const arguments *args,
                                   const sidle_idx *images,
                                   const sidle_idx *labels)
{
    if (images->dims[1] != images->dims[2] ||
        images->dims[0] != labels->dims[0])
        return sidle_fail(SIDLE_EDATA,
                          "'%s' has %lld pictures of %lld x %lld and %lld "
                          "labels, expected square pictures and a label for "
                          "each",
                          args->images, (long long)images->dims[0],
                          (long long)images->dims[2],
                          (long long)images->dims[1],
                          (long long)labels->dims[0]);
    if (images->dims[0] <= args->part->first)
        return sidle_fail(SIDLE_EDATA,
                          "'%s' has %lld pictures, part %s begins behind %td",
                          args->images, (long long)images->dims[0],
                          args->part->name, args->part->first);
    for (int64_t i = 0; i < labels->dims[0]; i++)
        if (labels->bytes[i] > 9)
            return sidle_fail(SIDLE_EDATA, "'%s' has label %d, expected 0 to 9",
                              args->images, labels->bytes[i]);
    return SIDLE_OK;
}

static sidle_pictures pictures_of(const arguments *args,
                                  const sidle_idx *images,
                                  const sidle_idx *labels)
{
    ptrdiff_t n = images->dims[0], rest = n - args->part->first;
    ptrdiff_t count = args->part->count;

    return (sidle_pictures){.pixels = images->bytes,
                            .labels = labels->bytes,
                            .n = n,
                            .edge = images->dims[1],
                            .first = args->part->first,
                            .count = count > 0 && count < rest ? count : rest};
}

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
    sidle_idx images = {0}, labels = {0};
    sidle_status status = read_idx(args, "images-idx3-ubyte", 3, &images);

    if (status == SIDLE_OK)
        status = read_idx(args, "labels-idx1-ubyte", 1, &labels);
    if (status == SIDLE_OK)
        status = check_pictures(args, &images, &labels);
    if (status == SIDLE_OK) {
        sidle_pictures pictures = pictures_of(args, &images, &labels);

        status = make_file(args, &pictures);
    }
    sidle_idx_done(&images);
    sidle_idx_done(&labels);
    return status;
}

int sidle_cmd_data_moving(int argc, char **argv)
{
    arguments args = {.images = FOLDER,
                      .part = &parts[0],
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
