/* inside.h - the private side of an open checkpoint. */
#ifndef SIDLE_IO_CKPT_INSIDE_H
#define SIDLE_IO_CKPT_INSIDE_H

#include "io/ckpt/format.h"
#include "io/ckpt/found.h"

struct sidle_ckpt {
    char *path;
    int fd;
    char *config;
    sidle_findings found;
    sidle_array *arrays;
    int n_arrays;
    int is_trusted; /* checksums are not checked */
    int is_funnel;  /* of a shared checkpoint: only rank 0 reads */
};

/* ---- open.c */

/** An empty object without a file. Owns: the caller ends it with
 * sidle_ckpt_close(). */
sidle_ckpt *sidle_ckpt_new(void);
/** Make the list of sidle_ckpt_list() from the findings. */
void sidle_ckpt_make_list(sidle_ckpt *ckpt);
/** Open the file and check HDF5's signature. Errors: SIDLE_EIO; SIDLE_EDATA: no
 * signature. */
sidle_status sidle_ckpt_open_bytes(const char *path, sidle_ckpt *ckpt);
/** As sidle_ckpt_open_as() with SIDLE_CKPT_OWN, for an open file; `path` is for
 * messages. */
sidle_status sidle_ckpt_open_own(int fd, const char *path, sidle_ckpt **ckpt_p);
/** Read the structure of the file; `how` and the errors are those of
 * sidle_ckpt_open_as(). */
sidle_status sidle_ckpt_look_into(int how, sidle_ckpt *ckpt);

/* ---- read.c */

/** Find the data set with the expected path, type and shape. Errors:
 * SIDLE_EDATA. */
sidle_status sidle_ckpt_find_as(const sidle_ckpt *ckpt,
                                const sidle_array *expected,
                                const sidle_entry **e_p);

/* ---- entry.c */

/** Check all bytes of a data set against its checksum, unless the file is
 * trusted.
 * Errors: SIDLE_EIO. */
sidle_status sidle_ckpt_check_bytes(const sidle_ckpt *ckpt,
                                    const sidle_entry *e, const void *bytes);
/** Read a data set, and check it against its checksum unless the file is
 * trusted.
 * Errors: SIDLE_EIO. */
sidle_status sidle_ckpt_read_entry(const sidle_ckpt *ckpt, const sidle_entry *e,
                                   void *out);
/** Check a data set against its checksum. Errors: SIDLE_EIO. */
sidle_status sidle_ckpt_check_entry(const sidle_ckpt *ckpt,
                                    const sidle_entry *e);

/* ---- verify.c */

/**
 * Check a data set of an open file against /integrity.
 * Errors:  SIDLE_EIO: missing, unreadable or another checksum.
 */
sidle_status sidle_ckpt_check(const sidle_ckpt *ckpt, const char *path);

#endif
