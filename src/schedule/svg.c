/* svg.c - boxes, an axis, a legend. All lengths are pixels. */
#include "schedule/svg.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum {
    LEFT = 204, /* of the boxes: names of ranks and blocks before them */
    RIGHT = 92, /* idle shares behind them */
    TOP = 84,   /* title and legend above them */
    BOTTOM = 52,
    ROW = 30,
    BOX = 24,
    BETWEEN = 12,  /* ranks */
    SHORTEST = 22, /* the box of a forward, if there is room */
    WIDEST = 16000,
    NARROWEST = 720,
    LETTER = 7 /* width of a digit */
};

static const struct {
    const char *words, *fill, *ink;
} kinds[SIDLE_N_EVENT_KINDS] = {
    [SIDLE_EVENT_FORWARD] = {"forward", "#3b76af", "#ffffff"},
    [SIDLE_EVENT_INPUT_GRAD] = {"input gradient", "#e8883a", "#ffffff"},
    [SIDLE_EVENT_WEIGHT_GRAD] = {"weight gradient", "#4f9a55", "#ffffff"},
    [SIDLE_EVENT_RERUN] = {"forward run again", "#a9cbe8", "#1f3d5c"},
    [SIDLE_EVENT_UPDATE] = {"update", "#8a5fa8", "#ffffff"},
    [SIDLE_EVENT_EVAL] = {"evaluation", "#e3c84a", "#4a3d05"},
};

typedef struct canvas {
    const sidle_timeline *t;
    const sidle_svg_words *words;
    FILE *stream;
    double scale; /* pixels a unit of time */
    double width; /* of the boxes' part */
    double height;
} canvas;

/* ---- small parts */

static void print_escaped(FILE *stream, const char *text)
{
    for (; *text != '\0'; text++)
        switch (*text) {
        case '<':
            fputs("&lt;", stream);
            break;
        case '&':
            fputs("&amp;", stream);
            break;
        default:
            fputc(*text, stream);
        }
}

/* `class` of the style sheet; the anchor is that of the class. */
static void print_text(const canvas *c, const char *class, double x, double y,
                       const char *text)
{
    fprintf(c->stream, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x,
            y);
    print_escaped(c->stream, text);
    fputs("</text>\n", c->stream);
}

static void print_rect(const canvas *c, double x, double y, double width,
                       double height, const char *fill)
{
    fprintf(c->stream,
            "<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\" "
            "fill=\"%s\"/>\n",
            x, y, width, height, fill);
}

/* ---- where things are */

static double row_top(const canvas *c, int block)
{
    int worker = sidle_play_worker(c->t->play, block);

    return TOP + (block - 1) * ROW + worker * BETWEEN;
}

/* The shortest box of a forward gets room for its number, as far as the whole
 * stays within bounds. */
static void choose_scale(canvas *c)
{
    double shortest = HUGE_VAL, width;

    for (size_t i = 0; i < c->t->n_spans; i++) {
        const sidle_event *s = &c->t->spans[i];

        if (s->kind == SIDLE_EVENT_FORWARD && s->end - s->begin < shortest)
            shortest = s->end - s->begin;
    }
    width = isfinite(shortest) ? SHORTEST / shortest * c->t->end : NARROWEST;
    width = width > WIDEST ? WIDEST : width;
    c->width = width < NARROWEST ? NARROWEST : width;
    c->scale = c->t->end > 0.0 ? c->width / c->t->end : 1.0;
    c->height = row_top(c, c->t->plan->n_blocks) + ROW + BOTTOM;
}

/* ---- parts */

static void print_head(const canvas *c)
{
    double width = LEFT + c->width + RIGHT;

    fprintf(c->stream,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" "
            "height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\">\n<style>\n"
            "text { font-family: Helvetica, Arial, sans-serif; font-size: "
            "12px; fill: #222222; }\n"
            ".title { font-size: 16px; font-weight: bold; }\n"
            ".right { text-anchor: end; }\n"
            ".rank { font-weight: bold; }\n"
            ".unit { font-size: 10px; fill: #666666; }\n"
            ".tick { text-anchor: middle; font-size: 11px; fill: #444444; }\n"
            ".item { text-anchor: middle; font-size: 11px; }\n"
            "</style>\n",
            width, c->height, width, c->height);
    print_rect(c, 0, 0, width, c->height, "#ffffff");
    if (c->words->title != NULL)
        print_text(c, "title", 16, 28, c->words->title);
}

static int is_used(const sidle_timeline *t, sidle_event_kind kind)
{
    for (size_t i = 0; i < t->n_spans; i++)
        if (t->spans[i].kind == (int32_t)kind)
            return 1;
    return 0;
}

static void print_legend(const canvas *c)
{
    double x = 16;

    for (int k = 0; k < SIDLE_N_EVENT_KINDS; k++) {
        if (!is_used(c->t, (sidle_event_kind)k))
            continue;
        print_rect(c, x, 44, 14, 14, kinds[k].fill);
        print_text(c, "left", x + 20, 56, kinds[k].words);
        x += 44 + 0.9 * LETTER * (double)strlen(kinds[k].words);
    }
    print_rect(c, x, 44, 14, 14, "#eeeeee");
    print_text(c, "left", x + 20, 56, "idle");
}

static void print_idle(const canvas *c, double y, double idle)
{
    char text[32];

    snprintf(text, sizeof(text), "%.1f %%", 100.0 * idle);
    print_text(c, "right", LEFT + c->width + RIGHT - 16, y, text);
}

/* The name of a block, its label, its idle share, and its row's ground. */
static void print_row(const canvas *c, int block)
{
    double y = row_top(c, block);
    char name[32];

    print_rect(c, LEFT, y, c->width, BOX, "#eeeeee");
    snprintf(name, sizeof(name), "block %d", block);
    print_text(c, "right", LEFT - 10, y + (c->words->labels != NULL ? 11 : 16),
               name);
    if (c->words->labels != NULL)
        fprintf(c->stream, "<text class=\"unit right\" x=\"%d\" y=\"%.1f\">",
                LEFT - 10, y + 22);
    if (c->words->labels != NULL) {
        print_escaped(c->stream, c->words->labels[block - 1]);
        fputs("</text>\n", c->stream);
    }
    print_idle(c, y + 16, c->t->played[block - 1].idle);
}

/* A worker of several blocks has a line beside them, and an idle share. */
static void print_worker(const canvas *c, int first, int last)
{
    int worker = sidle_play_worker(c->t->play, first);
    double top = row_top(c, first), bottom = row_top(c, last) + BOX;
    char name[64];

    snprintf(name, sizeof(name), "rank %d", worker);
    print_text(c, "rank", 16, top + 16, name);
    print_rect(c, 6, top, 3, bottom - top, "#888888");
    if (last == first)
        return;
    snprintf(name, sizeof(name), "idle %.1f %%",
             100.0 * sidle_worker_idle(c->t->play, c->t->plan->n_blocks,
                                       c->t->played, worker));
    print_text(c, "unit", 16, top + 30, name);
}

static void print_rows(const canvas *c)
{
    int n = c->t->plan->n_blocks;

    print_text(c, "right", LEFT + c->width + RIGHT - 16, TOP - 10, "idle");
    for (int block = 1, first = 1; block <= n; block++) {
        int worker = sidle_play_worker(c->t->play, block);

        print_row(c, block);
        if (block < n && sidle_play_worker(c->t->play, block + 1) == worker)
            continue;
        print_worker(c, first, block);
        first = block + 1;
    }
}

static void print_span(const canvas *c, const sidle_event *span)
{
    double x = LEFT + span->begin * c->scale, y = row_top(c, span->block);
    double width = (span->end - span->begin) * c->scale;
    char number[24];

    /* A hair of ground between two boxes. */
    print_rect(c, x, y, width > 2.0 ? width - 0.7 : width, BOX,
               kinds[span->kind].fill);
    snprintf(number, sizeof(number), "%" PRId64, span->item);
    if (width < LETTER * (double)strlen(number) + 2.0)
        return;
    fprintf(c->stream,
            "<text class=\"item\" x=\"%.2f\" y=\"%.1f\" style=\"fill:%s\">"
            "%s</text>\n",
            x + width / 2.0, y + 16.0, kinds[span->kind].ink, number);
}

/* ---- the axis */

/* 1, 2 or 5 times a power of ten: some 90 pixels between two ticks. */
static double tick_of(double scale)
{
    double least = 90.0 / scale, power = pow(10.0, floor(log10(least)));

    if (power >= least)
        return power;
    if (2.0 * power >= least)
        return 2.0 * power;
    return 5.0 * power >= least ? 5.0 * power : 10.0 * power;
}

static void print_axis(const canvas *c)
{
    double y = row_top(c, c->t->plan->n_blocks) + ROW + 4;
    double tick = tick_of(c->scale), factor = 1.0;
    const char *unit = "time";

    if (c->words->is_seconds) {
        factor = c->t->end < 1e-3 ? 1e6 : c->t->end < 1.0 ? 1e3 : 1.0;
        unit = factor > 1e3 ? "microseconds"
               : factor > 1 ? "milliseconds"
                            : "seconds";
    }
    print_rect(c, LEFT, y, c->width, 1, "#888888");
    /* A tick at the end itself must not be lost by rounding. */
    for (int i = 0; i * tick <= c->t->end * (1.0 + 1e-9); i++) {
        double x = LEFT + i * tick * c->scale;
        char text[32];

        print_rect(c, x, y, 1, 5, "#888888");
        snprintf(text, sizeof(text), "%.6g", i * tick * factor);
        print_text(c, "tick", x, y + 18, text);
    }
    print_text(c, "unit", LEFT, y + 34, unit);
}

void sidle_svg_print(const sidle_timeline *timeline,
                     const sidle_svg_words *words, FILE *stream)
{
    canvas c = {.t = timeline, .words = words, .stream = stream};

    choose_scale(&c);
    print_head(&c);
    print_legend(&c);
    print_rows(&c);
    for (size_t i = 0; i < timeline->n_spans; i++)
        print_span(&c, &timeline->spans[i]);
    print_axis(&c);
    fputs("</svg>\n", stream);
}
