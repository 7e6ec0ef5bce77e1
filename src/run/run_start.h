/* run_start.h - where and how a run begins. */
#ifndef SIDLE_RUN_RUN_START_H
#define SIDLE_RUN_RUN_START_H

#include "mpi/report.h"
#include "run/display.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All zero is valid. */
typedef struct sidle_run_start {
    const char *resume;    /* "auto" (and NULL): from the newest good checkpoint
                              of the run folder, or a fresh run if there is
                              none; "never"; or a file or another run's
                              folder */
    const char *otherwise; /* for "auto" in an empty folder: a file or folder */
    const char *init;      /* a fresh run with the parameters of this file */
    int is_dry;            /* check only and create no folder; it cannot be
                              trained */
    const char *again;     /* what continues the run, in messages; NULL: "the
                              same program" */
    const sidle_display *display; /* NULL: reports are lines of the log */
    /* Rank 0: losses of some items, or of an evaluation. */
    void (*on_report)(void *context, const sidle_report *report);
    void *context;
} sidle_run_start;

#ifdef __cplusplus
}
#endif

#endif
