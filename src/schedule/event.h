/* event.h - what a rank does, or waits for, from when to when: the piece that
 * predicted and recorded timelines are made of. */
#ifndef SIDLE_SCHEDULE_EVENT_H
#define SIDLE_SCHEDULE_EVENT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sidle_event_kind {
    SIDLE_EVENT_FORWARD,
    SIDLE_EVENT_RERUN, /* a forward run again, at newer weights */
    SIDLE_EVENT_INPUT_GRAD,
    SIDLE_EVENT_WEIGHT_GRAD,
    SIDLE_EVENT_UPDATE,
    SIDLE_EVENT_EVAL,    /* the last kind of work; below: recorded ones only */
    SIDLE_EVENT_MESSAGE, /* copies out of and into buffers, the data source;
                            those of less than a microsecond are left out */
    SIDLE_EVENT_WAIT_LEFT, /* no block of the rank can go on: what came first
                              then came from there */
    SIDLE_EVENT_WAIT_RIGHT,
    SIDLE_EVENT_IO, /* a checkpoint */
    SIDLE_N_EVENT_KINDS
} sidle_event_kind;

typedef struct sidle_event {
    double begin, end; /* in the timeline's unit */
    int64_t item;      /* UPDATE: of its last gradient; EVAL: its index */
    int32_t block;     /* the one that works or waits; 0: all of the rank */
    int32_t kind;      /* sidle_event_kind */
} sidle_event;

#ifdef __cplusplus
}
#endif

#endif
