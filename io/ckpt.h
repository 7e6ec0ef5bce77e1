/* ckpt.h - one HDF5 file of named arrays, written by all ranks, committed by
 * a rename, and read by one process without MPI or by all ranks together.
 *
 * ckpt/format.c describes the layout of the file; of the functions here,
 * ckpt/save.c defines those that save, ckpt/folder.c and ckpt/link.c those for
 * names in a folder, ckpt/open.c, ckpt/read.c and ckpt/verify.c those that
 * read, ckpt/share.c and ckpt/read_all.c the collective ones. */
#ifndef SIDLE_IO_CKPT_H
#define SIDLE_IO_CKPT_H

#include "base/array.h"
#include "io/dir.h"
#include "mpi/comm.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The attributes of the root. */
typedef struct sidle_ckpt_info {
    int64_t step, update;
    char created[32], program_version[32], commit[48];
    int format_version;
    int64_t milliseconds; /* that the run has taken so far, pauses between its
                             starts not counted; 0: not known */
} sidle_ckpt_info;

/* The ranks that write; the file is the same. */
typedef enum sidle_ckpt_mode {
    /* Every rank writes its own arrays, by plain calls: fastest on a local disk
     * and on parallel file systems. */
    SIDLE_CKPT_INDEPENDENT,
    /* All ranks write together by MPI-IO, which gathers adjacent data on few
     * ranks: for file systems that are slow with many writers, as Lustre may
     * be. */
    SIDLE_CKPT_COLLECTIVE,
    /* Rank 0 alone writes, the others send to it: for file systems where MPI-IO
     * or several writers of a file fail, as with NFS. No other rank needs to
     * see the folder. */
    SIDLE_CKPT_FUNNEL
} sidle_ckpt_mode;

/* Seconds of a save, including the ranks' waits for each other. */
typedef struct sidle_ckpt_times {
    double write;       /* layout, temporary file, room, all bytes, digests */
    double synchronize; /* fsync of the file */
    double verify;      /* reading the file back */
    double commit;      /* rename, fsync of the folder */
} sidle_ckpt_times;

typedef struct sidle_ckpt_target {
    const char *folder, *name; /* folder: on ranks that write */
    sidle_ckpt_mode mode;
    sidle_ckpt_times *times; /* NULL: not wanted */
    const sidle_dir *at;     /* the same folder, open; NULL: `folder` is opened
                                for this save */
} sidle_ckpt_target;

/**
 * Write a file and commit it: layout, space check, temporary file, arrays,
 * fsync, verify, rename, fsync of the folder; the ranks agree on the status
 * after each step. Messages are those of rank 0. The file is saved from the
 * rename on: a folder that cannot be synchronized is a warning.
 *
 * Calls:   collective over comm, the same list and mode on every rank; comm
 *          NULL: one process without MPI that owns everything.
 * Owns:    target->times, unless NULL, is written on success only.
 * Errors:  SIDLE_EIO on every rank, with errno's text; the temporary file is
 *          removed and older files are unchanged. SIGXFSZ must be ignored, or a
 *          limit of file sizes ends the process.
 */
sidle_status sidle_ckpt_save_to(const sidle_comm *comm,
                                const sidle_ckpt_target *target,
                                const sidle_ckpt_info *info,
                                const char *config_yaml,
                                const sidle_array *arrays, int n_arrays);
/** As sidle_ckpt_save_to(), to `folder`/`name`, independent, without times. */
sidle_status sidle_ckpt_save(const sidle_comm *comm, const char *folder,
                             const char *name, const sidle_ckpt_info *info,
                             const char *config_yaml, const sidle_array *arrays,
                             int n_arrays);
/** Point `folder`/latest.h5 at `name` by rename. Calls: one rank.
 * Errors: SIDLE_EIO. */
sidle_status sidle_ckpt_point_latest(const sidle_dir *folder, const char *name);
/* Complete; becomes best.h5 if the evaluation of its item is the best. */
#define SIDLE_CKPT_NEXT_BEST "next-best.h5"
/** Remove the temporary files of a killed run: those of step-*, final.h5 and
 * latest.h5 only. Calls: one rank. Errors: SIDLE_EIO. */
sidle_status sidle_ckpt_sweep(const sidle_dir *folder);

typedef struct sidle_ckpt_name {
    char name[40]; /* "step-00000500.h5" */
    int64_t step;
} sidle_ckpt_name;

/** Get the file name of a step. */
void sidle_ckpt_step_name(int64_t step, sidle_ckpt_name *name);
/**
 * List the step-* files of a folder, newest step first; none if it is missing.
 * Owns:    the caller frees *names_p (NULL if there is none).
 * Errors:  SIDLE_EIO: no folder, or it cannot be read.
 */
sidle_status sidle_ckpt_newest(const char *path, sidle_ckpt_name **names_p,
                               int *n_p);
sidle_status sidle_ckpt_newest_in(const sidle_dir *folder,
                                  sidle_ckpt_name **names_p, int *n_p);
/**
 * Rename the step-* files of steps `from` .. `to`, except that of step `spared`
 * (-1: none), to left-00000060.h5 and so on (left-00000060-2.h5 if that name
 * exists): they belong to a branch that a run has left; no data is lost, and
 * they are never pruned.
 * Calls:   one rank.
 * Errors:  SIDLE_EIO; the other files are renamed nevertheless.
 */
sidle_status sidle_ckpt_leave(const sidle_dir *folder, int64_t from, int64_t to,
                              int64_t spared);
/** Rename final.h5, if there is one, to left-final.h5; likewise best.h5. */
sidle_status sidle_ckpt_leave_end(const sidle_dir *folder);
sidle_status sidle_ckpt_leave_best(const sidle_dir *folder);
/**
 * Give a complete checkpoint a further name in the folder, `name`, which
 * replaces an existing file of that name: by a hard link, or by a copy if the
 * file system has no links. `from` is in the folder, or a path if `is_path`.
 * Calls:   one rank. Errors: SIDLE_EIO; an existing file of that name is kept.
 */
sidle_status sidle_ckpt_link(const sidle_dir *folder, const char *from,
                             int is_path, const char *name);
/**
 * Remove step-* files up to `step` except the `keep` newest of them, those
 * whose step is a multiple of `keep_every` (0: none), those of steps `from` ..
 * `to` (-1, -1: none), and the one that latest.h5 points to. Later files are
 * neither counted nor removed: a resume has skipped them.
 * Calls:   one rank.
 * Errors:  SIDLE_EIO; the other files are removed nevertheless.
 */
sidle_status sidle_ckpt_prune(const sidle_dir *folder, int64_t step,
                              int64_t from, int64_t to, int64_t keep,
                              int64_t keep_every);

typedef struct sidle_ckpt sidle_ckpt;

/* How a file is opened; flags that can be combined. */
enum {
    SIDLE_CKPT_WHOLE = 0,
    SIDLE_CKPT_OWN = 1,    /* just written by this process: no fence */
    SIDLE_CKPT_TRUST = 2,  /* no checksum is checked */
    SIDLE_CKPT_SALVAGE = 4 /* even if damaged; see sidle_ckpt_faults() */
};

/**
 * Open a committed file to read; no MPI. Its structure and the checksums of
 * /config and the attributes are checked. HDF5 reads its structure in a child
 * process with limits of memory and time; this process reads bytes only.
 *
 * Calls:   local; only while no message of this rank is in flight (fence.h).
 * Errors:  SIDLE_EIO: missing, unreadable or damaged, or the child was killed
 *          or silent twice; SIDLE_EDATA: not HDF5, not a Sidle checkpoint, a
 *          newer format_version, or so damaged that HDF5 crashed or exceeded a
 *          limit.
 */
sidle_status sidle_ckpt_open(const char *path, sidle_ckpt **ckpt_p);
/** As sidle_ckpt_open(), with the flags `how`. With SIDLE_CKPT_SALVAGE it opens
 * if anything was found in it; /config may be "" and arrays may be missing. */
sidle_status sidle_ckpt_open_as(const char *path, int how, sidle_ckpt **ckpt_p);
/** The faults of a file that was opened with SIDLE_CKPT_SALVAGE, as messages.
 * Owns: the checkpoint. */
const char *const *sidle_ckpt_faults(const sidle_ckpt *ckpt, int *n_p);
void sidle_ckpt_close(sidle_ckpt *ckpt);
const sidle_ckpt_info *sidle_ckpt_get_info(const sidle_ckpt *ckpt);
/** The path by which it was opened. Owns: the checkpoint. */
const char *sidle_ckpt_path(const sidle_ckpt *ckpt);
/** The text of /config. Owns: the checkpoint. */
const char *sidle_ckpt_config(const sidle_ckpt *ckpt);
/** All arrays except /config and /integrity, sorted by path; data NULL. */
const sidle_array *sidle_ckpt_list(const sidle_ckpt *ckpt, int *n_p);
/** Whether the file has an array of that path. */
int sidle_ckpt_has(const sidle_ckpt *ckpt, const char *path);
/**
 * Read one whole array; type and shape must be as expected, and its checksum as
 * recorded.
 * Errors:  SIDLE_EDATA: missing, or another type or shape (both are named);
 *          SIDLE_EIO: cannot be read, or the checksum is wrong.
 */
sidle_status sidle_ckpt_read(sidle_ckpt *ckpt, const sidle_array *expected,
                             void *out);
/** After this call, sidle_ckpt_read() of this file checks no checksum. */
void sidle_ckpt_trust(sidle_ckpt *ckpt);
/** Check all checksums and the structure; outputs may be NULL. Errors:
 * SIDLE_EIO, SIDLE_EDATA. */
sidle_status sidle_ckpt_verify(const char *path, int *n_arrays_p,
                               int64_t *bytes_p);
/** Open a file and check all its checksums. Errors: as above. */
sidle_status sidle_ckpt_open_verified(const char *path, sidle_ckpt **ckpt_p);
/**
 * As sidle_ckpt_open_verified(), for a file that another one could replace.
 * *is_damaged_p is the reason of a failure: 1 if the file itself is damaged,
 * which was checked twice and with all its bytes read; 0 if it could not be
 * checked (it cannot be opened or read, the child was killed or silent).
 * Owns:    *ckpt_p, an open file, on success only.
 * Errors:  SIDLE_EIO, SIDLE_EDATA; SIDLE_EIO where it is not damaged.
 */
sidle_status sidle_ckpt_judge(const char *path, sidle_ckpt **ckpt_p,
                              int *is_damaged_p);

/**
 * Share a file that rank 0 has open with all ranks: its configuration,
 * attributes and the places and checksums of its arrays. No process is started
 * for it. The other ranks open the bytes themselves; with SIDLE_CKPT_FUNNEL
 * they open nothing, and only rank 0 may call those of the functions above that
 * read.
 *
 * Calls:   collective over comm. *ckpt_p is in on rank 0, out on the others.
 * Owns:    every rank closes its own, also after a failure.
 * Errors:  SIDLE_EIO on all ranks, reported by the first that cannot open the
 *          file or finds another size.
 */
sidle_status sidle_ckpt_share(const sidle_comm *comm, sidle_ckpt_mode mode,
                              sidle_ckpt **ckpt_p);
/**
 * Read arrays of a shared file, on each rank its own list: arrays[i] is the
 * expected array, its data the destination (NULL: none). The rank that receives
 * the array checks its checksum.
 *
 * Calls:   collective over comm, whose rank 0 is that of sidle_ckpt_share(); no
 *          rank hangs if another fails.
 * Errors:  those of sidle_ckpt_read(), each rank its own, not yet agreed on;
 *          SIDLE_EIO, too, on a rank whose data rank 0 could not read.
 */
sidle_status sidle_ckpt_read_all(sidle_ckpt *ckpt, const sidle_comm *comm,
                                 const sidle_array *arrays, int n);

/** Version of the HDF5 library in use, for example "1.10.8". */
void sidle_ckpt_library(char *out, size_t size);

#ifdef __cplusplus
}
#endif

#endif
