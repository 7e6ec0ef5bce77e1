/* source.h - the contract of a data source: a pure function of the item.
 *
 * A source declares named fields; a model reads some of them (base/item.h). The
 * data of an item depend on its number and on the configuration of the source,
 * never on earlier calls: a resume needs only the number, and the first and the
 * last block each get the same item independently.
 *
 * With R replicas each has its own B rows of an item, those of replica 0 first.
 * A source is made for the rows of one replica. It also returns two properties
 * of the rows of all replicas, so that they agree without communication: the
 * number of targets, and the clips. */
#ifndef SIDLE_DATA_SOURCE_H
#define SIDLE_DATA_SOURCE_H

#include "base/item.h"
#include "base/real.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_source sidle_source;
struct sidle_source {
    int n_fields;
    sidle_field fields[SIDLE_MAX_FIELDS]; /* that the source declares */
    /** Fill the batch of item `item` (from 1), whose fields have the order of
     * `fields`. Never fails. For sidle_source_fill(). */
    void (*batch)(const sidle_source *source, int64_t item, sidle_batch *out);
    /** Read ahead some of what batch() will read for these fields; NULL: there
     * is nothing. Returns whether there was something to read. */
    int (*ahead)(const sidle_source *source, int64_t item,
                 const sidle_batch *out);
    /** Write the clips of the rows of all replicas; NULL: they are always
     * zero. */
    void (*clips)(const sidle_source *source, int64_t item, int64_t *clip);
    /** Whether any row of all replicas has a target; NULL: always. */
    int (*counts)(const sidle_source *source, int64_t item);
    void (*done)(sidle_source *source); /* frees self; may be NULL */
    int64_t n_items; /* of an evaluation; INT64_MAX for training */
    int has_clips;   /* an evaluation of clips: the clip of a row is its index
                        among those evaluated */
    void *self;
    int n_bound; /* fields that a model reads; set by sidle_source_bind() */
    int place[SIDLE_MAX_FIELDS]; /* (n_bound) index of each in `fields` */
};

/**
 * Connect a source to the fields that a model reads: sidle_source_fill() then
 * fills them in this order. A source that is not bound fills no fields.
 * Errors:  SIDLE_EUSAGE if the source does not have one of them, or has it with
 *          another type or shape; the message names what the model reads and
 *          what the source has.
 */
sidle_status sidle_source_bind(sidle_source *source, const sidle_field *wanted,
                               int n_wanted);

/**
 * Read ahead, in idle time, some of what the batch of an item will need: its
 * fields that are not NULL. It may be called for any item, or not at all.
 * Returns: whether there was something to read; if not, all has been read.
 */
int sidle_source_ahead(const sidle_source *source, int64_t item,
                       const sidle_batch *batch);

/**
 * Fill the batch of item `item` (from 1): the bound fields, length, scored and
 * clip, each if its array is not NULL; n_counted and n_all. Never fails.
 */
void sidle_source_fill(const sidle_source *source, int64_t item,
                       sidle_batch *out);

#ifdef __cplusplus
}
#endif

#endif
