/* test_video_names.c - names of classes, in the ways that writers have. */
#include "io/folder.h"

#include "io/h5.h"
#include "io/video_names.h"

#include <fcntl.h>

/* A file with an attribute class_names of `n` elements. */
static sidle_video with_names(hid_t type, int n, const void *names,
                              int64_t classes)
{
    hsize_t size = (hsize_t)n;
    hid_t file =
        H5Fcreate(check_path("a.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(1, &size, NULL);
    hid_t attr =
        H5Acreate2(file, "class_names", type, space, H5P_DEFAULT, H5P_DEFAULT);

    assert_true(H5Awrite(attr, type, names) >= 0);
    H5Aclose(attr);
    H5Sclose(space);
    H5Fclose(file);
    return (sidle_video){.fd = open(check_path("a.h5"), O_RDONLY),
                         .size = 4096,
                         .info = {.classes = classes}};
}

static void check_names(sidle_video video, const char *first,
                        const char *second)
{
    char **names = sidle_video_names(&video);

    assert_non_null(names);
    assert_string_equal(names[0], first);
    assert_string_equal(names[1], second);
    sidle_video_names_free(names, 2);
    sidle_video_close(&video);
}

static void check_none(sidle_video video)
{
    assert_null(sidle_video_names(&video));
    sidle_video_close(&video);
}

TEST_IN_FOLDER(names_of_fixed_and_of_variable_length_come_back)
{
    hid_t fixed = sidle_h5_text_type(4), variable = H5Tcopy(H5T_C_S1);
    const char *texts[] = {"wave", "a name of many letters"};
    const char *null[] = {NULL, "b"};

    H5Tset_size(variable, H5T_VARIABLE);
    check_names(with_names(fixed, 2, "wavebye", 2), "wave", "bye");
    check_names(with_names(variable, 2, texts, 2), texts[0], texts[1]);
    check_names(with_names(variable, 2, null, 2), "", "b");
    H5Tclose(fixed);
    H5Tclose(variable);
}

TEST_IN_FOLDER(a_name_is_shortened_and_printable)
{
    char text[2][400] = {"\033[2J"}, expected[256];
    hid_t type = sidle_h5_text_type(sizeof(text[0]));

    memset(text[1], 'x', sizeof(text[1]));
    memset(expected, 'x', sizeof(expected) - 1);
    expected[255] = '\0';
    check_names(with_names(type, 2, text, 2), "?[2J", expected);
    H5Tclose(type);
}

TEST_IN_FOLDER(a_file_that_does_not_name_each_class_names_none)
{
    hid_t type = sidle_h5_text_type(4);
    const int numbers[2] = {1, 2};

    check_none(with_names(type, 2, "wavebye", 3));
    check_none(with_names(type, 2, "wavebye", 1));
    check_none(with_names(type, 2, "wavebye", 0));
    check_none(with_names(H5T_NATIVE_INT, 2, numbers, 2));
    check_none((sidle_video){.fd = open("/dev/null", O_RDONLY),
                             .info = {.classes = 2}});
    H5Tclose(type);
}

TEST_MAIN
