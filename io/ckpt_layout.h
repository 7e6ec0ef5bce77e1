/* ckpt_layout.h - the parts of a checkpoint that writing and reading share. */
#ifndef SIDLE_IO_CKPT_LAYOUT_H
#define SIDLE_IO_CKPT_LAYOUT_H

#include "io/ckpt.h"
#include "io/digest.h"
#include "io/h5.h"

#define SIDLE_CKPT_FORMAT "sidle-checkpoint"
enum { SIDLE_CKPT_VERSION = 1 };

#define SIDLE_CKPT_DIGEST "xxh3_128" /* attribute, of the other attributes */
#define SIDLE_CKPT_CONFIG "/config"
#define SIDLE_CKPT_INTEGRITY "/integrity/"
#define SIDLE_CKPT_PATHS "/integrity/path"
#define SIDLE_CKPT_BYTES "/integrity/bytes"
#define SIDLE_CKPT_DIGESTS "/integrity/xxh3_128"

/* What a file is made of; the same on every rank but for the arrays' data. */
typedef struct sidle_content {
    const sidle_ckpt_info *info;
    const char *config; /* config_size bytes, at least 1, on rank 0 */
    int64_t config_size;
    const sidle_array *arrays;
    int n_arrays;
} sidle_content;

/** The file type; -1 if it is none of the four. */
hid_t sidle_dtype_h5(sidle_dtype type);
/** "float32", "int64" ... */
const char *sidle_dtype_name(sidle_dtype type);
int64_t sidle_array_bytes(const sidle_array *array);

/** The checksum of the root's attributes: that of a text of all of them. */
void sidle_ckpt_info_digest(const sidle_ckpt_info *info, sidle_digest *digest);

/** A size that the file will not exceed. */
int64_t sidle_content_bytes(const sidle_content *content);

/**
 * Make all attributes, groups and data sets, in the order of the list.
 * Calls:   collective over those that have the file open.
 * Errors:  SIDLE_EIO.
 */
sidle_status sidle_content_lay_out(hid_t file, const sidle_content *content);

/**
 * Write the arrays of `rank` and take their digests; rank 0 writes /config
 * too. Digest 0 is that of /config, digest i + 1 that of array i.
 * Calls:   local. Errors: SIDLE_EIO.
 */
sidle_status sidle_content_write(hid_t file, const sidle_content *content,
                                 int rank, sidle_digest *digests);
/** Write /integrity from all digests. Calls: one rank. Errors: SIDLE_EIO. */
sidle_status sidle_content_write_integrity(hid_t file,
                                           const sidle_content *content,
                                           const sidle_digest *digests);

/**
 * Is a data set of an open file as /integrity says?
 * Errors:  SIDLE_EIO: missing, unreadable or another checksum.
 */
sidle_status sidle_ckpt_check(const sidle_ckpt *ckpt, const char *path);

#endif
