/* wide.h - arrays of some megabytes, owned by all ranks in turn: beyond what is
 * written or sent at once. */
#ifndef SIDLE_TESTS_IO_CKPT_WIDE_H
#define SIDLE_TESTS_IO_CKPT_WIDE_H

#include "check.h"

#include "io/ckpt.h"

#include <stdlib.h>
#include <string.h>

enum { WIDE_ARRAYS = 7 };

typedef struct wide {
    sidle_array arrays[WIDE_ARRAYS];
} wide;

static inline size_t wide_bytes(const sidle_array *a)
{
    size_t n = a->type == SIDLE_F32 || a->type == SIDLE_I32 ? 4 : 8;

    for (int i = 0; i < a->n_dims; i++)
        n *= (size_t)a->dims[i];
    return n;
}

/* The numbers depend on the array only, not on rank and size; the last rank of
 * three owns none. */
static inline void wide_new(wide *w, int rank, int size)
{
    static const sidle_array shapes[WIDE_ARRAYS] = {
        {"/model/a/weight", SIDLE_F32, 2, {1100, 4096}, NULL, 0, 0, NULL},
        {"/model/a/bias", SIDLE_F32, 1, {4096}, NULL, 0, 0, NULL},
        {"/model/b/weight", SIDLE_F32, 2, {2100, 4096}, NULL, 0, 0, NULL},
        {"/pipeline/block_001/act",
         SIDLE_F64,
         3,
         {3, 5, 1001},
         NULL,
         0,
         0,
         NULL},
        {"/pipeline/block_002/none", SIDLE_F64, 2, {0, 5}, NULL, 0, 0, NULL},
        {"/pipeline/counters", SIDLE_I64, 1, {1}, NULL, 0, 0, NULL},
        {"/pipeline/labels", SIDLE_I32, 2, {4, 9}, NULL, 0, 0, NULL},
    };

    for (int i = 0; i < WIDE_ARRAYS; i++) {
        sidle_array *a = &w->arrays[i];
        size_t n = wide_bytes(&shapes[i]) / 4;
        uint32_t x = (uint32_t)i + 1, *data;

        *a = shapes[i];
        a->owner = i % (size < 3 ? size : 2);
        if (a->owner != rank)
            continue;
        data = malloc(4 * n + 1);
        assert_non_null(data);
        for (size_t j = 0; j < n; j++)
            data[j] = x = x * 1664525u + 1013904223u;
        a->data = data;
    }
}

static inline void wide_done(wide *w)
{
    for (int i = 0; i < WIDE_ARRAYS; i++)
        free(w->arrays[i].data);
}

#endif
