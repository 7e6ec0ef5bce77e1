/* test_film_missing.c - io/film.c as built without FFmpeg. */
#undef SIDLE_HAS_FILM
#define SIDLE_HAS_FILM 0
#include "../../io/film.c" /* NOLINT(bugprone-suspicious-include) */

#include "check.h"

#include <string.h>

TEST(without_ffmpeg_the_message_says_what_to_install)
{
    sidle_film_form form = {.channels = 1};
    sidle_film *film;
    int has_frame = 1;

    assert_int_equal(sidle_film_check(), SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "libavformat-dev"));
    assert_int_equal(sidle_film_open("a.mp4", &form, &film), SIDLE_EUSAGE);
    assert_null(film);
    assert_int_equal(sidle_film_next(film, NULL, &has_frame), SIDLE_EUSAGE);
    assert_int_equal(has_frame, 0);
    sidle_film_close(film);
}

TEST_MAIN
