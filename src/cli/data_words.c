/* data_words.c - words that several kinds of `sidle data` take. */
#include "cli/data_words.h"

#include "base/text.h"

#include <stdio.h>

void sidle_parse_size(const struct argp_state *state, const char *value,
                      int *height, int *width)
{
    int x, y, end = 0;

    if (sscanf(value, "%5dx%5d%n", &x, &y, &end) != 2 || value[end] != '\0' ||
        x < 1 || y < 1)
        argp_error(state, "--size %s: expected columns x rows, such as 64x48",
                   value);
    *height = y;
    *width = x;
}

static double parse_rate(const struct argp_state *state, const char *value)
{
    double rate = 0.0;

    if (!sidle_text_real(value, &rate) || !(rate > 0.0) || rate > 1e6)
        argp_error(state,
                   "--fps %s: expected frames a second, above 0, such as 25",
                   value);
    return rate;
}

error_t sidle_film_word(int key, const char *value,
                        const struct argp_state *state, sidle_film_form *form)
{
    switch (key) {
    case SIDLE_KEY_SIZE:
        sidle_parse_size(state, value, &form->height, &form->width);
        return 0;
    case SIDLE_KEY_GRAY:
        form->channels = 1;
        return 0;
    case SIDLE_KEY_FPS:
        form->fps = parse_rate(state, value);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}
