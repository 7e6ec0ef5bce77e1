/* test_sheet.c - frames of a contact sheet lie where they were put. */
#include "io/folder.h"

#include "io/sheet.h"

static const unsigned char *pixel_at(const sidle_sheet *sheet, int y, int x)
{
    return sheet->picture.pixels + 3 * (y * sheet->picture.width + x);
}

/* The frame in a cell, from the middles of its enlarged pixels. */
static void check_cell(const sidle_sheet *sheet, int row, int column,
                       const unsigned char *frame)
{
    const int64_t *shape = sheet->shape;
    int height = (sheet->picture.height - 2) / sheet->rows;
    int width = (sheet->picture.width - 2) / sheet->columns;

    for (int y = 0; y < shape[0]; y += sheet->step)
        for (int x = 0; x < shape[1]; x += sheet->step) {
            const unsigned char *p = pixel_at(
                sheet, row * height + 5 + y / sheet->step * sheet->scale,
                column * width + 5 + x / sheet->step * sheet->scale);
            int64_t at = (y * shape[1] + x) * shape[2];

            for (int c = 0; c < 3; c++)
                assert_int_equal(p[c], frame[at + (shape[2] == 3 ? c : 0)]);
        }
}

static void check_shape(const int64_t shape[3], int scale)
{
    int64_t n = shape[0] * shape[1] * shape[2];
    unsigned char *frames = malloc((size_t)(6 * n));
    sidle_sheet sheet;

    assert_int_equal(sidle_sheet_new(shape, 2, 3, &sheet), SIDLE_OK);
    assert_int_equal(sheet.scale, scale);
    for (int64_t i = 0; i < 6 * n; i++)
        frames[i] = (unsigned char)(rand() >> 7);
    for (int i = 0; i < 6; i++)
        sidle_sheet_put(&sheet, i / 3, i % 3, frames + i * n,
                        SIDLE_SHEET_GREEN);
    for (int i = 0; i < 6; i++)
        check_cell(&sheet, i / 3, i % 3, frames + i * n);
    assert_int_equal(pixel_at(&sheet, 0, 0)[0], 255);
    assert_int_equal(pixel_at(&sheet, 2, 2)[1], 158);
    sidle_sheet_done(&sheet);
    free(frames);
}

TEST(frames_of_any_shape_lie_where_they_were_put)
{
    check_shape((int64_t[]){8, 6, 1}, 8);
    check_shape((int64_t[]){5, 9, 3}, 7);
    check_shape((int64_t[]){70, 100, 2}, 1);
    check_shape((int64_t[]){1, 1, 4}, 64);
    check_shape((int64_t[]){129, 20, 3}, 1); /* each second pixel */
    check_shape((int64_t[]){33, 600, 1}, 1);
}

TEST(a_sheet_that_no_picture_holds_is_refused)
{
    sidle_sheet sheet;

    assert_int_equal(
        sidle_sheet_new((int64_t[]){4096, 4096, 1}, 1000, 1000, &sheet),
        SIDLE_EUSAGE);
    sidle_sheet_done(&sheet);
}

TEST_MAIN
