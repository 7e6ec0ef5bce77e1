/* eval_outputs.h - what a network puts out for each frame of an evaluation, as
 * rows of a file (--predictions) and as a picture (--png). */
#ifndef SIDLE_RUN_EVAL_OUTPUTS_H
#define SIDLE_RUN_EVAL_OUTPUTS_H

#include "run/eval_request.h"
#include "run/setup.h"

typedef struct sidle_eval_outputs sidle_eval_outputs;

/**
 * Begin the outputs that the request names; NULL if it names none.
 * Calls:   local, on the rank of the last block.
 * Owns:    borrows the set-up; the caller ends it with
 *          sidle_eval_outputs_close().
 * Errors:  SIDLE_EUSAGE: the data are no clips, the program was built without
 *          libpng, a file is there that would be lost; SIDLE_EIO.
 */
sidle_status sidle_eval_outputs_open(const sidle_eval_request *request,
                                     const char *checkpoint,
                                     const sidle_setup *setup,
                                     sidle_eval_outputs **outputs_p);
/**
 * Take the rows of an item after the forward of the last block. Items come in
 * order. What fails is answered at the end: other ranks are not kept waiting.
 */
void sidle_eval_outputs_take(sidle_eval_outputs *outputs,
                             const sidle_block *block, int slot);
/**
 * Complete the files after SIDLE_OK, else remove them.
 * Owns:    ends the outputs; NULL is allowed.
 * Errors:  `status`; SIDLE_EIO, of these or of earlier rows.
 */
sidle_status sidle_eval_outputs_close(sidle_eval_outputs *outputs,
                                      sidle_status status);

#endif
