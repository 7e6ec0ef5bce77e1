/* real.h - the number that the mathematics is written in.
 *
 * The product stores and computes in float. The same sources compile once more
 * with SIDLE_REAL_DOUBLE for the tests, where a layer is held against finite
 * differences of itself. Elementary functions come from <tgmath.h>, constants
 * are cast, so that both builds are free of hidden conversions.
 *
 * Letters of dimensions, used everywhere: B batch rows, M context (inputs of
 * a row), N latents, C embedding width, d latent width, D heads' width d_h,
 * H heads, V vocabulary, L layers. Arrays are row-major. */
#ifndef SIDLE_MATH_REAL_H
#define SIDLE_MATH_REAL_H

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
