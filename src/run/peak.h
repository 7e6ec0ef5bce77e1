/* peak.h - the best rate of arithmetic that this run's cores have shown. */
#ifndef SIDLE_RUN_PEAK_H
#define SIDLE_RUN_PEAK_H

typedef struct sidle_peak {
    double best;  /* operations a second, all cores that ranks have */
    double cores; /* that may work at once */
    double looked;
} sidle_peak;

/** SGEMM rate of one core of this process: the best of `seconds`. */
double sidle_measure_gemm(double seconds);

/** Time a product on this core, for `cores` of its kind. */
void sidle_peak_init(sidle_peak *peak, double cores);
/** Again, between items: other processes may have slowed the first look. Less
 * than one look in ten seconds. */
void sidle_peak_look(sidle_peak *peak);
/**
 * The share of the peak that `rate` is, at most 1: a rate that was held for
 * a second or more, and is above it, is the peak from now on.
 */
double sidle_peak_share(sidle_peak *peak, double rate, double seconds);

#endif
