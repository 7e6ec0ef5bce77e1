/* vector.h - exp and sums over arrays; only vector.c uses SLEEF.
 *
 * The bits of an element do not depend on its place in the array. */
#ifndef SIDLE_MATH_VECTOR_H
#define SIDLE_MATH_VECTOR_H

#include "base/real.h"

#ifdef __cplusplus
extern "C" {
#endif

/** y[i] = exp(x[i] - shift); x may be y. */
void sidle_exp_shifted(ptrdiff_t n, const sidle_real *x, sidle_real shift,
                       sidle_real *y);
/** As above; returns the sum of y, summed in a fixed order. */
sidle_real sidle_exp_sum(ptrdiff_t n, const sidle_real *x, sidle_real shift,
                         sidle_real *y);
/** The largest element; -infinity for n = 0. */
sidle_real sidle_max(ptrdiff_t n, const sidle_real *x);
/** The index of the first `value`; n if it is not found. */
ptrdiff_t sidle_find(ptrdiff_t n, sidle_real value, const sidle_real *x);
/** The sum, in a fixed order. */
sidle_real sidle_add_up(ptrdiff_t n, const sidle_real *x);
/** Sum of squares in double, in a fixed order. */
double sidle_sum_squares(ptrdiff_t n, const sidle_real *x);
double sidle_dot(ptrdiff_t n, const sidle_real *x, const sidle_real *y);
/** Whether every element is finite. */
int sidle_all_finite(ptrdiff_t n, const sidle_real *x);

/* Element by element. */
void sidle_fill(ptrdiff_t n, sidle_real value, sidle_real *y);
void sidle_scale(ptrdiff_t n, sidle_real a, sidle_real *y);
void sidle_add(ptrdiff_t n, const sidle_real *x, sidle_real *y); /* y += x */
/** y += a x */
void sidle_add_scaled(ptrdiff_t n, sidle_real a, const sidle_real *x,
                      sidle_real *y);
/** y (rows, cols) += bias (cols) in every row. */
void sidle_add_rows(ptrdiff_t rows, ptrdiff_t cols, const sidle_real *bias,
                    sidle_real *y);
/** sums (cols) += the column sums of x (rows, cols), carried in double. */
void sidle_add_column_sums(ptrdiff_t rows, ptrdiff_t cols, const sidle_real *x,
                           sidle_real *sums);

#ifdef __cplusplus
}
#endif

#endif
