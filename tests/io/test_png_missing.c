/* test_png_missing.c - io/png.c as built without libpng. */
#define SIDLE_HAS_PNG 0
#include "../../io/png.c" /* NOLINT(bugprone-suspicious-include) */

#include "check.h"

#include <string.h>
#include <unistd.h>

TEST(without_libpng_the_message_says_what_to_install)
{
    unsigned char pixel = 0, *bytes;
    sidle_picture picture = {1, 1, 1, &pixel};
    const char *path = "/tmp/sidle-test-no.png";
    size_t n;

    assert_int_equal(sidle_png_check(), SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "libpng-dev"));
    assert_int_equal(sidle_png_encode(&picture, &bytes, &n), SIDLE_EUSAGE);
    assert_int_equal(sidle_png_write(&picture, path), SIDLE_EUSAGE);
    assert_int_equal(access(path, F_OK), -1);
}

TEST_MAIN
