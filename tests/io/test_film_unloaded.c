/* test_film_unloaded.c - io/film_libs.c where FFmpeg's libraries, or a function
 * of theirs, are not what the program was built with. */
#if SIDLE_HAS_FILM
static const char *wanted;
#define SIDLE_FILM_SO(name, major) wanted
#include "../../io/film_libs.c" /* NOLINT(bugprone-suspicious-include) */

#include "check.h"

TEST(a_missing_library_is_named_in_a_message)
{
    wanted = "libnone.so.1";
    assert_int_equal(sidle_film_libs_load(), SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "libnone.so.1"));
    assert_null(sidle_ffmpeg.av_malloc);
}

TEST(a_library_without_a_function_is_refused)
{
    wanted = "libc.so.6";
    assert_int_equal(sidle_film_libs_load(), SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "have no av_"));
    assert_null(sidle_ffmpeg.av_malloc);
}
#else
#include "check.h"

TEST(built_without_ffmpeg)
{
    skip();
}
#endif

TEST_MAIN
