/* eval_request.h - what is to be evaluated, and how. */
#ifndef SIDLE_RUN_EVAL_REQUEST_H
#define SIDLE_RUN_EVAL_REQUEST_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_eval_request {
    const char *path; /* a checkpoint, or a run folder */
    int is_trusting;  /* no checksum is checked */
    /* (n_overrides) "key=value", of what sidle_uses_eval() names */
    char *const *overrides;
    int n_overrides;
} sidle_eval_request;

#ifdef __cplusplus
}
#endif

#endif
