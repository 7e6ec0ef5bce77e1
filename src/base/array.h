/* array.h - a named array, as a checkpoint contains it and a run lists it. */
#ifndef SIDLE_BASE_ARRAY_H
#define SIDLE_BASE_ARRAY_H

#include "base/words.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sidle_dtype {
    SIDLE_F32 = 'f',
    SIDLE_F64 = 'd',
    SIDLE_I32 = 'i',
    SIDLE_I64 = 'l'
} sidle_dtype;

typedef struct sidle_array {
    char path[112]; /* absolute, for example "/model/cross/q/weight" */
    sidle_dtype type;
    int n_dims; /* 1 .. 4 */
    int64_t dims[4];
    void *data;      /* what this rank writes; NULL: another rank does */
    int owner;       /* rank that writes it; others may have the same data */
    int is_optional; /* older programs did not write it: then its data stay as
                        they were before the reading */
    const sidle_words *words; /* the meaning of each of its numbers, or NULL */
} sidle_array;

int64_t sidle_array_count(const sidle_array *array);
int64_t sidle_array_bytes(const sidle_array *array);

#ifdef __cplusplus
}
#endif

#endif
