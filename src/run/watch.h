/* watch.h - data files that change while a run trains on them.
 *
 * A text is read from its pages, item by item, and so is a video: later writes
 * to it change the training. Tokens are read once, at the start, and so is a
 * text in funnel mode. In all cases a resume checks the file against the
 * checksum in the checkpoint, which has to be that of the data that the run has
 * read. */
#ifndef SIDLE_RUN_WATCH_H
#define SIDLE_RUN_WATCH_H

#include "run/options.h"

#include <sys/stat.h>

/* Size and checksum of a data file, as three int64: the checksum's halves. */
typedef struct sidle_data_identity {
    int64_t size, high, low;
} sidle_data_identity;

typedef struct sidle_watched {
    const char *key;  /* "data.path", or NULL: there is none */
    const char *path; /* borrowed from the options */
    int fd;           /* the file that the run reads, whatever has its name */
    struct stat seen; /* of it, and of what has its name */
    struct stat named;
} sidle_watched;

typedef struct sidle_watch {
    sidle_watched files[2]; /* data.path, data.valid_path */
    int is_live;            /* later writes to them change the training */
} sidle_watch;

/**
 * Identities of data.path and data.valid_path (zero if not set).
 * Calls:   local, on one rank: the files are read whole.
 * Errors:  SIDLE_EIO: missing, or cannot be read.
 */
sidle_status sidle_identify_data(const sidle_options *options,
                                 sidle_data_identity identity[2]);

/**
 * Record the present state of the data files. `watch` was zero, or was begun
 * before.
 * Calls:   local, on one rank, before the files are opened to train.
 * Owns:    borrows the options' paths; the caller ends it.
 */
void sidle_watch_begin(const sidle_options *options, sidle_watch *watch);
void sidle_watch_end(sidle_watch *watch);

/**
 * Look at time and size of the data files, and where one of these is another,
 * at the checksum. A warning reports a change with file and key.
 *
 * Where such a file was changed in place, identity[i] becomes that of the file
 * as it is now, and changed[i] the number of items after which this was seen:
 * both belong into the checkpoint. What else may happen to a file (it has
 * grown, another has its name, the tokens in it are others) does not reach the
 * run, and leaves them as they are.
 * Calls:   local, on the rank that began it.
 * Shapes:  identity (2), changed (2): data.path, data.valid_path.
 */
void sidle_watch_look(sidle_watch *watch, int64_t item,
                      sidle_data_identity *identity, int64_t *changed);

#endif
