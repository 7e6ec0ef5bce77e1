/* bench.h - what the figures of sidle bench have in common. */
#ifndef SIDLE_CLI_BENCH_H
#define SIDLE_CLI_BENCH_H

#include "base/status.h"

#include <stddef.h>

/* ---- in cmd_bench.c */
/** The middle one of n values, at least 1, which are sorted. */
double sidle_median(double *values, size_t n);

/* ---- in bench_checkpoint.c */
/**
 * Time saves of a configuration's state in every mode, in turn with a plain
 * write of as many bytes in the same folder, run.dir; print one line a figure,
 * or one JSON object.
 * Calls:   by all ranks, instead of sidle_comm_open() and so on.
 * Returns: the exit code. What it wrote is gone.
 */
int sidle_bench_checkpoint(const char *config, char *const *overrides,
                           int n_overrides, int is_json);

#endif
