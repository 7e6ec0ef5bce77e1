/* test_svg.c - the picture of a timeline has a box for all that took time. */
#include "check.h"

#include "schedule/svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { D = 3 };

static const char *const fills[SIDLE_N_EVENT_KINDS] = {
    [SIDLE_EVENT_FORWARD] = "#3b76af",     [SIDLE_EVENT_INPUT_GRAD] = "#e8883a",
    [SIDLE_EVENT_WEIGHT_GRAD] = "#4f9a55", [SIDLE_EVENT_RERUN] = "#a9cbe8",
    [SIDLE_EVENT_UPDATE] = "#8a5fa8",      [SIDLE_EVENT_EVAL] = "#e3c84a"};

static const sidle_plan plan = {.n_blocks = D,
                                .update_every = 2,
                                .steps = 12,
                                .eval_every = 5,
                                .eval_items = 2};

static char *draw(const sidle_timeline *t, const sidle_svg_words *words)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    assert_non_null(stream);
    sidle_svg_print(t, words, stream);
    assert_int_equal(fclose(stream), 0);
    return text;
}

/* The next box of a colour; a legend's is square. Answers what is behind. */
static const char *next_box(const char *at, const char *fill, double *x,
                            double *y, double *width)
{
    double height;
    char found[16];

    while ((at = strstr(at, "<rect ")) != NULL) {
        at++;
        if (sscanf(at,
                   "rect x=\"%lf\" y=\"%lf\" width=\"%lf\" height=\"%lf\" "
                   "fill=\"%7s\"",
                   x, y, width, &height, found) == 5 &&
            strcmp(found, fill) == 0 && height > 20.0)
            return at;
    }
    return NULL;
}

/* As many boxes of a kind as spans, as long as these; rows from above. */
static void check_kind(const sidle_timeline *t, const char *svg,
                       sidle_event_kind kind)
{
    const char *at = svg;
    double x0 = NAN, scale = NAN, x, y, width;

    for (size_t i = 0; i < t->n_spans; i++) {
        const sidle_event *s = &t->spans[i];

        if (s->kind != (int32_t)kind)
            continue;
        at = next_box(at, fills[kind], &x, &y, &width);
        assert_non_null(at);
        if (isnan(scale)) {
            scale = (width + 0.7) / (s->end - s->begin);
            x0 = x - s->begin * scale;
        }
        assert_true(fabs(width + 0.7 - (s->end - s->begin) * scale) < 0.2);
        assert_true(fabs(x - x0 - s->begin * scale) < 0.5);
        assert_true(y > 40.0 * s->block);
    }
    assert_null(next_box(at != NULL ? at : svg, fills[kind], &x, &y, &width));
}

TEST(all_that_took_time_has_its_box)
{
    static const sidle_play_times times[D] = {{1.0, 1.5, 0.8, 0.1, 0.6},
                                              {1.2, 1.0, 1.0, 0.1, 0.5},
                                              {1.4, 0.9, 0.7, 0.2, 0.6}};
    static const int worker[D] = {0, 1, 1};
    static const char *const names[] = {"delayed", "1f1b", "sideways"};

    for (int i = 0; i < 6; i++) {
        sidle_plan p = plan;
        sidle_play how = {.of_block = times,
                          .worker = i % 2 == 0 ? NULL : worker};
        sidle_timeline t;
        char *svg;

        p.schedule = sidle_schedule_find(names[i / 2]);
        assert_int_equal(sidle_timeline_of(&p, &how, &t), SIDLE_OK);
        svg = draw(&t, &(sidle_svg_words){0});
        for (int k = 0; k <= SIDLE_EVENT_EVAL; k++)
            check_kind(&t, svg, (sidle_event_kind)k);
        free(svg);
        sidle_timeline_done(&t);
    }
}

TEST(words_and_numbers_stand_in_it)
{
    static const int worker[D] = {0, 1, 1};
    static const char *const labels[D] = {"cross", "self <1>", "final"};
    const sidle_play how = {.times = {1e-3, 1e-3, 1e-3, 0.0, 1e-3},
                            .worker = worker};
    const sidle_svg_words words = {"this & that", labels, 1};
    static const char *const expected[] = {
        "<svg xmlns=\"http://www.w3.org/2000/svg\"",
        ">this &amp; that<",
        ">rank 0<",
        ">rank 1<",
        ">block 3<",
        ">self &lt;1><",
        ">milliseconds<",
        ">weight gradient<",
        ">evaluation<",
        ">11</text>",
        ">idle<",
        "</svg>\n"};
    sidle_plan p = plan;
    sidle_timeline t;
    char *svg, share[32];

    p.schedule = sidle_schedule_find("1f1b");
    assert_int_equal(sidle_timeline_of(&p, &how, &t), SIDLE_OK);
    svg = draw(&t, &words);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        if (strstr(svg, expected[i]) == NULL)
            fail_msg("no %s in %s", expected[i], svg);
    assert_null(strstr(svg, "forward run again")); /* never in this one */
    snprintf(share, sizeof(share), ">%.1f %%<", 100.0 * t.played[2].idle);
    assert_non_null(strstr(svg, share));
    snprintf(share, sizeof(share), ">idle %.1f %%<",
             100.0 * sidle_worker_idle(t.play, D, t.played, 1));
    assert_non_null(strstr(svg, share));
    free(svg);
    sidle_timeline_done(&t);
}

TEST(a_plan_without_items_has_a_picture)
{
    const sidle_play how = {.times = {1.0, 1.0, 1.0, 0.0, 0.0}};
    sidle_plan p = plan;
    sidle_timeline t;
    char *svg;

    p.schedule = sidle_schedule_find("1f1b");
    p.steps = 0;
    assert_int_equal(sidle_timeline_of(&p, &how, &t), SIDLE_OK);
    svg = draw(&t, &(sidle_svg_words){0});
    assert_null(strstr(svg, "nan"));
    assert_null(strstr(svg, "inf"));
    assert_non_null(strstr(svg, "</svg>"));
    free(svg);
    sidle_timeline_done(&t);
}

TEST_MAIN
