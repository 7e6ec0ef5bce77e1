/* video_names.h - the names of a video file's classes. */
#ifndef SIDLE_IO_VIDEO_NAMES_H
#define SIDLE_IO_VIDEO_NAMES_H

#include "io/video_file.h"

/**
 * Read the attribute class_names, strings of fixed or of variable length. HDF5
 * runs in a child process (fence.h).
 * Owns:    the caller ends the (info.classes) names, which are printable text,
 *          with sidle_video_names_free(). NULL if the file does not name all
 *          of its classes: names are for people, and nothing depends on them.
 */
char **sidle_video_names(const sidle_video *video);
void sidle_video_names_free(char **names, int64_t n);

#endif
