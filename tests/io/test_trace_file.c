/* test_trace_file.c - a timeline as JSON that Perfetto reads. */
#include "io/folder.h"

#include "io/trace_file.h"

static sidle_trace_file *open_file(void)
{
    sidle_trace_file *file;

    assert_int_equal(sidle_trace_file_open(check_path("trace.json"), &file),
                     SIDLE_OK);
    return file;
}

TEST_IN_FOLDER(an_event_is_a_line)
{
    sidle_trace_file *file = open_file();

    sidle_trace_file_process(file, 1, "rank 1");
    sidle_trace_file_thread(file, 1, 3, "block 3");
    sidle_trace_file_add(file, &(sidle_trace_event){SIDLE_TRACE_FORWARD, NULL,
                                                    12, 1, 3, 0.5, 1e6});
    sidle_trace_file_add(file, &(sidle_trace_event){.kind = SIDLE_TRACE_UPDATE,
                                                    .process = 1,
                                                    .thread = 3,
                                                    .begin = 123456789012.3456,
                                                    .duration = 0.0004});
    assert_int_equal(sidle_trace_file_close(file), SIDLE_OK);
    check_file_is(
        "trace.json",
        "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n"
        "{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\",\"args\":{"
        "\"name\":\"rank 1\"}},\n"
        "{\"ph\":\"M\",\"pid\":1,\"name\":\"process_sort_index\",\"args\":{"
        "\"sort_index\":1}},\n"
        "{\"ph\":\"M\",\"pid\":1,\"tid\":3,\"name\":\"thread_name\",\"args\":{"
        "\"name\":\"block 3\"}},\n"
        "{\"ph\":\"M\",\"pid\":1,\"tid\":3,\"name\":\"thread_sort_index\","
        "\"args\":{\"sort_index\":3}},\n"
        "{\"name\":\"forward 12\",\"cat\":\"forward\",\"cname\":\"thread_state_"
        "running\",\"ph\":\"X\",\"pid\":1,\"tid\":3,\"ts\":0.500,\"dur\":"
        "1000000.000,\"args\":{\"item\":12}},\n"
        "{\"name\":\"update\",\"cat\":\"update\",\"cname\":\"bad\",\"ph\":"
        "\"X\",\"pid\":1,\"tid\":3,\"ts\":123456789012.346,\"dur\":0.000}\n"
        "]}\n");
}

TEST_IN_FOLDER(a_file_without_events_is_whole)
{
    assert_int_equal(sidle_trace_file_close(open_file()), SIDLE_OK);
    check_file_is("trace.json",
                  "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n]}\n");
    assert_int_equal(sidle_trace_file_close(NULL), SIDLE_OK);
}

TEST_IN_FOLDER(names_are_escaped)
{
    sidle_trace_file *file = open_file();
    sidle_trace_event event = {.name = "a \"b\\c\"\n\x01 \xc3\xa9"};
    size_t size;
    char *text;

    sidle_trace_file_add(file, &event);
    assert_int_equal(sidle_trace_file_close(file), SIDLE_OK);
    text = check_read("trace.json", &size);
    assert_non_null(
        strstr(text, "{\"name\":\"a \\\"b\\\\c\\\"\\u000a\\u0001 \xc3\xa9\","));
    free(text);
}

TEST_IN_FOLDER(what_cannot_be_written_is_said)
{
    sidle_trace_file *file;

    assert_int_equal(sidle_trace_file_open("/proc/none/trace.json", &file),
                     SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), "/proc/none/trace.json: cannot"));
    assert_non_null(strstr(sidle_fail_text(), "No such file"));
    /* A full disk tells itself at the end, or in the middle of many lines. */
    for (int n = 0; n < 20000; n += 19999) {
        assert_int_equal(sidle_trace_file_open("/dev/full", &file), SIDLE_OK);
        for (int i = 1; i <= n; i++)
            sidle_trace_file_add(file, &(sidle_trace_event){.item = i});
        assert_int_equal(sidle_trace_file_close(file), SIDLE_EIO);
        assert_string_equal(
            sidle_fail_text(),
            "/dev/full: cannot be written: No space left on device");
    }
}

TEST_IN_FOLDER(other_data_stand_behind_the_events)
{
    sidle_trace_file *file = open_file();
    sidle_json *json;
    size_t size;
    char *text;

    sidle_trace_file_add(file, &(sidle_trace_event){.item = 3});
    assert_int_equal(sidle_json_new(&json), SIDLE_OK);
    sidle_json_int(json, "items", 12);
    assert_int_equal(sidle_trace_file_other(file, json), SIDLE_OK);
    assert_int_equal(sidle_trace_file_close(file), SIDLE_OK);
    text = check_read("trace.json", &size);
    assert_non_null(strstr(text, "}\n],\"otherData\":{"));
    assert_string_equal(text + size - 4, "}\n}\n");
    free(text);
}

TEST_MAIN
