/* test_sample_text.c - the bytes of a sample, and what a terminal gets. */
#include "check.h"

#include "cli/sample_text.h"

#include <stdlib.h>
#include <string.h>

#define MARK "\xef\xbf\xbd"

/* Byte by byte, as tokens come. */
static void check(int is_for_people, const char *bytes, size_t n,
                  const char *want, size_t n_want)
{
    char *seen = NULL;
    size_t n_seen = 0;
    sidle_sample_text text = {.stream = open_memstream(&seen, &n_seen),
                              .is_for_people = is_for_people};

    assert_non_null(text.stream);
    sidle_sample_puts(&text, bytes, n);
    sidle_sample_end(&text);
    fclose(text.stream);
    assert_int_equal(n_seen, n_want);
    assert_memory_equal(seen, want, n_want);
    free(seen);
}

TEST(a_program_gets_every_byte)
{
    char all[256];

    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    check(0, all, 256, all, 256);
    check(0, "", 0, "", 0);
    check(0, "\xe2\x82", 2, "\xe2\x82", 2);
}

TEST(people_get_characters_and_a_line)
{
    static const char *const pairs[][2] = {
        {"", ""},
        {"abc", "abc\n"},
        {"abc\n", "abc\n"},
        {"a\tb\r\n", "a\tb\r\n"},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82", /* whole ones of each length */
         "\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82\n"},
        {"a\xe2\x82", "a" MARK "\n"}, /* cut at the end */
        {"\xf0\x9f\x99", MARK "\n"},
        {"\xe2\x82"
         "b",
         MARK "b\n"}, /* or in the middle */
        {"\xe2\xe2\x82\xac", MARK "\xe2\x82\xac\n"},
        {"\x80\x80", MARK MARK "\n"},
        {"\xff\xc0z", MARK MARK "z\n"},
        {"\xed\xa0\x80", MARK MARK MARK "\n"}, /* a surrogate */
        {"\xf4\x90\x80\x80", MARK MARK MARK MARK "\n"},
        {"\x1b[2J", MARK "[2J\n"}, /* a command */
        {"\xc2\x9b", MARK "\n"}};

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        check(1, pairs[i][0], strlen(pairs[i][0]), pairs[i][1],
              strlen(pairs[i][1]));
}

TEST(escapes)
{
    static const char *const wrong[] = {"\\", "a\\q", "\\x1", "\\xg0", "\\8"};
    char out[64];
    size_t n = 99;

    assert_int_equal(sidle_unescape("a\\n\\t\\r\\0\\\\\\x1e\\xFFb", out, &n),
                     SIDLE_OK);
    assert_int_equal(n, 9);
    assert_memory_equal(out,
                        "a\n\t\r\0\\\x1e\xff"
                        "b",
                        9);
    assert_int_equal(sidle_unescape("", out, &n), SIDLE_OK);
    assert_int_equal(n, 0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(sidle_unescape(wrong[i], out, &n), SIDLE_EUSAGE);
}

TEST_MAIN
