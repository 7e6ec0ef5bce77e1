/* test_png.c - pictures read back by libpng, and files that stay whole. */
#include "io/folder.h"

#include "io/output.h"
#include "io/png.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#if __has_include(<png.h>)
#include <png.h>
#endif

static sidle_picture noise(int height, int width, int channels)
{
    sidle_picture picture;

    assert_int_equal(sidle_picture_new(height, width, channels, &picture),
                     SIDLE_OK);
    for (int i = 0; i < height * width * channels; i++)
        picture.pixels[i] = (unsigned char)(rand() >> 7);
    return picture;
}

/* What libpng reads there, in the channels of the picture. */
static void check_picture(const char *path, const sidle_picture *picture)
{
#ifdef PNG_IMAGE_VERSION
    png_image image = {.version = PNG_IMAGE_VERSION};
    size_t n = (size_t)picture->height * (size_t)picture->width *
               (size_t)picture->channels;
    unsigned char *pixels = malloc(n);

    assert_true(png_image_begin_read_from_file(&image, path));
    assert_int_equal(image.height, picture->height);
    assert_int_equal(image.width, picture->width);
    assert_int_equal(image.format,
                     picture->channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB);
    assert_true(png_image_finish_read(&image, NULL, pixels, 0, NULL));
    assert_memory_equal(pixels, picture->pixels, n);
    free(pixels);
#else
    (void)path, (void)picture;
#endif
}

static void skip_without(void)
{
    if (sidle_png_check() != SIDLE_OK)
        skip();
}

TEST_IN_FOLDER(grey_and_coloured_pictures_come_back)
{
    static const int sizes[][2] = {{1, 1}, {3, 5}, {17, 31}, {64, 200}};

    skip_without();
    for (int i = 0; i < 8; i++) {
        const int *size = sizes[i / 2];
        sidle_picture picture = noise(size[0], size[1], i % 2 == 0 ? 1 : 3);

        assert_int_equal(sidle_png_write(&picture, check_path("a.png")),
                         SIDLE_OK);
        check_picture(check_path("a.png"), &picture);
        free(picture.pixels);
    }
}

/* Names in the folder, but for . and .. */
static int n_names(void)
{
    struct dirent **entries;
    int n = scandir(check_folder, &entries, NULL, NULL);

    for (int i = 0; i < n; i++)
        free(entries[i]);
    free(entries);
    return n - 2;
}

TEST_IN_FOLDER(an_old_file_stays_where_the_new_one_cannot_be_whole)
{
    sidle_picture picture = noise(64, 64, 3);
    struct rlimit old, less;

    skip_without();
    signal(SIGXFSZ, SIG_IGN);
    check_write("a.png", "old", 3);
    getrlimit(RLIMIT_FSIZE, &old);
    less = (struct rlimit){1000, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &less);
    assert_int_equal(sidle_png_write(&picture, check_path("a.png")), SIDLE_EIO);
    setrlimit(RLIMIT_FSIZE, &old);
    check_file_is("a.png", "old");
    assert_int_equal(n_names(), 1);
    assert_int_equal(sidle_png_write(&picture, check_path("a.png")), SIDLE_OK);
    check_picture(check_path("a.png"), &picture);
    assert_int_equal(n_names(), 1);
    free(picture.pixels);
}

TEST_IN_FOLDER(what_is_no_regular_file_is_not_replaced)
{
    char longest[PATH_MAX], name[300] = {0};
    sidle_output output;

    mkdir(check_path("folder"), 0777);
    mkfifo(check_path("pipe"), 0666);
    memset(name, 'a', sizeof(name) - 1);
    snprintf(longest, sizeof(longest), "%s", check_path(name));
    assert_int_equal(sidle_output_begin(check_path("folder"), &output),
                     SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), "is a folder"));
    assert_int_equal(sidle_output_begin(check_path("folder/"), &output),
                     SIDLE_EIO);
    assert_int_equal(sidle_output_begin(check_path("pipe"), &output),
                     SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), "a pipe"));
    assert_int_equal(sidle_output_begin("/dev/null", &output), SIDLE_EIO);
    assert_int_equal(sidle_output_begin(check_path("none/a"), &output),
                     SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), "none"));
    assert_int_equal(sidle_output_begin(longest, &output), SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), "too long"));
    assert_int_equal(n_names(), 2);
}

TEST_IN_FOLDER(a_link_is_replaced_and_its_target_stays)
{
    struct stat found;
    sidle_output output;

    check_write("target", "old", 3);
    assert_int_equal(symlink("target", check_path("a")), 0);
    assert_int_equal(sidle_output_begin(check_path("a"), &output), SIDLE_OK);
    assert_int_equal(sidle_output_end(&output, SIDLE_OK), SIDLE_OK);
    assert_int_equal(lstat(check_path("a"), &found), 0);
    assert_true(S_ISREG(found.st_mode));
    check_file_is("target", "old");
}

TEST_IN_FOLDER(what_failed_leaves_nothing)
{
    sidle_output output;

    assert_int_equal(sidle_output_begin(check_path("a"), &output), SIDLE_OK);
    assert_int_equal(sidle_output_end(&output, SIDLE_EDATA), SIDLE_EDATA);
    assert_int_equal(n_names(), 0);
    assert_int_equal(sidle_output_begin(check_path("a"), &output), SIDLE_OK);
    unlink(output.path);
    assert_int_equal(sidle_output_end(&output, SIDLE_OK), SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), "was removed"));
}

TEST(a_picture_without_or_with_too_many_pixels_is_refused)
{
    sidle_picture picture;

    assert_int_equal(sidle_picture_new(0, 3, 1, &picture), SIDLE_EUSAGE);
    assert_int_equal(sidle_picture_new(50000, 50000, 3, &picture),
                     SIDLE_EUSAGE);
}

TEST_MAIN
