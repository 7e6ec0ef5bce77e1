/* event.h - one entry of a timeline or a trace: what a rank does or waits for,
 * with its begin and its end. */
#ifndef SIDLE_SCHEDULE_EVENT_H
#define SIDLE_SCHEDULE_EVENT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sidle_event_kind {
    SIDLE_EVENT_FORWARD,
    SIDLE_EVENT_RERUN, /* a forward run again, with newer weights */
    SIDLE_EVENT_INPUT_GRAD,
    SIDLE_EVENT_WEIGHT_GRAD,
    SIDLE_EVENT_UPDATE,
    SIDLE_EVENT_EVAL,      /* the last kind of work; those below: traces only */
    SIDLE_EVENT_MESSAGE,   /* copies to and from buffers, the data source;
                              those below one microsecond are omitted */
    SIDLE_EVENT_WAIT_LEFT, /* no block of the rank can continue; the wait ended
                              with a message from there */
    SIDLE_EVENT_WAIT_RIGHT,
    SIDLE_EVENT_IO, /* a checkpoint */
    SIDLE_N_EVENT_KINDS
} sidle_event_kind;

typedef struct sidle_event {
    double begin, end; /* in the unit of the timeline */
    int64_t item;      /* UPDATE: of its last gradient; EVAL: its index */
    int32_t block;     /* that works or waits; 0: all blocks of the rank */
    int32_t kind;      /* sidle_event_kind */
} sidle_event;

#ifdef __cplusplus
}
#endif

#endif
