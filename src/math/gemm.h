/* gemm.h - matrix products over strides; only gemm.c uses BLIS. */
#ifndef SIDLE_MATH_GEMM_H
#define SIDLE_MATH_GEMM_H

#include "base/real.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A view of a matrix in borrowed memory. Strides count elements, so a
 * transpose, a head of a (n, H, D) array or a tile costs nothing. */
typedef struct sidle_mat {
    sidle_real *p;
    ptrdiff_t rows, cols;
    ptrdiff_t row_stride, col_stride;
} sidle_mat;

/** A dense row-major view; a view of const memory may only be read. */
sidle_mat sidle_mat_of(const sidle_real *p, ptrdiff_t rows, ptrdiff_t cols);
/** Rows `row_stride` apart, for example one head of (n, H, D). */
sidle_mat sidle_mat_strided(const sidle_real *p, ptrdiff_t rows, ptrdiff_t cols,
                            ptrdiff_t row_stride);
sidle_mat sidle_mat_t(sidle_mat a);

/**
 * c <- alpha a b + beta c; beta 0 writes c without reading it.
 *
 * Calls:   local.
 * Shapes:  a (m, k), b (k, n), c (m, n); any strides. k = 0 scales c.
 * Errors:  shapes that do not match are a bug.
 * Source:  Van Zee and van de Geijn, ACM TOMS 41(3), 2015 (BLIS).
 */
void sidle_gemm(sidle_real alpha, sidle_mat a, sidle_mat b, sidle_real beta,
                sidle_mat c);

/** y (rows, out) = x (rows, in) w (out, in)^T + bias (out); bias may be NULL.*/
void sidle_linear(ptrdiff_t rows, ptrdiff_t in, ptrdiff_t out,
                  const sidle_real *x, const sidle_real *w,
                  const sidle_real *bias, sidle_real *y);
/** dx (rows, in) = dy (rows, out) w + beta dx. */
void sidle_linear_input_grad(ptrdiff_t rows, ptrdiff_t in, ptrdiff_t out,
                             const sidle_real *dy, const sidle_real *w,
                             sidle_real beta, sidle_real *dx);
/** dw (out, in) += dy^T x; db (out) += column sums of dy, NULL to skip. */
void sidle_linear_weight_grad(ptrdiff_t rows, ptrdiff_t in, ptrdiff_t out,
                              const sidle_real *x, const sidle_real *dy,
                              sidle_real *dw, sidle_real *db);

/** "zen3", "skx", ...: the kernel set that BLIS chose on this machine. */
const char *sidle_gemm_kernels(void);
/** Threads that compute a product: 1 if BLIS was built without threads,
 * whatever the environment requests. */
int sidle_gemm_threads(void);
/** "0.9.0": the version of BLIS in use. */
const char *sidle_gemm_version(void);

#ifdef __cplusplus
}
#endif

#endif
