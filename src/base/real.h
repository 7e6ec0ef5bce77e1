/* real.h - the floating-point type of all computations.
 *
 * The program stores and computes in float. The tests compile the same sources
 * with SIDLE_REAL_DOUBLE to compare the gradients of a layer with finite
 * differences. Elementary functions come from <tgmath.h> and constants are
 * cast, so that neither build has hidden conversions. */
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
