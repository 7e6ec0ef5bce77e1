/* array.h - a named array, as checkpoints hold them and runs list them. */
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
    void *data;      /* this rank's to write; NULL: another rank's */
    int owner;       /* rank that writes it; others may have the same data */
    int is_optional; /* older programs did not write it: then it stays as the
                        list has it before anything is read */
    const sidle_words *words; /* NULL, or what its numbers mean, each */
} sidle_array;

int64_t sidle_array_count(const sidle_array *array);
int64_t sidle_array_bytes(const sidle_array *array);

#ifdef __cplusplus
}
#endif

#endif
