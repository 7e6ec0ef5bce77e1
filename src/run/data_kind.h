/* data_kind.h - kinds of data: the functions that a run calls for its data
 * files.
 *
 * A kind is one file, data_<kind>.c, and one line in data_kind.c; a run knows
 * of a file only how many documents or clips it has. */
#ifndef SIDLE_RUN_DATA_KIND_H
#define SIDLE_RUN_DATA_KIND_H

#include "data/clips.h"
#include "data/corpus.h"
#include "data/rows.h"
#include "mpi/comm.h"

struct sidle_model;
struct sidle_options;

/* A data file, or some of its documents or clips. */
typedef struct sidle_part {
    int64_t n;           /* documents or clips */
    sidle_corpus corpus; /* of tokens, or zero */
    sidle_clips clips;   /* of frames, or zero */
} sidle_part;

/* What a source is made from. */
typedef struct sidle_data_view {
    const struct sidle_options *options;
    const struct sidle_model *model;
    const sidle_part *part;
    sidle_rows rows;
    int is_by_clips; /* evaluations: rows follow clips, frame by frame */
} sidle_data_view;

typedef struct sidle_data_kind {
    const char *name;           /* data.kind */
    const char *unit, *element; /* "document", "token" */
    double valid_fraction;      /* held out unless data.valid_fraction is set */
    int is_for_lists; /* read by networks from a list of layers, by no other */
    int is_live;      /* later writes to a file change the training */
    int is_sent;      /* in funnel mode rank 0 sends a copy: not live then */
    /**
     * Open a file; `key` is the option that names its path.
     * Owns:    borrows path and key; the caller ends it with close().
     * Errors:  SIDLE_EUSAGE, SIDLE_EDATA, SIDLE_EIO.
     */
    sidle_status (*open)(const struct sidle_options *options, const char *path,
                         const char *key, sidle_part *part);
    void (*close)(sidle_part *part); /* also if it was zero */
    /**
     * Share a file that rank 0 has opened and checked with all ranks: no other
     * rank starts a process for it. With checkpoint.mode "funnel" a kind that
     * `is_sent` is seen by rank 0 only; of the others every rank reads the
     * file. Calls: collective over comm; *part is in on rank 0, out on the
     * others, where it is zero before. Owns: as open(). Errors: SIDLE_EIO on
     * all ranks, reported by the first that cannot read it.
     */
    sidle_status (*share)(const sidle_comm *comm,
                          const struct sidle_options *options, const char *path,
                          const char *key, sidle_part *part);
    /** Views that borrow from `whole`; an empty valid has n 0. */
    void (*split)(const sidle_part *whole, double fraction, sidle_part *train,
                  sidle_part *valid);
    /** The field that the first layer of a list works on; NULL: none. */
    sidle_field (*input)(const sidle_part *part);
    /** Classes that the labels tell apart: one more than the largest; 0: no
     * labels. May be NULL: there are none. */
    int64_t (*classes)(const sidle_part *part);
    /** Sources of a part, not yet bound; `most` rows are evaluated, 0: all.
     * Errors: SIDLE_EDATA, SIDLE_EUSAGE, SIDLE_EINTERNAL. */
    sidle_status (*train)(const sidle_data_view *view, sidle_source *source);
    sidle_status (*evaluate)(const sidle_data_view *view, int64_t most,
                             sidle_source *source);
    /** Elements that can be targets: those of an epoch. */
    int64_t (*count_targets)(const sidle_part *part);
    /** "3 documents of 248 tokens"; for a whole file with its further
     * properties. */
    void (*describe)(const sidle_part *part, int is_file, char *out,
                     size_t size);
    /** Warn if a part is too short to fill the rows of an item. */
    void (*warn)(const sidle_data_view *view);
} sidle_data_kind;

/** The kind of that name; the options know no other. */
const sidle_data_kind *sidle_data_kind_find(const char *name);
/** Get the names of all kinds; returns their number. */
int sidle_data_kind_names(const char *const **names_p);

extern const sidle_data_kind sidle_data_text, sidle_data_tokens; /* .. */
extern const sidle_data_kind sidle_data_video; /* .. in data_<kind>.c */

#endif
