/* tensorboard.c - events in records, and old records cut off.
 *
 * A file is a list of records: bytes as a 64-bit number, its checksum, the
 * bytes of one Event, their checksum; all little-endian. Checksums are CRC-32C,
 * turned and shifted by a constant ("masked").
 * Source: tensorflow/core/lib/io/record_writer.cc, lib/hash/crc32c.h */
#define _GNU_SOURCE /* scandirat */
#include "io/tensorboard.h"

#include "io/crc32c.h"
#include "io/events.pb-c.h"
#include "io/records.h"
#include "io/replace.h"

#include "base/log.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PREFIX "events.out.tfevents."
#define RECORD_MAX 4096 /* bytes of an event; ours are below 1000 */
#define HEAD 12         /* bytes before an event, and 4 behind */

struct sidle_tensorboard {
    sidle_records *records;
};

/* ---- records */

static void put_number(unsigned char *out, uint64_t number, int n_bytes)
{
    for (int i = 0; i < n_bytes; i++)
        out[i] = (unsigned char)(number >> 8 * i);
}

static uint64_t number_at(const unsigned char *bytes, int n_bytes)
{
    uint64_t number = 0;

    for (int i = 0; i < n_bytes; i++)
        number |= (uint64_t)bytes[i] << 8 * i;
    return number;
}

static uint32_t masked_crc(const unsigned char *bytes, size_t size)
{
    uint32_t crc = sidle_crc32c(bytes, size);

    return (crc >> 15 | crc << 17) + 0xa282ead8;
}

static sidle_status write_event(sidle_tensorboard *board,
                                const Sidle__Event *event)
{
    unsigned char record[HEAD + RECORD_MAX + 4];
    size_t size = sidle__event__get_packed_size(event);

    SIDLE_CHECK(size <= RECORD_MAX, "an event of %zu bytes", size);
    put_number(record, size, 8);
    put_number(record + 8, masked_crc(record, 8), 4);
    sidle__event__pack(event, record + HEAD);
    put_number(record + HEAD + size, masked_crc(record + HEAD, size), 4);
    return sidle_records_append(board->records, record, HEAD + size + 4);
}

/* The bytes of the whole record that begins here; 0: none does. */
static size_t record_size(const unsigned char *record, size_t left)
{
    uint64_t size;

    if (left < HEAD + 4 || number_at(record + 8, 4) != masked_crc(record, 8))
        return 0;
    size = number_at(record, 8);
    if (size > RECORD_MAX || HEAD + size + 4 > left ||
        number_at(record + HEAD + size, 4) != masked_crc(record + HEAD, size))
        return 0;
    return HEAD + (size_t)size + 4;
}

/* ---- cutting what a resumed run will report again */

static int is_evaluation(const Sidle__Event *event)
{
    if (event->what_case != SIDLE__EVENT__WHAT_SUMMARY)
        return 0;
    for (size_t i = 0; i < event->summary->n_value; i++)
        if (strncmp(event->summary->value[i]->tag, "valid/", 6) == 0)
            return 1;
    return 0;
}

static int stays(const unsigned char *record, size_t size, int64_t resumed_step,
                 int has_row)
{
    Sidle__Event *event =
        sidle__event__unpack(NULL, size - HEAD - 4, record + HEAD);
    int answer;

    if (event == NULL)
        return 0;
    answer = event->step < resumed_step ||
             (event->step == resumed_step && has_row && !is_evaluation(event));
    sidle__event__free_unpacked(event, NULL);
    return answer;
}

/* Moves the records that stay to the front; answers their bytes. What is no
 * record is passed over: readers would stop there. */
static size_t pick(unsigned char *bytes, size_t n, int64_t resumed_step,
                   int has_row, int *has_records)
{
    size_t kept = 0, size;

    for (size_t at = 0; at<n; at += size> 0 ? size : 1) {
        size = record_size(bytes + at, n - at);
        *has_records |= size > 0;
        if (size == 0 || !stays(bytes + at, size, resumed_step, has_row))
            continue;
        memmove(bytes + kept, bytes + at, size);
        kept += size;
    }
    return kept;
}

static sidle_status read_all(const sidle_dir *folder, const char *name,
                             unsigned char **bytes_p, size_t *n_p)
{
    struct stat info;
    ssize_t n = -1;
    int fd;

    SIDLE_TRY(sidle_dir_file(folder, name, O_RDONLY, &fd));
    if (fd >= 0 && fstat(fd, &info) == 0) {
        *bytes_p = malloc((size_t)info.st_size + 1);
        SIDLE_CHECK(*bytes_p != NULL, "no memory for '%s'", name);
        n = pread(fd, *bytes_p, (size_t)info.st_size, 0);
    }
    if (n < 0)
        sidle_dir_fail(folder, name, "read");
    if (fd >= 0)
        close(fd);
    *n_p = n < 0 ? 0 : (size_t)n;
    return n < 0 ? SIDLE_EIO : SIDLE_OK;
}

static sidle_status cut_file(const sidle_dir *folder, const char *name,
                             int64_t resumed_step, int has_row)
{
    unsigned char *bytes = NULL;
    sidle_status status;
    size_t n, kept;
    int is_ours = 0;

    status = read_all(folder, name, &bytes, &n);
    if (status == SIDLE_OK) {
        kept = pick(bytes, n, resumed_step, has_row, &is_ours);
        if (is_ours && kept < n)
            status =
                sidle_replace_file(folder, name, (const char *)bytes, kept);
    }
    free(bytes);
    return status;
}

static int is_link(const sidle_dir *folder, const char *name)
{
    struct stat info;

    return fstatat(folder->fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISLNK(info.st_mode);
}

static int is_event_file(const struct dirent *entry)
{
    return strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0;
}

static sidle_status cut_files(const sidle_dir *folder, int64_t resumed_step,
                              int has_row)
{
    struct dirent **entries;
    sidle_status status = SIDLE_OK;
    int n = scandirat(folder->fd, ".", &entries, is_event_file, NULL);

    if (n < 0)
        return sidle_dir_fail(folder, ".", "listed");
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;

        if (is_link(folder, name))
            sidle_warn("%s/%s: is a link, and is left as it is", folder->path,
                       name);
        else if (status == SIDLE_OK)
            status = cut_file(folder, name, resumed_step, has_row);
        free(entries[i]);
    }
    free(entries);
    return status;
}

/* ---- the file of this process */

static double wall_time(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A name that no file has yet. */
static sidle_status create_file(sidle_tensorboard *board,
                                const sidle_dir *folder, char name[NAME_MAX])
{
    char host[64] = "unknown";
    int n = 0;

    gethostname(host, sizeof(host) - 1);
    do
        snprintf(name, NAME_MAX, PREFIX "%010" PRId64 ".%s.%d.%d",
                 (int64_t)wall_time(), host, (int)getpid(), n);
    while (sidle_dir_has(folder, name) && n++ < 1000);
    return sidle_records_open(folder, name, "event", 1, &board->records);
}

static sidle_status write_version(sidle_tensorboard *board)
{
    static char version[] = "brain.Event:2";
    Sidle__Event event = SIDLE__EVENT__INIT;

    event.wall_time = wall_time();
    event.what_case = SIDLE__EVENT__WHAT_FILE_VERSION;
    event.file_version = version;
    return write_event(board, &event);
}

static sidle_status write_start(sidle_tensorboard *board, int64_t step)
{
    Sidle__Event event = SIDLE__EVENT__INIT;
    Sidle__SessionLog log = SIDLE__SESSION_LOG__INIT;

    log.status = SIDLE__SESSION_LOG__SESSION_STATUS__START;
    event.wall_time = wall_time();
    event.step = step;
    event.what_case = SIDLE__EVENT__WHAT_SESSION_LOG;
    event.session_log = &log;
    return write_event(board, &event);
}

sidle_status sidle_tensorboard_open(const sidle_dir *folder,
                                    int64_t resumed_step, int has_row,
                                    sidle_tensorboard **board_p)
{
    char name[NAME_MAX];
    sidle_tensorboard *board;
    sidle_status status;

    SIDLE_TRY(cut_files(folder, resumed_step, has_row));
    board = calloc(1, sizeof(*board));
    SIDLE_CHECK(board != NULL, "no memory for TensorBoard's events");
    status = create_file(board, folder, name);
    if (status == SIDLE_OK)
        status = write_version(board);
    if (status == SIDLE_OK && resumed_step > 0)
        status = write_start(board, resumed_step + (has_row != 0));
    if (status != SIDLE_OK) {
        if (board->records != NULL)
            unlinkat(folder->fd, name, 0);
        sidle_tensorboard_close(board);
        return status;
    }
    *board_p = board;
    return SIDLE_OK;
}

sidle_status sidle_tensorboard_append(sidle_tensorboard *board,
                                      const sidle_metrics_row *row)
{
    sidle_metrics_column columns[SIDLE_METRICS_COLUMNS];
    Sidle__Summary__Value values[SIDLE_METRICS_COLUMNS];
    Sidle__Summary__Value *list[SIDLE_METRICS_COLUMNS];
    Sidle__Summary summary = SIDLE__SUMMARY__INIT;
    Sidle__Event event = SIDLE__EVENT__INIT;

    sidle_metrics_columns(row, columns);
    summary.value = list;
    for (int i = 0; i < SIDLE_METRICS_COLUMNS; i++) {
        Sidle__Summary__Value *value = &values[summary.n_value];

        if (isnan(columns[i].value))
            continue;
        sidle__summary__value__init(value);
        /* The library takes texts that it does not change as char *. */
        value->tag = (char *)(uintptr_t)columns[i].tag;
        value->value_case = SIDLE__SUMMARY__VALUE__VALUE_SIMPLE_VALUE;
        value->simple_value = (float)columns[i].value;
        list[summary.n_value++] = value;
    }
    event.wall_time = wall_time();
    event.step = row->step;
    event.what_case = SIDLE__EVENT__WHAT_SUMMARY;
    event.summary = &summary;
    return write_event(board, &event);
}

void sidle_tensorboard_close(sidle_tensorboard *board)
{
    if (board == NULL)
        return;
    sidle_records_close(board->records);
    free(board);
}
