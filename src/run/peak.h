/* peak.h - the highest arithmetic rate that was measured on this run's
 * cores. */
#ifndef SIDLE_RUN_PEAK_H
#define SIDLE_RUN_PEAK_H

typedef struct sidle_peak {
    double best;  /* operations per second, all cores that ranks have */
    double cores; /* that can work at the same time */
    double looked;
} sidle_peak;

/** SGEMM rate of one core of this process: the best of `seconds`. */
double sidle_measure_gemm(double seconds);

/** Time a product on this core, for `cores` of its kind. */
void sidle_peak_init(sidle_peak *peak, double cores);
/** Measure again, between items: other processes may have slowed the first
 * measurement. At most one measurement in ten seconds. */
void sidle_peak_look(sidle_peak *peak);
/**
 * The ratio of `rate` to the peak, at most 1: a higher rate that was sustained
 * for a second or more becomes the peak.
 */
double sidle_peak_share(sidle_peak *peak, double rate, double seconds);

#endif
