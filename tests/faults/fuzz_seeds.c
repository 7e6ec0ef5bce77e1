/* fuzz_seeds.c - the small checkpoints that the fuzzer begins with:
 * fuzz_seeds FOLDER */
#include "io/ckpt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double numbers[256];

static const sidle_array kinds[] = {
    {"/model/embed/token", SIDLE_F32, 2, {7, 4}, numbers, 0},
    {"/model/self/000/q/bias", SIDLE_F32, 1, {4}, numbers, 0},
    {"/optimizer/self/000/q/bias/m", SIDLE_F64, 1, {4}, numbers, 0},
    {"/pipeline/block_001/labels", SIDLE_I32, 3, {2, 3, 1}, numbers, 0},
    {"/pipeline/block_002/waiting", SIDLE_F32, 4, {0, 5, 2, 1}, numbers, 0},
    {"/pipeline/counters", SIDLE_I64, 1, {5}, numbers, 0},
};

enum { N_KINDS = sizeof(kinds) / sizeof(*kinds) };

int main(int argc, char **argv)
{
    const sidle_ckpt_info info = {.step = 7,
                                  .update = 3,
                                  .created = "2026-11-25T17:00:00Z",
                                  .program_version = "0.1.0",
                                  .commit = "0123456789abcdef"};

    if (argc != 2) {
        fprintf(stderr, "fuzz_seeds FOLDER\n");
        return 64;
    }
    for (int i = 0; i < 256; i++)
        numbers[i] = i * 0.37;
    for (int n = 0; n <= N_KINDS; n++) {
        char name[32];

        snprintf(name, sizeof(name), "seed-%d.h5", n);
        if (sidle_ckpt_save(NULL, argv[1], name, &info,
                            n > 0 ? "run: {steps: 7}\n" : "", kinds,
                            n) != SIDLE_OK) {
            fprintf(stderr, "fuzz_seeds: %s\n", sidle_fail_text());
            return 74;
        }
    }
    return 0;
}
