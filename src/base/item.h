/* item.h - what enters a network in one time step: shapes, named fields, items.
 *
 * An item is a batch of rows. A source of data declares fields (an input, a
 * label, ..) by name, type and the shape of one row. Input and loss layers name
 * the fields that they read, and a block holds only those. Besides its fields,
 * every row has a length, a number of scored targets, and a clip. */
#ifndef SIDLE_BASE_ITEM_H
#define SIDLE_BASE_ITEM_H

#include "base/real.h"
#include "base/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SIDLE_MAX_DIMS 4

/* The shape of one row, slowest dimension first: (Y, X, C), (N, d) or (C). A
 * shape without dimensions means that there is no array. */
typedef struct sidle_shape {
    int n_dims;
    ptrdiff_t dims[SIDLE_MAX_DIMS];
} sidle_shape;

/** Number of elements in a row; 0 for a shape without dimensions. */
size_t sidle_shape_size(const sidle_shape *shape);
int sidle_shape_equal(const sidle_shape *a, const sidle_shape *b);
/** As text, "(32, 32, 3)"; "()" without dimensions. */
void sidle_shape_print(const sidle_shape *shape, char *out, size_t size);

/* One named array of an item, for example "frames", 'f', (32, 32, 1). */
typedef struct sidle_field {
    char name[16];
    char type; /* 'i' int32_t, 'f' sidle_real */
    sidle_shape shape;
} sidle_field;

#define SIDLE_MAX_FIELDS 8

/** Bytes of a field for one row. */
size_t sidle_field_bytes(const sidle_field *field);
/** Index of the field called `name`, -1 if there is none. */
int sidle_field_find(const sidle_field *fields, int n_fields, const char *name);
/**
 * Add a field that a layer reads to a list that may already contain it.
 * Errors:  SIDLE_EUSAGE if the list contains it with another type or shape, or
 *          is full (SIDLE_MAX_FIELDS).
 */
sidle_status sidle_field_add(sidle_field *fields, int *n_fields,
                             const sidle_field *field, int *index_p);

/* The arrays that a source fills. The caller owns them; an array that it does
 * not need is NULL. */
typedef struct sidle_batch {
    ptrdiff_t rows;                 /* B */
    void *fields[SIDLE_MAX_FIELDS]; /* (B, shape) in the order of the model */
    int32_t *length;                /* (B) valid elements of the input */
    int32_t *scored;   /* (B) number of targets, the last of the row */
    int64_t *clip;     /* (B) 0 unless the order is a stream, or the evaluation
                          one of clips */
    int64_t n_counted; /* out: targets of these rows */
    int64_t n_all;     /* out: targets of the rows of all replicas */
} sidle_batch;

/* What a layer can read of the item that it computes. */
typedef struct sidle_item {
    int64_t number;        /* from 1; evaluations count separately */
    int is_training;       /* dropout is on */
    uint64_t seed;         /* of the run: draws are (seed, layer, number, i) */
    ptrdiff_t rows;        /* B */
    ptrdiff_t first_row;   /* index of row 0 among the rows of all replicas */
    const int32_t *length; /* (B) */
    const int32_t *scored; /* (B) first and last block only; NULL: all */
    const int64_t *clip;   /* (B), or NULL */
    const void *fields[SIDLE_MAX_FIELDS]; /* NULL: not in this block */
} sidle_item;

#ifdef __cplusplus
}
#endif

#endif
