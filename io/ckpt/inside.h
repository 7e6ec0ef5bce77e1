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
    int is_funnel;  /* of a shared one: only rank 0 reads */
};

/* ---- open.c */

/** Nothing yet, and no file. Owns: ended by sidle_ckpt_close(). */
sidle_ckpt *sidle_ckpt_new(void);
/** From what was found: the list of sidle_ckpt_list(). */
void sidle_ckpt_make_list(sidle_ckpt *ckpt);
/** Open the file, and see that it is one of HDF5. Errors: SIDLE_EIO, or
 * SIDLE_EDATA of the signature. */
sidle_status sidle_ckpt_open_bytes(const char *path, sidle_ckpt *ckpt);
/** As sidle_ckpt_open_as() with SIDLE_CKPT_OWN, of a file that is open; `path`
 * for messages. */
sidle_status sidle_ckpt_open_own(int fd, const char *path, sidle_ckpt **ckpt_p);
/** Learn what it holds; `how` is that of sidle_ckpt_open_as(), and so are the
 * errors. */
sidle_status sidle_ckpt_look_into(int how, sidle_ckpt *ckpt);

/* ---- read.c */

/** The data set of the path, type and shape that are expected. Errors:
 * SIDLE_EDATA. */
sidle_status sidle_ckpt_find_as(const sidle_ckpt *ckpt,
                                const sidle_array *expected,
                                const sidle_entry **e_p);

/* ---- entry.c */

/** Hold all bytes of a data set against its checksum, unless that is trusted.
 * Errors: SIDLE_EIO. */
sidle_status sidle_ckpt_check_bytes(const sidle_ckpt *ckpt,
                                    const sidle_entry *e, const void *bytes);
/** Read a data set, and hold it against its checksum unless that is trusted.
 * Errors: SIDLE_EIO. */
sidle_status sidle_ckpt_read_entry(const sidle_ckpt *ckpt, const sidle_entry *e,
                                   void *out);
/** Hold a data set against its checksum. Errors: SIDLE_EIO. */
sidle_status sidle_ckpt_check_entry(const sidle_ckpt *ckpt,
                                    const sidle_entry *e);

/* ---- verify.c */

/**
 * Is a data set of an open file as /integrity says?
 * Errors:  SIDLE_EIO: missing, unreadable or another checksum.
 */
sidle_status sidle_ckpt_check(const sidle_ckpt *ckpt, const char *path);

#endif
