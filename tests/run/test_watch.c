/* test_watch.c - what is told of a data file that changes under a run, and what
 * of it the checkpoint has to know. */
#include "check.h"
#include "io/scratch.h"

#include "base/log.h"
#include "run/watch.h"

#include <stdio.h>

typedef struct play {
    scratch s;
    sidle_options options;
    sidle_watch watch;
    sidle_data_identity identity[2];
    int64_t changed[2];
    char said[2048];
} play;

static void write_text(play *p, const char *name, const char *text)
{
    scratch_write(&p->s, name, text, strlen(text));
}

static play *begin_as(const char *kind, sidle_ckpt_mode mode)
{
    static play p;

    memset(&p, 0, sizeof(p));
    p.options.checkpoint.mode = mode;
    p.s = scratch_new();
    snprintf(p.options.data.kind, sizeof(p.options.data.kind), "%s", kind);
    snprintf(p.options.data.path, sizeof(p.options.data.path), "%s",
             scratch_path(&p.s, "a"));
    snprintf(p.options.data.valid_path, sizeof(p.options.data.valid_path), "%s",
             scratch_path(&p.s, "v"));
    write_text(&p, "a", "In the beginning");
    write_text(&p, "v", "And the earth");
    sidle_watch_begin(&p.options, &p.watch);
    assert_int_equal(sidle_identify_data(&p.options, p.identity), SIDLE_OK);
    return &p;
}

static play *begin(const char *kind)
{
    return begin_as(kind, SIDLE_CKPT_INDEPENDENT);
}

static void end(play *p)
{
    sidle_watch_end(&p->watch);
    scratch_done(&p->s);
}

/* A file system may have coarse times: here each has its own. */
static void write_over(play *p, const char *name, const char *text)
{
    static time_t now;
    int fd = open(scratch_path(&p->s, name), O_WRONLY);
    const struct timespec times[2] = {{.tv_sec = ++now}, {.tv_sec = now}};

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(futimens(fd, times), 0);
    close(fd);
}

static const char *look(play *p, int64_t item)
{
    FILE *log = tmpfile();
    size_t n;

    assert_non_null(log);
    sidle_log_set_file(log);
    sidle_watch_look(&p->watch, item, p->identity, p->changed);
    sidle_log_set_file(NULL);
    rewind(log);
    n = fread(p->said, 1, sizeof(p->said) - 1, log);
    p->said[n] = '\0';
    fclose(log);
    return p->said;
}

static void expect_identity(const play *p, int i, int is_now)
{
    sidle_data_identity now[2];

    assert_int_equal(sidle_identify_data(&p->options, now), SIDLE_OK);
    assert_int_equal(memcmp(&now[i], &p->identity[i], sizeof(now[i])) == 0,
                     is_now);
}

TEST(what_stays_or_is_only_touched_says_nothing)
{
    play *p = begin("text");

    assert_string_equal(look(p, 3), "");
    write_over(p, "a", "In the beginning");
    assert_string_equal(look(p, 6), "");
    assert_int_equal(p->changed[0], 0);
    expect_identity(p, 0, 1);
    end(p);
}

TEST(a_text_changed_in_place_is_told_and_marked)
{
    static const char *const names[] = {"a", "v"}, *const keys[] = {
                                                       "a' (data.path)",
                                                       "v' (data.valid_path)"};
    static const char *const words[] = {"trained on it: what was learnt",
                                        "evaluated on it: what was measured"};

    for (int i = 0; i < 2; i++) {
        play *p = begin("text");

        write_over(p, names[i], "But");
        assert_non_null(strstr(look(p, 6), keys[i]));
        assert_non_null(strstr(p->said, words[i]));
        assert_int_equal(p->changed[i], 6);
        assert_int_equal(p->changed[1 - i], 0);
        expect_identity(p, i, 1);
        assert_string_equal(look(p, 9), "");
        assert_int_equal(p->changed[i], 6);
        end(p);
    }
}

/* A run stays what it was made of: the old content back is one more change. */
TEST(a_content_that_comes_back_takes_no_mark_away)
{
    play *p = begin("text");

    write_over(p, "a", "But");
    look(p, 6);
    write_over(p, "a", "In ");
    look(p, 9);
    assert_int_equal(p->changed[0], 9);
    expect_identity(p, 0, 1);
    end(p);
}

TEST(a_text_that_was_cut_is_told)
{
    play *p = begin("text");

    assert_int_equal(truncate(scratch_path(&p->s, "a"), 5), 0);
    assert_non_null(strstr(look(p, 6), "was changed"));
    assert_int_equal(p->identity[0].size, 5);
    end(p);
}

/* Every rank has a copy of it. */
TEST(a_text_of_a_funnel_is_read_once)
{
    play *p = begin_as("text", SIDLE_CKPT_FUNNEL);

    write_over(p, "a", "But");
    assert_non_null(strstr(look(p, 6), "continues with what it read at its "
                                       "start"));
    assert_int_equal(p->changed[0], 0);
    expect_identity(p, 0, 0);
    end(p);
}

/* None of these reaches the run, but each does a resume. */
TEST(what_does_not_reach_the_run_leaves_no_mark)
{
    play *p = begin("tokens");

    write_over(p, "a", "But");
    assert_non_null(strstr(look(p, 6),
                           "a' (data.path) was changed: the run "
                           "continues with what it read at its start"));
    assert_string_equal(look(p, 7), "");
    assert_int_equal(p->changed[0], 0);
    expect_identity(p, 0, 0);
    end(p);

    p = begin("text");
    write_over(p, "a", "In the beginning God");
    assert_non_null(strstr(look(p, 6), "has grown to 20 bytes"));
    assert_int_equal(p->changed[0], 0);
    assert_int_equal(p->identity[0].size, 16);
    end(p);

    p = begin("text");
    write_text(p, "b", "Another one");
    assert_int_equal(rename(scratch_path(&p->s, "b"), scratch_path(&p->s, "a")),
                     0);
    assert_non_null(strstr(look(p, 6), "a' (data.path) is another file now"));
    assert_int_equal(p->changed[0], 0);
    assert_int_equal(p->identity[0].size, 16);
    assert_int_equal(remove(scratch_path(&p->s, "a")), 0);
    assert_non_null(strstr(look(p, 7), "is gone (No such file"));
    assert_string_equal(look(p, 8), "");
    write_text(p, "a", "In the beginning");
    assert_string_equal(look(p, 9), "");
    end(p);
}

TEST_MAIN
