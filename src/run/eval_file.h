/* eval_file.h - what a network puts out for each frame, in an HDF5 file; for
 * eval_outputs.c. */
#ifndef SIDLE_RUN_EVAL_FILE_H
#define SIDLE_RUN_EVAL_FILE_H

#include "run/eval_row.h"
#include "run/setup_state.h"

typedef struct sidle_eval_file sidle_eval_file;

/** Errors: those of sidle_table_file_open(). Owns: the caller ends it with
 * sidle_eval_file_close(). */
sidle_status sidle_eval_file_open(const char *path, const char *checkpoint,
                                  const sidle_setup *setup,
                                  sidle_eval_file **file_p);
/** Errors: SIDLE_EIO. */
sidle_status sidle_eval_file_add(sidle_eval_file *file,
                                 const sidle_eval_row *row);
/** As sidle_table_file_close(); NULL is allowed. */
sidle_status sidle_eval_file_close(sidle_eval_file *file, sidle_status status);

#endif
