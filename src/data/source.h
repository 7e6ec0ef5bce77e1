/* source.h - the contract of a data source: a pure function of the item.
 *
 * A source offers named fields; a model reads some of them (base/item.h). What
 * a source gives depends on the item's number and on what the source was made
 * with, never on earlier calls: a resume needs only the number, and the first
 * and the last block each ask for the same item by themselves.
 *
 * Where R chains train together each has its own B rows of an item, those of
 * replica 0 first. A source is made for the rows of one replica, and tells of
 * the others what all must agree on without asking each other: how many targets
 * count, and where clips begin. */
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
    sidle_field fields[SIDLE_MAX_FIELDS]; /* that the source offers */
    /** Fill the batch of item `item` (from 1), whose fields stand in the order
     * of the source's own. Never fails. For sidle_source_fill(). */
    void (*batch)(const sidle_source *source, int64_t item, sidle_batch *out);
    /** Clips of the rows of all replicas, without the fields; NULL: all zero,
     * always. */
    void (*clips)(const sidle_source *source, int64_t item, int64_t *clip);
    /** Whether any row of all replicas has a target; NULL: always. */
    int (*counts)(const sidle_source *source, int64_t item);
    void (*done)(sidle_source *source); /* frees self; may be NULL */
    int64_t n_items; /* of an evaluation; INT64_MAX for training */
    void *self;
    int n_bound; /* fields that a model reads; set by sidle_source_bind() */
    int place[SIDLE_MAX_FIELDS]; /* (n_bound) of each among `fields` */
};

/**
 * Connect a source to the fields that a model reads: sidle_source_fill() gives
 * them in this order from now on. A source that is not bound gives no fields.
 * Errors:  SIDLE_EUSAGE: the source lacks one of them, or has it with another
 *          type or shape; the message names what is read and what is offered.
 */
sidle_status sidle_source_bind(sidle_source *source, const sidle_field *wanted,
                               int n_wanted);

/**
 * Fill the batch of item `item` (from 1): the bound fields, each where its
 * array is not NULL, and length, scored, clip likewise; n_counted and n_all.
 * Never fails.
 */
void sidle_source_fill(const sidle_source *source, int64_t item,
                       sidle_batch *out);

#ifdef __cplusplus
}
#endif

#endif
