/* product.h - products of dense matrices that are larger than the cache.
 *
 * The same work as sidle_gemm() does, for the shapes of a layer: BLIS copies
 * both factors, transposed ones element by element, which costs a fifth of the
 * time where a weight matrix is small. Here the left factor is read as it lies
 * or copied in short runs, and the right one copied a narrow panel at a time.
 */
#ifndef SIDLE_MATH_PRODUCT_H
#define SIDLE_MATH_PRODUCT_H

#include "math/gemm.h"

/**
 * c <- a b, or c + a b.
 *
 * Every sum is taken in the order of its terms: the bits of a row of c depend
 * on that row of a and on b alone, not on how many rows there are.
 * Shapes:  a (m, k), b (k, n), c (m, n), k > 0. Of each of a and b the rows or
 *          the columns are contiguous, of c the rows.
 * Source:  Goto and van de Geijn, ACM TOMS 34(3), 2008 (the blocking).
 */
void sidle_product(sidle_mat a, sidle_mat b, int add, sidle_mat c);

/** Whether the build's registers are wide enough to outdo BLIS, which chooses
 * its kernels when the program runs. */
int sidle_product_is_fast(void);

#endif
