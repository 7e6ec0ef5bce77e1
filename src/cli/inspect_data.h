/* inspect_data.h - data files shown, and held against their format. */
#ifndef SIDLE_CLI_INSPECT_DATA_H
#define SIDLE_CLI_INSPECT_DATA_H

#include "base/status.h"

typedef enum sidle_data_format {
    SIDLE_DATA_NONE, /* no data file of Sidle: a checkpoint, or foreign */
    SIDLE_DATA_TOKENS,
    SIDLE_DATA_VIDEO
} sidle_data_format;

/** What a file says that it is. Calls: local; never fails. */
sidle_data_format sidle_data_format_of(const char *path);

/**
 * Print what a data file holds: numbers of documents and clips, lengths,
 * ranges; as a line, or as a JSON object. Errors: SIDLE_EDATA: it is not as its
 * format says; SIDLE_EIO.
 */
sidle_status sidle_data_show(const char *path, sidle_data_format format,
                             int is_json);

/**
 * Print that a data file is as its format says. There are no checksums in it.
 * Errors: SIDLE_EIO: it is not, or cannot be read.
 */
sidle_status sidle_data_verify(const char *path, sidle_data_format format);

#endif
