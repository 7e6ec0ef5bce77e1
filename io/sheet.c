/* sheet.c - frames in rows and columns of one picture. */
#include "io/sheet.h"

#include <stdlib.h>
#include <string.h>

enum {
    EDGE = 3,  /* pixels around a frame, in a colour */
    GAP = 2,   /* white pixels around that */
    WISH = 64, /* pixels a side of a frame, about, and .. */
    MOST = 128 /* .. at most */
};

/* Pixels a side of a frame. */
static int extent(const sidle_sheet *sheet, int axis)
{
    int64_t n = (sheet->shape[axis] + sheet->step - 1) / sheet->step;

    return (int)n * sheet->scale;
}

/* Pixels from one cell to the next. */
static int pitch(const sidle_sheet *sheet, int axis)
{
    return extent(sheet, axis) + 2 * EDGE + GAP;
}

static int64_t longest(const int64_t shape[3])
{
    return shape[0] > shape[1] ? shape[0] : shape[1];
}

sidle_status sidle_sheet_new(const int64_t shape[3], int rows, int columns,
                             sidle_sheet *sheet)
{
    int64_t height, width;

    *sheet = (sidle_sheet){.rows = rows, .columns = columns};
    memcpy(sheet->shape, shape, sizeof(sheet->shape));
    sheet->scale = longest(shape) < WISH ? (int)(WISH / longest(shape)) : 1;
    sheet->step = (int)((longest(shape) + MOST - 1) / MOST);
    height = (int64_t)rows * pitch(sheet, 0) + GAP;
    width = (int64_t)columns * pitch(sheet, 1) + GAP;
    if (height > INT32_MAX || width > INT32_MAX)
        height = width = INT32_MAX; /* refused in words there */
    SIDLE_TRY(sidle_picture_new((int)height, (int)width, 3, &sheet->picture));
    memset(sheet->picture.pixels, 255, (size_t)(3 * height * width));
    return SIDLE_OK;
}

void sidle_sheet_done(sidle_sheet *sheet)
{
    free(sheet->picture.pixels);
    sheet->picture.pixels = NULL;
}

static const unsigned char colours[][3] = {[SIDLE_SHEET_GREY] = {128, 128, 128},
                                           [SIDLE_SHEET_GREEN] = {0, 158, 115},
                                           [SIDLE_SHEET_RED] = {213, 94, 0},
                                           [SIDLE_SHEET_BLUE] = {0, 114, 178}};

/* Red, green and blue of a pixel of a frame; its edge is outside of it. */
static const unsigned char *pixel_of(const sidle_sheet *sheet,
                                     const unsigned char *frame, int y, int x,
                                     const unsigned char *edge,
                                     unsigned char grey[3])
{
    const int64_t *shape = sheet->shape;
    int64_t at;

    if (y < 0 || x < 0 || y >= extent(sheet, 0) || x >= extent(sheet, 1))
        return edge;
    at = (y / sheet->scale * sheet->step * shape[1] +
          x / sheet->scale * sheet->step) *
         shape[2];
    if (shape[2] == 3)
        return frame + at;
    memset(grey, frame[at], 3);
    return grey;
}

void sidle_sheet_put(sidle_sheet *sheet, int row, int column,
                     const unsigned char *frame, sidle_sheet_colour colour)
{
    const sidle_picture *picture = &sheet->picture;
    int height = pitch(sheet, 0) - GAP, width = pitch(sheet, 1) - GAP;
    int top = GAP + row * pitch(sheet, 0),
        left = GAP + column * pitch(sheet, 1);
    unsigned char grey[3];

    for (int y = 0; y < height; y++) {
        unsigned char *out =
            picture->pixels +
            3 * ((size_t)(top + y) * (size_t)picture->width + (size_t)left);

        for (int x = 0; x < width; x++)
            memcpy(out + 3 * x,
                   pixel_of(sheet, frame, y - EDGE, x - EDGE, colours[colour],
                            grey),
                   3);
    }
}
