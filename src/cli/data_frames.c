/* data_frames.c - sidle data frames: clips of folders with pictures. */
#include "cli/command.h"
#include "cli/data.h"
#include "cli/data_words.h"
#include "cli/import.h"
#include "io/picture_folder.h"

#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    sidle_import import;
    const char *folder;
    int has_labels;
} arguments;

enum { KEY_LABELS = SIDLE_KEY_OWN };

static const struct argp_option words[] = {
    SIDLE_FILM_WORDS("frames a second at which the pictures were taken "
                     "(default: not known)"),
    {"labels", KEY_LABELS, NULL, 0,
     "the class of a clip is the sub-folder of FOLDER in which it lies; "
     "classes are numbered from 0 in the order of these",
     0},
    {0}};

static error_t parse_word(int key, char *value, struct argp_state *state)
{
    arguments *args = state->input;

    switch (key) {
    case KEY_LABELS:
        args->has_labels = 1;
        return 0;
    case ARGP_KEY_ARG:
        if (args->import.out != NULL)
            argp_error(state,
                       "a folder and an output file are expected, \"%s\" is "
                       "one too many",
                       value);
        if (args->folder == NULL)
            args->folder = value;
        else
            args->import.out = value;
        return 0;
    case ARGP_KEY_END:
        if (args->import.out == NULL)
            argp_error(state, "a folder and an output file are expected");
        args->import.is_size_given = args->import.form.width > 0;
        sidle_parse_alone(state, "");
        return 0;
    default:
        return sidle_film_word(key, value, state, &args->import.form);
    }
}

static const struct argp frames_argp = {
    .options = words,
    .parser = parse_word,
    .args_doc = "FOLDER OUT.h5",
    .doc = "Makes a video file of pictures, PNG or JPEG: each folder with "
           "pictures, FOLDER itself or one below it, is a clip, in the order "
           "of the numbers in their names.",
};

/* Clips of one class lie side by side. Owns: the caller frees *names_p. */
static sidle_status find_classes(arguments *args,
                                 const sidle_picture_folder *folder,
                                 const char ***names_p)
{
    const char **names = calloc((size_t)folder->n, sizeof(*names));
    int64_t n = 0;

    SIDLE_CHECK(names != NULL, "no memory for names of classes");
    *names_p = names;
    for (int64_t i = 0; args->has_labels && i < folder->n; i++) {
        const char *class = folder->clips[i].class;

        if (class == NULL)
            return sidle_fail(SIDLE_EDATA,
                              "'%s' has pictures itself; with --labels all of "
                              "them lie in sub-folders, which are the classes",
                              args->folder);
        if (n == 0 || strcmp(names[n - 1], class) != 0)
            names[n++] = class;
    }
    args->import.names = n > 0 ? names : NULL;
    args->import.classes = n;
    return SIDLE_OK;
}

/* The first picture has the size of all. */
static sidle_status begin(sidle_import *import, const char *first)
{
    sidle_film *film;
    double fps;

    SIDLE_TRY(sidle_import_open(import, first, &fps, &film));
    sidle_film_close(film);
    return sidle_import_begin(import, import->form.fps);
}

static sidle_status add_clip(sidle_import *import,
                             const sidle_picture_clip *clip, int32_t label)
{
    for (int64_t i = 0; i < clip->n; i++)
        SIDLE_TRY(sidle_import_film(import, clip->paths[i], 1, label));
    return sidle_import_end_clip(import, label);
}

static sidle_status add_clips(sidle_import *import,
                              const sidle_picture_folder *folder)
{
    int32_t label = import->classes > 0 ? 0 : -1;

    for (int64_t i = 0; i < folder->n; i++) {
        const sidle_picture_clip *clip = &folder->clips[i];

        if (label >= 0 && strcmp(import->names[label], clip->class) != 0)
            label++;
        SIDLE_TRY(add_clip(import, clip, label));
    }
    return SIDLE_OK;
}

static sidle_status make(arguments *args)
{
    sidle_picture_folder folder = {0};
    const char **names = NULL;
    sidle_status status = sidle_film_check();

    if (status == SIDLE_OK)
        status = sidle_picture_folder_find(args->folder, &folder);
    if (status == SIDLE_OK)
        status = find_classes(args, &folder, &names);
    if (status == SIDLE_OK)
        status = begin(&args->import, folder.clips[0].paths[0]);
    if (status == SIDLE_OK)
        status = add_clips(&args->import, &folder);
    status = sidle_import_end(&args->import, status);
    sidle_picture_folder_done(&folder);
    free(names);
    return status;
}

int sidle_cmd_data_frames(int argc, char **argv)
{
    arguments args = {
        .import = {.form = {.channels = 3}, .is_rate_known = 1},
    };
    sidle_status status;

    sidle_parse(&frames_argp, "data frames", argc, argv, &args);
    status = make(&args);
    if (status != SIDLE_OK)
        return sidle_fail_print(status);
    return SIDLE_OK;
}
