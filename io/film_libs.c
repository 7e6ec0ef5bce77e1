/* film_libs.c - libraries by their names, functions by theirs. */
#include "io/film_libs.h"

#if SIDLE_HAS_FILM
#include <dlfcn.h>
#include <string.h>

#ifndef SIDLE_FILM_SO /* a test has another one */
#define SIDLE_FILM_SO(name, major) "lib" name ".so." AV_STRINGIFY(major)
#endif

sidle_film_libs sidle_ffmpeg;

typedef struct libraries {
    void *avutil, *swscale, *avcodec, *avformat;
} libraries;

static sidle_status open_one(const char *name, void **library_p)
{
    *library_p = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (*library_p != NULL)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      "FFmpeg's libraries cannot be loaded, and without them "
                      "films and pictures cannot be read: %s; install them, or "
                      "build the program again with those that are here",
                      dlerror());
}

/* A function's address in an object's pointer: POSIX has them alike. */
static sidle_status find_one(void *library, const char *name, void *function_p)
{
    void *found = dlsym(library, name);

    if (found == NULL)
        return sidle_fail(SIDLE_EUSAGE,
                          "FFmpeg's libraries have no %s; build the program "
                          "again with those that are here",
                          name);
    memcpy(function_p, &found, sizeof(found));
    return SIDLE_OK;
}

sidle_status sidle_film_libs_load(void)
{
    sidle_film_libs f;
    libraries l;

    if (sidle_ffmpeg.av_malloc != NULL)
        return SIDLE_OK;
    SIDLE_TRY(
        open_one(SIDLE_FILM_SO("avutil", LIBAVUTIL_VERSION_MAJOR), &l.avutil));
    SIDLE_TRY(open_one(SIDLE_FILM_SO("swscale", LIBSWSCALE_VERSION_MAJOR),
                       &l.swscale));
    SIDLE_TRY(open_one(SIDLE_FILM_SO("avcodec", LIBAVCODEC_VERSION_MAJOR),
                       &l.avcodec));
    SIDLE_TRY(open_one(SIDLE_FILM_SO("avformat", LIBAVFORMAT_VERSION_MAJOR),
                       &l.avformat));
#define FIND(library, function)                                                \
    SIDLE_TRY(find_one(l.library, #function, &f.function));
    SIDLE_FILM_FUNCTIONS(FIND)
    sidle_ffmpeg = f;
    sidle_ffmpeg.av_log_set_level(AV_LOG_QUIET); /* messages are ours */
    return SIDLE_OK;
}
#endif
