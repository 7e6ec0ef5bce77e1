/* clock.h - monotonic seconds. */
#ifndef SIDLE_BASE_CLOCK_H
#define SIDLE_BASE_CLOCK_H

#ifdef __cplusplus
extern "C" {
#endif

/** Seconds since some fixed moment, never going back. Calls: local. */
double sidle_now(void);

#ifdef __cplusplus
}
#endif

#endif
