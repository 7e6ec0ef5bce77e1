/* data_words.h - words that several kinds of `sidle data` take. */
#ifndef SIDLE_CLI_DATA_WORDS_H
#define SIDLE_CLI_DATA_WORDS_H

#include "io/film.h"

#include <argp.h>

/* Keys of the options; a kind's own ones come behind. */
enum { SIDLE_KEY_SIZE = 0x100, SIDLE_KEY_GRAY, SIDLE_KEY_FPS, SIDLE_KEY_OWN };

/** The options --size, --gray and --fps of what is imported, with a help of
 * --fps that tells what it does here. */
#define SIDLE_FILM_WORDS(fps)                                                  \
    {"size",                                                                   \
     SIDLE_KEY_SIZE,                                                           \
     "XxY",                                                                    \
     0,                                                                        \
     "columns x rows of all frames, such as 64x48 (default: as they are, all " \
     "alike)",                                                                 \
     0},                                                                       \
        {"gray",                                                               \
         SIDLE_KEY_GRAY,                                                       \
         NULL,                                                                 \
         0,                                                                    \
         "one channel of brightness (default: red, green, blue)",              \
         0},                                                                   \
    {                                                                          \
        "fps", SIDLE_KEY_FPS, "F", 0, fps, 0                                   \
    }

/** Take one of these; ARGP_ERR_UNKNOWN: it is none of them. */
error_t sidle_film_word(int key, const char *value,
                        const struct argp_state *state, sidle_film_form *form);

/** "64x48", columns x rows, as the value of --size; any other text is a
 * mistake, see sidle_parse(). */
void sidle_parse_size(const struct argp_state *state, const char *value,
                      int *height, int *width);

#endif
