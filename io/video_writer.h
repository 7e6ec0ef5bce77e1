/* video_writer.h - writes a video file clip by clip, in bounded memory.
 *
 * The file gets its name when it is complete; until then it is a temporary
 * file beside it, which an error removes. */
#ifndef SIDLE_IO_VIDEO_WRITER_H
#define SIDLE_IO_VIDEO_WRITER_H

#include "base/status.h"

#include <stdint.h>

typedef struct sidle_video_writer sidle_video_writer;

typedef struct sidle_video_form {
    int64_t shape[3];         /* Y, X, C */
    double fps;               /* 0: not known */
    const char *const *names; /* (classes) of the classes, or NULL */
    int64_t classes;          /* 0: the clips have no labels */
    int has_frame_labels;     /* each frame has a label of its own */
} sidle_video_form;

/**
 * Begin a file.
 * Calls:   local; one writer at a time.
 * Owns:    copies path and form but the names, which live as long as the
 *          writer; end it with _close() or _drop().
 * Errors:  SIDLE_EUSAGE: `path` is there and is no video file of Sidle, which
 *          would be lost; SIDLE_EIO: the file cannot be made.
 */
sidle_status sidle_video_writer_open(const char *path,
                                     const sidle_video_form *form,
                                     sidle_video_writer **writer_p);
/**
 * Append frames to the clip that is being written.
 * Shapes:  frames (n, Y, X, C); labels (n) if the form has frame labels, where
 *          -1 is no label.
 * Errors:  SIDLE_EIO.
 */
sidle_status sidle_video_writer_add(sidle_video_writer *writer, int64_t n,
                                    const uint8_t *frames,
                                    const int32_t *labels);
/** End the clip; `label` is its class, -1 for none. A clip without frames is
 * left out. Errors: SIDLE_EIO. */
sidle_status sidle_video_writer_end_clip(sidle_video_writer *writer,
                                         int32_t label);
/**
 * Write what the file has besides its frames, and give it its name.
 * Owns:    ends the writer, also on an error.
 * Errors:  SIDLE_EIO; SIDLE_EDATA if there is no clip.
 */
sidle_status sidle_video_writer_close(sidle_video_writer *writer);
/** End the writer and remove its temporary file; NULL is allowed. */
void sidle_video_writer_drop(sidle_video_writer *writer);

#endif
