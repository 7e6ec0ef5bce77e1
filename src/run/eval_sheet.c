/* eval_sheet.c - the frames of a contact sheet, chosen and drawn. */
#include "run/eval_sheet.h"

#include "io/sheet.h"

#include <stdlib.h>

enum { MOST_FRAMES = 8 };

struct sidle_eval_sheet {
    sidle_clips clips;
    ptrdiff_t classes; /* 0: frames */
    int64_t ahead;
    int n_clips, n_frames;
    sidle_sheet sheet;
    unsigned char *bytes; /* of a frame */
};

sidle_status sidle_eval_sheet_new(const sidle_clips *clips,
                                  const sidle_layer *loss, int64_t ahead,
                                  int most_clips, sidle_eval_sheet **sheet_p)
{
    sidle_eval_sheet *s = calloc(1, sizeof(*s));
    int64_t shape[3];
    sidle_status status;

    SIDLE_CHECK(s != NULL, "no memory for a contact sheet");
    s->clips = *clips;
    s->classes = loss->classes;
    s->ahead = ahead;
    s->n_clips = clips->n_clips < most_clips ? (int)clips->n_clips : most_clips;
    s->n_frames = s->classes > 0 ? MOST_FRAMES : MOST_FRAMES / 2;
    for (int i = 0; i < 3; i++)
        shape[i] = clips->shape.dims[i];
    s->bytes = calloc(sidle_shape_size(&clips->shape), 1);
    SIDLE_CHECK(s->bytes != NULL, "no memory for a contact sheet");
    status = sidle_sheet_new(shape, s->n_clips, MOST_FRAMES, &s->sheet);
    if (status == SIDLE_OK)
        *sheet_p = s;
    else
        sidle_eval_sheet_free(s);
    return status;
}

/* The place of `i` among the at most `most` of n that are chosen evenly, the
 * first and the last among them; -1: it is not chosen. */
static int place_of(int64_t i, int64_t n, int most)
{
    int64_t place;

    if (i >= n)
        return -1;
    if (n <= most)
        return (int)i;
    if (most == 1)
        return i == 0 ? 0 : -1;
    /* The only one whose number, rounded down, can be i. */
    place = (i * (most - 1) + n - 2) / (n - 1);
    return place * (n - 1) / (most - 1) == i ? (int)place : -1;
}

static void put_bytes(sidle_eval_sheet *s, int row, int column,
                      const sidle_real *values, sidle_sheet_colour colour)
{
    size_t n = sidle_shape_size(&s->clips.shape);

    for (size_t i = 0; i < n; i++)
        s->bytes[i] = sidle_eval_byte(values[i]);
    sidle_sheet_put(&s->sheet, row, column, s->bytes, colour);
}

static sidle_sheet_colour colour_of(const sidle_eval_sheet *s,
                                    const sidle_eval_row *row)
{
    if (!row->has_target)
        return SIDLE_SHEET_GREY;
    return sidle_eval_class(s->classes, row->out) == row->label
               ? SIDLE_SHEET_GREEN
               : SIDLE_SHEET_RED;
}

void sidle_eval_sheet_add(sidle_eval_sheet *s, const sidle_eval_row *row)
{
    int y = place_of(row->part_clip, s->clips.n_clips, s->n_clips);
    int x = place_of(row->frame, row->length - s->ahead, s->n_frames);

    if (y < 0 || x < 0 || (s->classes == 0 && !row->has_target))
        return;
    if (s->classes > 0) {
        s->clips.read(&s->clips, row->index, 1, s->bytes);
        sidle_sheet_put(&s->sheet, y, x, s->bytes, colour_of(s, row));
        return;
    }
    put_bytes(s, y, 2 * x, row->next, SIDLE_SHEET_GREY);
    put_bytes(s, y, 2 * x + 1, row->out, SIDLE_SHEET_BLUE);
}

const sidle_picture *sidle_eval_sheet_picture(const sidle_eval_sheet *s)
{
    return &s->sheet.picture;
}

void sidle_eval_sheet_free(sidle_eval_sheet *s)
{
    if (s == NULL)
        return;
    sidle_sheet_done(&s->sheet);
    free(s->bytes);
    free(s);
}
