/* video_clips.h - the clips of a video file, to train on. */
#ifndef SIDLE_IO_VIDEO_CLIPS_H
#define SIDLE_IO_VIDEO_CLIPS_H

#include "data/clips.h"
#include "io/video_file.h"
#include "mpi/comm.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Open a video file: its numbers are in memory, its frames are read on demand
 * (video_frames.h). A frame that cannot be read later ends the process with
 * SIDLE_EIO and a message that names file and frame.
 * Owns:    borrows path and key (NULL: named on the command line); the caller
 *          ends it with clips->done().
 * Errors:  those of sidle_video_open() and of memory.
 */
sidle_status sidle_video_clips(const char *path, const char *key,
                               sidle_video_info *info, sidle_clips *clips);

/**
 * Share clips that rank 0 has opened and checked with all ranks: the others
 * receive the numbers, start no process, and open the file to read frames.
 * Calls:   collective over comm. *clips is in on rank 0, out on the others,
 *          where it is zero before.
 * Owns:    as above; every rank ends its own.
 * Errors:  SIDLE_EIO on all ranks, reported by the first that cannot read the
 *          file, or finds another one than rank 0.
 */
sidle_status sidle_video_share(const sidle_comm *comm, const char *path,
                               const char *key, sidle_clips *clips);

#ifdef __cplusplus
}
#endif

#endif
