/* test_tensorboard.c - event files, read by a decoder of the test's own. */
#include "io/folder.h"

#include "io/crc32c.h"
#include "io/tensorboard.h"

#include <dirent.h>

TEST_IN_FOLDER(the_checksum_has_its_known_value)
{
    static const unsigned char zeros[32];

    assert_int_equal(sidle_crc32c("123456789", 9), 0xe3069283);
    assert_int_equal(sidle_crc32c("", 0), 0);
    assert_int_equal(sidle_crc32c(zeros, 32), 0x8a9136aa); /* RFC 3720 */
}

/* What a file holds, as text: "version brain.Event:2 | 20 train/loss=0.5". */
struct decoder {
    const unsigned char *at, *end;
    char *out;
};

static uint64_t take_number(struct decoder *d, int n)
{
    uint64_t number = 0;

    assert_true(d->end - d->at >= n);
    for (int i = 0; i < n; i++)
        number += (uint64_t)*d->at++ << 8 * i;
    return number;
}

static uint64_t take_varint(struct decoder *d)
{
    uint64_t number = 0;

    for (int shift = 0; shift < 64; shift += 7) {
        uint64_t byte = take_number(d, 1);

        number |= (byte & 127) << shift;
        if (byte < 128)
            break;
    }
    return number;
}

static struct decoder take_piece(struct decoder *d)
{
    uint64_t n = take_varint(d);
    struct decoder piece = {d->at, d->at + n, d->out};

    assert_true((uint64_t)(d->end - d->at) >= n);
    d->at += n;
    return piece;
}

static void print_piece(const char *before, struct decoder piece)
{
    sprintf(piece.out + strlen(piece.out), "%s%.*s", before,
            (int)(piece.end - piece.at), (const char *)piece.at);
}

/* A string without dimensions. */
static void decode_tensor(struct decoder d)
{
    assert_int_equal(take_varint(&d), 1 << 3);
    assert_int_equal(take_varint(&d), 7); /* DT_STRING */
    assert_int_equal(take_varint(&d), 2 << 3 | 2);
    assert_int_equal(take_varint(&d), 0); /* the shape of a scalar */
    assert_int_equal(take_varint(&d), 8 << 3 | 2);
    print_piece("=", take_piece(&d));
    assert_true(d.at == d.end);
}

/* Which page shows it. */
static void decode_metadata(struct decoder d)
{
    struct decoder plugin;

    assert_int_equal(take_varint(&d), 1 << 3 | 2);
    plugin = take_piece(&d);
    assert_int_equal(take_varint(&plugin), 1 << 3 | 2);
    print_piece(" on ", take_piece(&plugin));
    assert_int_equal(take_varint(&d), 4 << 3);
    assert_int_equal(take_varint(&d), 2); /* DATA_CLASS_TENSOR */
    assert_true(d.at == d.end);
}

static void decode_value(struct decoder d)
{
    while (d.at < d.end) {
        uint64_t key = take_varint(&d);

        if (key == (1 << 3 | 2)) {
            struct decoder tag = take_piece(&d);

            sprintf(d.out + strlen(d.out), " %.*s", (int)(tag.end - tag.at),
                    (const char *)tag.at);
        } else if (key == (8 << 3 | 2)) {
            decode_tensor(take_piece(&d));
        } else if (key == (9 << 3 | 2)) {
            decode_metadata(take_piece(&d));
        } else {
            uint32_t bits;
            float value;

            assert_int_equal(key, 2 << 3 | 5);
            bits = (uint32_t)take_number(&d, 4);
            memcpy(&value, &bits, 4);
            sprintf(d.out + strlen(d.out), "=%g", (double)value);
        }
    }
}

static void decode_event(struct decoder d)
{
    while (d.at < d.end) {
        uint64_t key = take_varint(&d);
        struct decoder piece;

        if (key == (1 << 3 | 1)) { /* wall time */
            take_number(&d, 8);
            continue;
        }
        if (key == (2 << 3 | 0)) {
            sprintf(d.out + strlen(d.out), "%d", (int)take_varint(&d));
            continue;
        }
        piece = take_piece(&d);
        if (key == (3 << 3 | 2)) {
            sprintf(d.out + strlen(d.out), "version %.*s",
                    (int)(piece.end - piece.at), (const char *)piece.at);
        } else if (key == (7 << 3 | 2)) {
            assert_int_equal(take_varint(&piece), 1 << 3);
            sprintf(d.out + strlen(d.out), " session %d",
                    (int)take_varint(&piece));
        } else {
            assert_int_equal(key, 5 << 3 | 2);
            while (piece.at < piece.end) {
                assert_int_equal(take_varint(&piece), 1 << 3 | 2);
                decode_value(take_piece(&piece));
            }
        }
    }
}

static uint32_t mask(uint32_t crc)
{
    return (crc >> 15 | crc << 17) + 0xa282ead8;
}

static void check_events(const char *name, const char *expected)
{
    char text[4096] = "";
    size_t size;
    char *bytes = check_read(name, &size);
    struct decoder d = {(unsigned char *)bytes, (unsigned char *)bytes + size,
                        text};

    while (d.at < d.end) {
        const unsigned char *start = d.at;
        uint64_t n = take_number(&d, 8);

        assert_int_equal(take_number(&d, 4), mask(sidle_crc32c(start, 8)));
        assert_true((uint64_t)(d.end - d.at) >= n + 4);
        decode_event((struct decoder){d.at, d.at + n, text});
        start = d.at;
        d.at += n;
        assert_int_equal(take_number(&d, 4), mask(sidle_crc32c(start, n)));
        strcat(text, " | ");
    }
    assert_string_equal(text, expected);
    free(bytes);
}

/* Names of the event files, oldest first as they were made here. */
static int list_files(char names[4][256])
{
    DIR *entries = opendir(check_folder);
    struct dirent *entry;
    int n = 0;

    while ((entry = readdir(entries)) != NULL)
        if (strncmp(entry->d_name, "events.out.tfevents.", 20) == 0 && n < 4)
            snprintf(names[n++], 256, "%s", entry->d_name);
    closedir(entries);
    qsort(names, (size_t)n, 256, (int (*)(const void *, const void *))strcmp);
    return n;
}

static sidle_status open_in(const char *path, int64_t step, int has_row,
                            sidle_tensorboard **out)
{
    sidle_dir *dir = sidle_dir_open(path);
    sidle_status status = sidle_tensorboard_open(dir, step, has_row, out);

    sidle_dir_close(dir);
    return status;
}

static sidle_tensorboard *open_at(int64_t step)
{
    sidle_tensorboard *board;

    assert_int_equal(open_in(check_folder, step, 1, &board), SIDLE_OK);
    return board;
}

static void append_step(sidle_tensorboard *board, int64_t step, double train,
                        double valid)
{
    sidle_metrics_row row = sidle_metrics_empty(step, step);

    row.train_loss = train;
    row.valid_loss = valid;
    row.valid_bits = valid / log(2.0);
    assert_int_equal(sidle_tensorboard_append(board, &row), SIDLE_OK);
}

TEST_IN_FOLDER(events_are_read_back)
{
    sidle_tensorboard *board = open_at(0);
    char names[4][256];

    append_step(board, 20, 0.5, NAN);
    append_step(board, 40, 0.0, 1.25);
    assert_int_equal(list_files(names), 1);
    check_events(names[0], "version brain.Event:2 | 20 train/loss=0.5 | "
                           "40 train/loss=0 valid/loss=1.25 "
                           "valid/bits=1.80337 | ");
    sidle_tensorboard_close(board);
}

#define KEPT                                                                   \
    "version brain.Event:2 | 1 train/loss=1 | "                                \
    "1 valid/loss=2 valid/bits=2.88539 | 2 train/loss=3 | "

TEST_IN_FOLDER(a_resume_takes_back_what_came_later)
{
    sidle_tensorboard *board = open_at(0);
    char names[4][256];

    append_step(board, 1, 1.0, NAN);
    append_step(board, 1, NAN, 2.0);
    append_step(board, 2, 3.0, NAN);
    append_step(board, 2, NAN, 4.0);
    append_step(board, 3, 5.0, NAN);
    sidle_tensorboard_close(board);
    board = open_at(2);
    append_step(board, 2, NAN, 4.0);
    sidle_tensorboard_close(board);
    assert_int_equal(list_files(names), 2);
    check_events(names[0], KEPT);
    check_events(names[1], "version brain.Event:2 | 3 session 1 | "
                           "2 valid/loss=4 valid/bits=5.77078 | ");
}

TEST_IN_FOLDER(rates_norms_and_texts_are_told)
{
    static double norms[40] = {0.5, 0.0, 0.25};
    sidle_tensorboard *board = open_at(0);
    sidle_metrics_row row = sidle_metrics_empty(8, 8);
    char names[4][256], *text;
    size_t size;

    norms[39] = 2.0;
    row.lr = 0.5;
    row.matrix_lr = 0.25;
    assert_int_equal(
        sidle_tensorboard_text(board, 0, "config", "run:\n  steps: 8\n"),
        SIDLE_OK);
    assert_int_equal(sidle_tensorboard_append(board, &row), SIDLE_OK);
    assert_int_equal(sidle_tensorboard_norms(board, 8, norms, 3), SIDLE_OK);
    assert_int_equal(sidle_tensorboard_norms(board, 9, norms, 40), SIDLE_OK);
    assert_int_equal(sidle_tensorboard_norms(board, 9, norms + 1, 1), SIDLE_OK);
    list_files(names);
    check_events(
        names[0],
        "version brain.Event:2 |  config=    run:\n      steps: 8\n on text | "
        "8 optim/lr=0.5 optim/matrix_lr=0.25 | "
        "8 grad_norm/block_001=0.5 grad_norm/block_003=0.25 | "
        "9 grad_norm/block_001=0.5 grad_norm/block_003=0.25 | "
        "9 grad_norm/block_040=2 | ");
    /* a long text does not stand in the way of what comes behind it */
    text = calloc(1, 100001);
    memset(text, 'x', 100000);
    sidle_tensorboard_text(board, 9, "config", text);
    append_step(board, 10, 1.0, NAN);
    sidle_tensorboard_close(board);
    sidle_tensorboard_close(open_at(10));
    free(check_read(names[0], &size));
    assert_true(size > 100000);
    free(text);
}

TEST_IN_FOLDER(a_row_of_a_run_that_ended_is_told_again)
{
    sidle_tensorboard *board = open_at(0);
    char names[4][256];

    append_step(board, 1, 1.0, NAN);
    append_step(board, 2, NAN, 2.0);
    append_step(board, 2, 3.0, NAN);
    sidle_tensorboard_close(board);
    assert_int_equal(open_in(check_folder, 2, 0, &board), SIDLE_OK);
    sidle_tensorboard_close(board);
    list_files(names);
    check_events(names[0], "version brain.Event:2 | 1 train/loss=1 | ");
    check_events(names[1], "version brain.Event:2 | 2 session 1 | ");
}

TEST_IN_FOLDER(unfinished_records_go_and_foreign_files_stay)
{
    sidle_tensorboard *board = open_at(0);
    char names[4][256];
    size_t size;
    char *bytes;

    append_step(board, 1, 1.0, NAN);
    append_step(board, 2, 3.0, NAN);
    sidle_tensorboard_close(board);
    list_files(names);
    bytes = check_read(names[0], &size);
    check_write(names[0], bytes, size - 1);
    check_write("events.out.tfevents.0", "not an event", 12);
    sidle_tensorboard_close(open_at(9));
    check_events(names[0], "version brain.Event:2 | 1 train/loss=1 | ");
    check_file_is("events.out.tfevents.0", "not an event");
    bytes[size - 6] ^= 1; /* the last record once more, damaged */
    check_write(names[0], bytes, size);
    sidle_tensorboard_close(open_at(9));
    check_events(names[0], "version brain.Event:2 | 1 train/loss=1 | ");
    free(bytes);
}

/* As older programs left on a full disk: readers stop at a torn record. */
TEST_IN_FOLDER(a_torn_record_in_the_middle_goes)
{
    sidle_tensorboard *board = open_at(0);
    char names[4][256], *bytes, *torn;
    size_t size, first;

    append_step(board, 1, 1.0, NAN);
    sidle_tensorboard_close(board);
    list_files(names);
    free(check_read(names[0], &first));
    board = open_at(9);
    append_step(board, 10, 2.0, NAN);
    sidle_tensorboard_close(board);
    bytes = check_read(names[0], &size);
    torn = calloc(1, 3 * size);
    memcpy(torn, bytes, size);
    memcpy(torn + size, bytes, size / 2); /* half of it once more */
    memcpy(torn + size + size / 2, bytes, size);
    check_write(names[0], torn, 2 * size + size / 2);
    sidle_tensorboard_close(open_at(9));
    check_events(names[0],
                 "version brain.Event:2 | 1 train/loss=1 | version "
                 "brain.Event:2 | version brain.Event:2 | 1 train/loss=1 | ");
    free(torn);
    free(bytes);
}

TEST_IN_FOLDER(a_picture_that_no_event_holds_is_refused)
{
    sidle_tensorboard *board = open_at(0);
    unsigned char byte = 0;
    sidle_tensorboard_image image = {1, 1, 3, &byte, 1 << 30};

    assert_int_equal(sidle_tensorboard_picture(board, 1, "a", &image),
                     SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "too large"));
    image.n = 1;
    assert_int_equal(sidle_tensorboard_picture(board, 1, "a", &image),
                     SIDLE_OK);
    sidle_tensorboard_close(board);
}

TEST_IN_FOLDER(a_missing_folder_is_named)
{
    sidle_tensorboard *board;

    assert_int_equal(open_in("/proc/none", 0, 1, &board), SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), "/proc/none"));
    assert_int_equal(open_in("/proc/self", 0, 1, &board), SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), "cannot be made"));
}

TEST_MAIN
