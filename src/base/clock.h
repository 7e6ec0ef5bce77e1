/* clock.h - monotonic seconds. */
#ifndef SIDLE_BASE_CLOCK_H
#define SIDLE_BASE_CLOCK_H

#ifdef __cplusplus
extern "C" {
#endif

/** Seconds since a fixed moment; the value never decreases. Calls: local. */
double sidle_now(void);

#ifdef __cplusplus
}
#endif

#endif
