/* sheet.h - a contact sheet: frames in rows and columns of one picture. */
#ifndef SIDLE_IO_SHEET_H
#define SIDLE_IO_SHEET_H

#include "io/png.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_sheet {
    int64_t shape[3];      /* of a frame: Y, X, C */
    int rows, columns;     /* of cells */
    int scale, step;       /* pixels a side of one of a frame's pixels, or of
                              the latter each `step`-th one, both ways */
    sidle_picture picture; /* white where no cell was drawn */
} sidle_sheet;

typedef enum sidle_sheet_colour {
    SIDLE_SHEET_GREY,
    SIDLE_SHEET_GREEN,
    SIDLE_SHEET_RED,
    SIDLE_SHEET_BLUE
} sidle_sheet_colour;

/**
 * An empty sheet. Small frames are enlarged to about 64 pixels a side, and of
 * large ones pixels are left out down to about 128. Frames of 3 channels are
 * colours; of others the first channel is drawn in grey. Owns:    the caller
 * ends it with sidle_sheet_done(), also after a failure. Errors:  those of
 * sidle_picture_new().
 */
sidle_status sidle_sheet_new(const int64_t shape[3], int rows, int columns,
                             sidle_sheet *sheet);
void sidle_sheet_done(sidle_sheet *sheet);
/** Draw a frame, (Y, X, C) bytes, with an edge of this colour. */
void sidle_sheet_put(sidle_sheet *sheet, int row, int column,
                     const unsigned char *frame, sidle_sheet_colour colour);

#ifdef __cplusplus
}
#endif

#endif
