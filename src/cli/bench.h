/* bench.h - benchmarks of a configuration: ticks, and checkpoints. */
#ifndef SIDLE_CLI_BENCH_H
#define SIDLE_CLI_BENCH_H

#include "run/run_words.h"

#include <stdint.h>

typedef struct sidle_bench_words {
    sidle_run_words run;
    int64_t items; /* that tick measures */
    int is_json;
} sidle_bench_words;

/**
 * Time whole training ticks, update included, and matrix products at their
 * side; print one line, or one JSON object (bench_tick.c).
 * Calls:   by all ranks, instead of sidle_comm_open() and so on.
 * Returns: the exit code.
 */
int sidle_bench_tick(const sidle_bench_words *words);

/**
 * Time saves of a configuration's state in every mode, in turn with a plain
 * write of as many bytes in the same folder, run.dir; print one line a figure,
 * or one JSON object (bench_checkpoint.c).
 * Calls:   by all ranks, instead of sidle_comm_open() and so on.
 * Returns: the exit code. What it wrote is gone.
 */
int sidle_bench_checkpoint(const sidle_bench_words *words);

#endif
