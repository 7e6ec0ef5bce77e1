/* png.c - pictures through libpng, where the program was built with it. */
#include "io/png.h"

#include "io/bytes.h"
#include "io/output.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

sidle_status sidle_picture_new(int height, int width, int channels,
                               sidle_picture *picture)
{
    int64_t n = (int64_t)height * width;

    *picture = (sidle_picture){height, width, channels, NULL};
    if (height < 1 || width < 1 || n > INT32_MAX / channels)
        return sidle_fail(SIDLE_EUSAGE,
                          "a picture of %d x %d pixels: expected 1 to %d "
                          "pixels in all; make it of fewer frames",
                          height, width, INT32_MAX / channels);
    picture->pixels = calloc((size_t)n, (size_t)channels);
    return picture->pixels != NULL
               ? SIDLE_OK
               : sidle_fail(SIDLE_EINTERNAL, "no memory for a picture");
}

sidle_status sidle_png_check_target(const char *path)
{
    static const char png[8] = "\x89PNG\r\n\x1a\n";
    char found[8] = "";
    struct stat info;
    int fd;

    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0)
        return SIDLE_OK; /* or sidle_output_begin() says what it is */
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && read(fd, found, sizeof(found)) < 0)
        found[0] = '\0';
    if (fd >= 0)
        close(fd);
    if (memcmp(found, png, sizeof(png)) == 0)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      "'%s' is there and is no PNG picture; name another file "
                      "for the output, or remove this one",
                      path);
}

#if SIDLE_HAS_PNG
#include <png.h>

sidle_status sidle_png_check(void)
{
    return SIDLE_OK;
}

/* libpng's simplified interface: it reports by its result, not by longjmp. */
sidle_status sidle_png_encode(const sidle_picture *picture,
                              unsigned char **bytes_p, size_t *n_p)
{
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)picture->width,
                       .height = (png_uint_32)picture->height,
                       .format = picture->channels == 1 ? PNG_FORMAT_GRAY
                                                        : PNG_FORMAT_RGB};
    png_alloc_size_t n = PNG_IMAGE_PNG_SIZE_MAX(image);
    unsigned char *bytes = malloc(n);

    if (bytes == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a picture");
    if (!png_image_write_to_memory(&image, bytes, &n, 0, picture->pixels, 0,
                                   NULL)) {
        free(bytes);
        return sidle_fail(SIDLE_EINTERNAL, "libpng: %s", image.message);
    }
    *bytes_p = bytes;
    *n_p = n;
    return SIDLE_OK;
}

#else

sidle_status sidle_png_check(void)
{
    return sidle_fail(SIDLE_EUSAGE,
                      "this program was built without libpng and writes no "
                      "PNG; install libpng-dev and build it again");
}

sidle_status sidle_png_encode(const sidle_picture *picture,
                              unsigned char **bytes_p, size_t *n_p)
{
    (void)picture;
    *bytes_p = NULL;
    *n_p = 0;
    return sidle_png_check();
}

#endif

static sidle_status write_bytes(const char *path, const unsigned char *bytes,
                                size_t n)
{
    int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    sidle_status status =
        fd >= 0 ? sidle_write_at(fd, 0, (int64_t)n, bytes) : SIDLE_EIO;

    if (status != SIDLE_OK)
        status = sidle_posix_fail("write", path);
    if (fd >= 0 && close(fd) != 0 && status == SIDLE_OK)
        status = sidle_posix_fail("write", path);
    return status;
}

sidle_status sidle_png_write(const sidle_picture *picture, const char *path)
{
    sidle_output output;
    sidle_status status;
    unsigned char *bytes;
    size_t n;

    SIDLE_TRY(sidle_output_begin(path, &output));
    status = sidle_png_encode(picture, &bytes, &n);
    if (status == SIDLE_OK) {
        status = write_bytes(output.path, bytes, n);
        free(bytes);
    }
    return sidle_output_end(&output, status);
}
