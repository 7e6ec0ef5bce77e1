/* bench_gemm.h - the rate of single-precision matrix products on one core. */
#ifndef SIDLE_CLI_BENCH_GEMM_H
#define SIDLE_CLI_BENCH_GEMM_H

#include "base/status.h"
#include "math/gemm.h"

/** Print one line per shape, or one JSON object. Calls: local. Errors: those of
 * JSON. */
sidle_status sidle_bench_gemm(int is_json);

/* The factors of one product, and the memory that they lie in. */
typedef struct sidle_product {
    sidle_real *memory;
    sidle_mat a, b, c;
} sidle_product;

/** The one that ticks are compared with. Owns: the caller ends it. */
sidle_product sidle_product_new(void);
void sidle_product_done(sidle_product *product);
/** Operations a second, now. Calls: local. */
double sidle_product_rate(const sidle_product *product);

#endif
