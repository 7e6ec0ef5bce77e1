/* test_memory.c - how much memory there is, as control groups say it, and which
 * ranks of a host share it. */
#include "check.h"
#include "io/scratch.h"

#include "base/log.h"
#include "run/memory.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void write_text(const scratch *s, const char *name, const char *text)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof(path), "%s", scratch_path(s, name));
    for (char *at = path + strlen(s->folder) + 1; (at = strchr(at, '/'));
         at++) {
        *at = '\0';
        mkdir(path, 0777);
        *at = '/';
    }
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* The limits of a process whose groups are these lines. */
static int find(const scratch *s, const char *groups, sidle_limit *limits)
{
    char path[512], root[512];

    write_text(s, "groups", groups);
    snprintf(path, sizeof(path), "%s", scratch_path(s, "groups"));
    snprintf(root, sizeof(root), "%s", scratch_path(s, "fs"));
    return sidle_limits_of_groups(path, root, limits, SIDLE_MOST_LIMITS);
}

TEST(version_2_has_a_limit_in_every_folder)
{
    scratch s = scratch_new();
    sidle_limit limits[SIDLE_MOST_LIMITS];

    write_text(&s, "fs/job/step/memory.max", "max\n");
    write_text(&s, "fs/job/memory.max", "4096000\n");
    write_text(&s, "fs/memory.max", "8192000\n");
    assert_int_equal(find(&s, "0::/job/step\n", limits), 2);
    assert_true(limits[0].bytes == 4096000.0);
    assert_non_null(strstr(limits[0].name, "fs/job/memory.max"));
    assert_true(limits[1].bytes == 8192000.0);
    assert_false(limits[0].inode == limits[1].inode);
    /* in a container the root is its own, whatever the path says */
    assert_int_equal(find(&s, "0::/\n", limits), 1);
    assert_int_equal(find(&s, "0::/../../elsewhere\n", limits), 1);
    assert_int_equal(find(&s, "0::/not/here\n", limits), 1);
    assert_true(limits[0].bytes == 8192000.0);
    scratch_done(&s);
}

TEST(version_1_has_a_tree_for_memory)
{
    scratch s = scratch_new();
    sidle_limit limits[SIDLE_MOST_LIMITS];

    write_text(&s, "fs/memory/slurm/job/memory.limit_in_bytes", "123456\n");
    write_text(&s, "fs/memory/memory.limit_in_bytes", "9223372036854771712\n");
    write_text(&s, "fs/cpu/slurm/job/memory.limit_in_bytes", "7\n");
    assert_int_equal(find(&s,
                          "5:cpu,cpuacct:/slurm/job\n"
                          "4:hugetlb,memory:/slurm/job\n"
                          "3:memoryless:/slurm/job\n0::/\n",
                          limits),
                     1);
    assert_true(limits[0].bytes == 123456.0);
    scratch_done(&s);
}

TEST(what_cannot_be_read_limits_nothing)
{
    scratch s = scratch_new();
    sidle_limit limits[SIDLE_MOST_LIMITS];

    assert_int_equal(sidle_limits_of_groups("nowhere", "nowhere", limits, 1),
                     0);
    write_text(&s, "fs/memory.max", "a lot\n");
    assert_int_equal(find(&s, "", limits), 0);
    assert_int_equal(find(&s, "0\n1:\n:::\n\n0::/\n", limits), 0);
    scratch_done(&s);
    assert_in_range(sidle_limits_find(limits), 1, SIDLE_MOST_LIMITS);
    assert_true(limits[0].bytes > 1e6); /* of this machine */
    assert_string_equal(limits[0].name, "");
}

static sidle_need need_of(double bytes, uint64_t group, double limit)
{
    return (sidle_need){
        .bytes = bytes,
        .n_limits = 2,
        .limits = {{.bytes = 100.0}, {.inode = group, .bytes = limit}}};
}

TEST(a_limit_holds_for_those_in_its_group)
{
    sidle_need needs[3] = {need_of(20.0, 1, 45.0), need_of(20.0, 1, 45.0),
                           need_of(10.0, 2, 15.0)};
    sidle_squeeze s = sidle_memory_squeeze(needs, 3);

    assert_true(s.bytes == 40.0 && s.limit->bytes == 45.0);
    assert_int_equal(s.n_ranks, 2);
    needs[2].bytes = 16.0; /* alone, above its own */
    s = sidle_memory_squeeze(needs, 3);
    assert_true(s.bytes == 16.0 && s.limit->bytes == 15.0);
    assert_int_equal(s.n_ranks, 1);
    needs[2].bytes = 70.0; /* the machine has 100 for all of them */
    needs[2].n_limits = 1;
    s = sidle_memory_squeeze(needs, 3);
    assert_true(s.bytes == 110.0 && s.limit->bytes == 100.0);
    assert_int_equal(s.n_ranks, 3);
    assert_null(sidle_memory_squeeze(needs, 0).limit);
}

/* What is said of `bytes` of 100. */
static sidle_status judge(double bytes, int may_refuse, char *said, size_t size)
{
    const sidle_limit limit = {.bytes = 100.0, .name = "/a/memory.max"};
    const sidle_squeeze s = {.limit = &limit, .bytes = bytes, .n_ranks = 2};
    FILE *log = tmpfile();
    sidle_status status;
    size_t n;

    assert_non_null(log);
    sidle_log_set_file(log);
    status = sidle_memory_judge("here", &s, may_refuse);
    sidle_log_set_file(NULL);
    rewind(log);
    n = fread(said, 1, size - 1, log);
    said[n] = '\0';
    fclose(log);
    return status;
}

TEST(too_much_is_refused_or_told)
{
    char said[4096];

    assert_int_equal(judge(90.0, 1, said, sizeof(said)), SIDLE_OK);
    assert_string_equal(said, "");
    assert_int_equal(judge(91.0, 1, said, sizeof(said)), SIDLE_OK);
    assert_non_null(strstr(said, "more than 90 %"));
    assert_int_equal(judge(101.0, 0, said, sizeof(said)), SIDLE_OK);
    assert_non_null(strstr(said, "refused unless run.overcommit is true"));
    assert_int_equal(judge(101.0, 1, said, sizeof(said)), SIDLE_EUSAGE);
    assert_string_equal(said, "");
    assert_non_null(strstr(sidle_fail_text(), "the ranks on here"));
    assert_non_null(strstr(sidle_fail_text(), "(101 bytes)"));
    assert_non_null(strstr(sidle_fail_text(), "limit in /a/memory.max"));
    assert_non_null(strstr(sidle_fail_text(), "run.overcommit: true"));
}

TEST(words_begin_at_90_percent)
{
    sidle_limit limits[SIDLE_MOST_LIMITS];
    int n = sidle_limits_find(limits);
    double least = limits[0].bytes;
    char words[1024];

    for (int i = 1; i < n; i++)
        least = limits[i].bytes < least ? limits[i].bytes : least;
    sidle_memory_words(0.89 * least, words, sizeof(words));
    assert_string_equal(words, "");
    sidle_memory_words(0.91 * least, words, sizeof(words));
    assert_non_null(strstr(words, "this machine has"));
}

TEST_MAIN
