/* data_video.c - sidle data video: clips of films. */
#include "base/text.h"
#include "cli/command.h"
#include "cli/data.h"
#include "cli/data_words.h"
#include "cli/import.h"

#include <stdlib.h>
#include <string.h>

#define CUTS 0.3

typedef struct film {
    const char *path;
    int32_t label; /* -1: none */
} film;

typedef struct arguments {
    sidle_import import;
    film *films; /* the last one is the output until all words are read */
    int n_films;
    const char **names; /* of the classes */
    int32_t label;      /* of the films that follow */
} arguments;

enum { KEY_LABEL = SIDLE_KEY_OWN, KEY_CUTS };

static const struct argp_option words[] = {
    SIDLE_FILM_WORDS("frames a second: frames are dropped or repeated by their "
                     "times (default: all frames, each once)"),
    {"label", KEY_LABEL, "NAME", 0,
     "class of the films that follow, up to the next --label; classes are "
     "numbered from 0 as they come",
     0},
    {"cuts", KEY_CUTS, "SCORE", OPTION_ARG_OPTIONAL,
     "a new clip at each change of the scene, where pixels change suddenly by "
     "more than SCORE, 0 to 1, in the mean (default: 0.3)",
     0},
    {0}};

static int32_t find_class(arguments *args, const char *name)
{
    int32_t n = (int32_t)args->import.classes;

    for (int32_t i = 0; i < n; i++)
        if (strcmp(args->names[i], name) == 0)
            return i;
    args->names[n] = name;
    args->import.classes++;
    return n;
}

static void parse_cuts(const struct argp_state *state, const char *value,
                       arguments *args)
{
    double *cuts = &args->import.cuts;

    *cuts = CUTS;
    if (value != NULL &&
        (!sidle_text_real(value, cuts) || !(*cuts > 0.0) || *cuts >= 1.0))
        argp_error(state, "--cuts=%s: expected a number above 0 and below 1",
                   value);
}

static void check_words(arguments *args, const struct argp_state *state)
{
    if (args->n_films < 2)
        argp_error(state, args->n_films == 0
                              ? "no film and no output file is given"
                              : "one film at least and an output file are "
                                "expected");
    args->import.out = args->films[--args->n_films].path;
    for (int i = 0; i < args->n_films; i++)
        if (strcmp(args->films[i].path, args->import.out) == 0)
            argp_error(state, "\"%s\" is a film and the output file",
                       args->import.out);
    args->import.is_size_given = args->import.form.width > 0;
    sidle_parse_alone(state, "");
}

static error_t parse_word(int key, char *value, struct argp_state *state)
{
    arguments *args = state->input;

    switch (key) {
    case KEY_LABEL:
        if (value[0] == '\0')
            argp_error(state, "--label: expected the name of a class");
        args->label = find_class(args, value);
        return 0;
    case KEY_CUTS:
        parse_cuts(state, value, args);
        return 0;
    case ARGP_KEY_ARG:
        args->films[args->n_films++] = (film){value, args->label};
        return 0;
    case ARGP_KEY_END:
        check_words(args, state);
        return 0;
    default:
        return sidle_film_word(key, value, state, &args->import.form);
    }
}

static const struct argp video_argp = {
    .options = words,
    .parser = parse_word,
    .args_doc = "FILM... OUT.h5",
    .doc = "Makes a video file of films in any form that FFmpeg's libraries "
           "decode: each film is a clip.\vExample: sidle data video --gray "
           "--size 64x64 --label wave a.mp4 b.mp4 --label still c.mp4 "
           "gestures.h5",
};

/* Before hours of decoding: all films can be opened, and fit together. */
static sidle_status look_at_all(arguments *args, double *fps_p)
{
    for (int i = 0; i < args->n_films; i++) {
        sidle_film *opened;
        double fps;

        SIDLE_TRY(sidle_import_open(&args->import, args->films[i].path, &fps,
                                    &opened));
        sidle_film_close(opened);
        *fps_p = i == 0 || fps == *fps_p ? fps : 0.0;
    }
    return SIDLE_OK;
}

static sidle_status make(arguments *args)
{
    sidle_import *import = &args->import;
    double fps = 0.0;
    sidle_status status;

    SIDLE_TRY(sidle_film_check());
    SIDLE_TRY(look_at_all(args, &fps));
    status = sidle_import_begin(import, fps);
    for (int i = 0; status == SIDLE_OK && i < args->n_films; i++) {
        const film *f = &args->films[i];

        status = sidle_import_film(import, f->path, 0, f->label);
        if (status == SIDLE_OK)
            status = sidle_import_end_clip(import, f->label);
    }
    return sidle_import_end(import, status);
}

int sidle_cmd_data_video(int argc, char **argv)
{
    arguments args = {
        .import = {.form = {.channels = 3}},
        .films = calloc((size_t)argc, sizeof(film)),
        .names = calloc((size_t)argc, sizeof(char *)),
        .label = -1,
    };
    sidle_status status;

    SIDLE_CHECK(args.films != NULL && args.names != NULL,
                "no memory for the words of the command line");
    args.import.names = args.names;
    sidle_parse_in_order(&video_argp, "data video", argc, argv, &args);
    status = make(&args);
    free(args.films);
    free(args.names);
    if (status != SIDLE_OK)
        return sidle_fail_print(status);
    return SIDLE_OK;
}
