/* real.h - the number that the mathematics is written in.
 *
 * The product stores and computes in float. The same sources compile once more
 * with SIDLE_REAL_DOUBLE for the tests, where a layer is held against finite
 * differences of itself. Elementary functions come from <tgmath.h>, constants
 * are cast, so that both builds are free of hidden conversions. */
#ifndef SIDLE_BASE_REAL_H
#define SIDLE_BASE_REAL_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef SIDLE_REAL_DOUBLE
typedef double sidle_real;
#else
typedef float sidle_real;
#endif

#ifdef __cplusplus
}
#endif

#endif
