/* eval_sheet.h - frames of an evaluation as a contact sheet: with an edge that
 * tells whether their class was found, or beside what the network made of
 * them. */
#ifndef SIDLE_RUN_EVAL_SHEET_H
#define SIDLE_RUN_EVAL_SHEET_H

#include "data/clips.h"
#include "io/png.h"
#include "run/eval_row.h"

typedef struct sidle_eval_sheet sidle_eval_sheet;

/**
 * A sheet of at most `most_clips` clips, evenly chosen, one a row. A row has up
 * to 8 of the clip's frames, evenly chosen, and for a loss of frames instead up
 * to 4 pairs: the target, `ahead` frames later, and the network's frame.
 * Rows of clips behind the n_clips of `clips` are left out.
 * Owns:    borrows what `clips` points to; the caller ends it with
 *          sidle_eval_sheet_free().
 * Errors:  those of sidle_sheet_new().
 */
sidle_status sidle_eval_sheet_new(const sidle_clips *clips,
                                  const sidle_layer *loss, int64_t ahead,
                                  int most_clips, sidle_eval_sheet **sheet_p);
/** Draw a row's frame if it is one of those chosen. */
void sidle_eval_sheet_add(sidle_eval_sheet *sheet, const sidle_eval_row *row);
/** The picture so far. Owns: the sheet. */
const sidle_picture *sidle_eval_sheet_picture(const sidle_eval_sheet *sheet);
void sidle_eval_sheet_free(sidle_eval_sheet *sheet);

#endif
