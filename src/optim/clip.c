/* clip.c - the norm of a gradient, and the factor that bounds it. */
#include "optim/optim.h"

#include "math/vector.h"

#include <math.h>

double sidle_grad_squares(const sidle_segment *segments, int n_segments,
                          const sidle_real *g)
{
    double sum = 0.0;

    for (int i = 0; i < n_segments; i++)
        sum += sidle_sum_squares(segments[i].rows * segments[i].cols,
                                 g + segments[i].offset);
    return sum;
}

double sidle_clip_factor(double clip, double squares)
{
    double norm = sqrt(squares);

    return clip > 0.0 && norm > clip ? clip / norm : 1.0;
}
