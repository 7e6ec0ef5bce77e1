/* tensorboard.c - events in records, and old records cut off.
 *
 * A file is a list of records: bytes as a 64-bit number, its checksum, the
 * bytes of one Event, their checksum; all little-endian. Checksums are CRC-32C,
 * turned and shifted by a constant ("masked").
 * Source: tensorflow/core/lib/io/record_writer.cc, lib/hash/crc32c.h */
#include "io/tensorboard.h"

#include "io/crc32c.h"
#include "io/events.pb-c.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PREFIX "events.out.tfevents."
#define RECORD_MAX 4096 /* bytes of an event; ours are below 1000 */
#define HEAD 12         /* bytes before an event, and 4 behind */

struct sidle_tensorboard {
    FILE *stream;
    char path[PATH_MAX];
};

static sidle_status failed(const char *path, const char *what)
{
    return sidle_fail(SIDLE_EIO, "%s: cannot be %s: %s", path, what,
                      strerror(errno));
}

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
    clearerr(board->stream);
    if (fwrite(record, 1, HEAD + size + 4, board->stream) != HEAD + size + 4 ||
        fflush(board->stream) != 0)
        return failed(board->path, "written");
    return SIDLE_OK;
}

/* The next whole record as an event; NULL at the end or at a damaged one. */
static Sidle__Event *read_event(FILE *stream)
{
    unsigned char record[HEAD + RECORD_MAX + 4];
    uint64_t size;

    if (fread(record, 1, HEAD, stream) != HEAD ||
        number_at(record + 8, 4) != masked_crc(record, 8))
        return NULL;
    size = number_at(record, 8);
    if (size > RECORD_MAX ||
        fread(record + HEAD, 1, size + 4, stream) != size + 4 ||
        number_at(record + HEAD + size, 4) != masked_crc(record + HEAD, size))
        return NULL;
    return sidle__event__unpack(NULL, size, record + HEAD);
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

static int stays(const Sidle__Event *event, int64_t resumed_step)
{
    return event->step < resumed_step ||
           (event->step == resumed_step && !is_evaluation(event));
}

static sidle_status cut_file(const char *path, int64_t resumed_step)
{
    FILE *stream = fopen(path, "r+b");
    Sidle__Event *event;
    sidle_status status = SIDLE_OK;
    long end = 0;
    int goes_on = 1;

    if (stream == NULL)
        return failed(path, "opened");
    while (goes_on && (event = read_event(stream)) != NULL) {
        goes_on = stays(event, resumed_step);
        if (goes_on)
            end = ftell(stream);
        sidle__event__free_unpacked(event, NULL);
    }
    /* Without one good record it is not a file of ours. */
    if (end > 0 && ftruncate(fileno(stream), end) != 0)
        status = failed(path, "cut");
    fclose(stream);
    return status;
}

static sidle_status cut_files(const char *folder, int64_t resumed_step)
{
    DIR *entries = opendir(folder);
    sidle_status status = SIDLE_OK;
    struct dirent *entry;

    if (entries == NULL)
        return failed(folder, "listed");
    while (status == SIDLE_OK && (entry = readdir(entries)) != NULL) {
        char path[PATH_MAX];
        int n = snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);

        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0 && n < PATH_MAX)
            status = cut_file(path, resumed_step);
    }
    closedir(entries);
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
static sidle_status create_file(sidle_tensorboard *board, const char *folder)
{
    char host[64] = "unknown";
    int fd = -1;

    gethostname(host, sizeof(host) - 1);
    for (int n = 0; fd < 0 && n < 1000; n++) {
        snprintf(board->path, sizeof(board->path),
                 "%s/" PREFIX "%010" PRId64 ".%s.%d.%d", folder,
                 (int64_t)wall_time(), host, (int)getpid(), n);
        fd = open(board->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    board->stream = fd >= 0 ? fdopen(fd, "wb") : NULL;
    return board->stream != NULL ? SIDLE_OK : failed(board->path, "made");
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

sidle_status sidle_tensorboard_open(const char *folder, int64_t resumed_step,
                                    sidle_tensorboard **board_p)
{
    sidle_tensorboard *board;
    sidle_status status;

    SIDLE_TRY(cut_files(folder, resumed_step));
    board = calloc(1, sizeof(*board));
    SIDLE_CHECK(board != NULL, "no memory for TensorBoard's events");
    status = create_file(board, folder);
    if (status == SIDLE_OK)
        status = write_version(board);
    if (status == SIDLE_OK && resumed_step > 0)
        status = write_start(board, resumed_step + 1);
    if (status != SIDLE_OK) {
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
    if (board->stream != NULL)
        fclose(board->stream);
    free(board);
}
