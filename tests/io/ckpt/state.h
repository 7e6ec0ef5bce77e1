/* state.h - a small state of all four types, its arrays shared out to ranks. */
#ifndef SIDLE_TESTS_IO_CKPT_STATE_H
#define SIDLE_TESTS_IO_CKPT_STATE_H

#include "check.h"

#include "io/ckpt.h"

#include <string.h>

enum { STATE_ARRAYS = 9, STATE_MOST = 6 * 5 * 4 * 300 };

typedef struct state {
    sidle_array arrays[STATE_ARRAYS];
    unsigned char data[STATE_ARRAYS][STATE_MOST * 8];
} state;

#define STATE_CONFIG "run: {name: test, steps: 7}\nmodel: {width: 16}\n"

static inline sidle_ckpt_info state_info(void)
{
    return (sidle_ckpt_info){.step = 7,
                             .update = 3,
                             .created = "2026-11-23T17:00:00Z",
                             .program_version = "0.1.0",
                             .commit = "0123456789abcdef"};
}

static inline size_t state_bytes(const sidle_array *a)
{
    size_t n = a->type == SIDLE_F32 || a->type == SIDLE_I32 ? 4 : 8;

    for (int i = 0; i < a->n_dims; i++)
        n *= (size_t)a->dims[i];
    return n;
}

/* The numbers depend on seed and array only, never on rank and size; random
 * bytes, NaN among them, since a file keeps bits. */
static inline void state_new(state *s, uint64_t seed, int rank, int size)
{
    static const sidle_array shapes[STATE_ARRAYS] = {
        {"/model/embed/token", SIDLE_F32, 2, {259, 12}, NULL, 0, 0, NULL},
        {"/model/cross/q/weight", SIDLE_F32, 2, {150, 120}, NULL, 0, 0, NULL},
        {"/model/self/000/q/bias", SIDLE_F32, 1, {16}, NULL, 0, 0, NULL},
        {"/model/self/001/q/bias", SIDLE_F32, 1, {1}, NULL, 0, 0, NULL},
        {"/optimizer/self/000/q/bias/m", SIDLE_F64, 1, {16}, NULL, 0, 0, NULL},
        {"/pipeline/block_001/activation",
         SIDLE_F32,
         4,
         {6, 5, 4, 300},
         NULL,
         0,
         0,
         NULL},
        {"/pipeline/block_001/labels", SIDLE_I32, 2, {4, 9}, NULL, 0, 0, NULL},
        {"/pipeline/block_002/waiting",
         SIDLE_F32,
         3,
         {0, 5, 2},
         NULL,
         0,
         0,
         NULL},
        {"/pipeline/counters", SIDLE_I64, 1, {5}, NULL, 0, 0, NULL},
    };

    for (int i = 0; i < STATE_ARRAYS; i++) {
        sidle_array *a = &s->arrays[i];
        sidle_rng rng = {seed, sidle_rng_stream(shapes[i].path, 0)};

        *a = shapes[i];
        a->owner = (i * 7 + 1) % size;
        for (size_t j = 0; j < state_bytes(a); j++)
            s->data[i][j] =
                (unsigned char)(256.0 * sidle_rng_uniform(rng, (uint64_t)j));
        a->data = a->owner == rank ? s->data[i] : NULL;
    }
}

#endif
