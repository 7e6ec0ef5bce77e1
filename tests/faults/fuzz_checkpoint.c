/* fuzz_checkpoint.c - any bytes as a checkpoint: opened, listed, read.
 *
 * The reader runs as it always does, HDF5 in a child process: it crashes, loops
 * and takes memory on such bytes, which is why there is a fence, and none of
 * that may reach this process. Where the child went, the fuzzer is told by
 * fuzz_counters.c. With SIDLE_FUZZ_HOW as SIDLE_CKPT_OWN there is no fence: a
 * hundred times as fast, and HDF5's crashes are among what is found. */
#define _GNU_SOURCE /* memfd_create */

#include "faults/fuzz_counters.h"
#include "io/ckpt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[40];
static int file;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_counters_share();
    file = memfd_create("checkpoint", 0);
    if (file < 0)
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    return 0;
}

static size_t bytes_of(const sidle_array *a)
{
    size_t n = a->type == SIDLE_F32 || a->type == SIDLE_I32 ? 4 : 8;

    for (int i = 0; i < a->n_dims; i++)
        n *= (size_t)a->dims[i];
    return n;
}

/* No array may be larger than the file: no reader would survive it. */
static void read_all(sidle_ckpt *ckpt, size_t size)
{
    int n_arrays, n_faults;
    const sidle_array *arrays = sidle_ckpt_list(ckpt, &n_arrays);
    const char *const *faults = sidle_ckpt_faults(ckpt, &n_faults);
    size_t total = strlen(sidle_ckpt_config(ckpt));

    for (int i = 0; i < n_faults; i++)
        total += faults[i][0] == '\0';
    for (int i = 0; i < n_arrays; i++) {
        size_t n = bytes_of(&arrays[i]);
        void *data = malloc(n + 1);

        if (n > size || data == NULL)
            abort();
        sidle_ckpt_read(ckpt, &arrays[i], data);
        free(data);
    }
    if (total > size + (size_t)n_faults)
        abort();
}

static void try(int how, size_t size)
{
    sidle_ckpt *ckpt = NULL;

    if (sidle_ckpt_open_as(path, how, &ckpt) != SIDLE_OK)
        return;
    read_all(ckpt, size);
    sidle_ckpt_close(ckpt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != (ssize_t)size)
        abort();
    try(SIDLE_CKPT_SALVAGE | SIDLE_FUZZ_HOW, size);
    fuzz_counters_take();
    return 0;
}
