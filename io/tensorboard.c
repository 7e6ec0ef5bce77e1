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
#define RECORD_MAX (1 << 20) /* bytes of an event: the longest is a text */
#define HEAD 12              /* bytes before an event, and 4 behind */

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
    size_t size = sidle__event__get_packed_size(event);
    unsigned char *record = malloc(HEAD + size + 4);
    sidle_status status;

    SIDLE_CHECK(size <= RECORD_MAX && record != NULL, "an event of %zu bytes",
                size);
    put_number(record, size, 8);
    put_number(record + 8, masked_crc(record, 8), 4);
    sidle__event__pack(event, record + HEAD);
    put_number(record + HEAD + size, masked_crc(record + HEAD, size), 4);
    status = sidle_records_append(board->records, record, HEAD + size + 4);
    free(record);
    return status;
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

/* ---- what is told */

enum { MOST_VALUES = 32 };

/* The values of one step, being gathered. */
typedef struct gathered {
    Sidle__Summary summary;
    Sidle__Summary__Value values[MOST_VALUES], *list[MOST_VALUES];
} gathered;

static void gather(gathered *g)
{
    sidle__summary__init(&g->summary);
    g->summary.value = g->list;
}

static Sidle__Summary__Value *add_value(gathered *g, const char *tag)
{
    Sidle__Summary__Value *value = &g->values[g->summary.n_value];

    SIDLE_CHECK(g->summary.n_value < MOST_VALUES, "too many values at once");
    sidle__summary__value__init(value);
    /* The library takes texts that it does not change as char *. */
    value->tag = (char *)(uintptr_t)tag;
    g->list[g->summary.n_value++] = value;
    return value;
}

static void add_number(gathered *g, const char *tag, double number)
{
    Sidle__Summary__Value *value;

    if (isnan(number))
        return;
    value = add_value(g, tag);
    value->value_case = SIDLE__SUMMARY__VALUE__VALUE_SIMPLE_VALUE;
    value->simple_value = (float)number;
}

static sidle_status write_step(sidle_tensorboard *board, int64_t step,
                               gathered *g)
{
    Sidle__Event event = SIDLE__EVENT__INIT;

    if (g->summary.n_value == 0)
        return SIDLE_OK;
    event.wall_time = wall_time();
    event.step = step;
    event.what_case = SIDLE__EVENT__WHAT_SUMMARY;
    event.summary = &g->summary;
    return write_event(board, &event);
}

sidle_status sidle_tensorboard_append(sidle_tensorboard *board,
                                      const sidle_metrics_row *row)
{
    sidle_metrics_column columns[SIDLE_METRICS_COLUMNS];
    gathered g;

    gather(&g);
    sidle_metrics_columns(row, columns);
    for (int i = 0; i < SIDLE_METRICS_COLUMNS; i++)
        add_number(&g, columns[i].tag, columns[i].value);
    add_number(&g, "valid/bits", row->valid_loss / M_LN2);
    add_number(&g, "optim/matrix_lr", row->matrix_lr);
    return write_step(board, row->step, &g);
}

sidle_status sidle_tensorboard_norms(sidle_tensorboard *board, int64_t step,
                                     const double *norms, int n_blocks)
{
    char tags[MOST_VALUES][40];
    gathered g;

    for (int from = 0; from < n_blocks; from += MOST_VALUES) {
        gather(&g);
        for (int b = from; b < n_blocks && b < from + MOST_VALUES; b++) {
            snprintf(tags[b - from], sizeof(tags[0]), "grad_norm/block_%03d",
                     b + 1);
            if (norms[b] > 0.0)
                add_number(&g, tags[b - from], norms[b]);
        }
        SIDLE_TRY(write_step(board, step, &g));
    }
    return SIDLE_OK;
}

/* Four blanks make a line of code in the page's notation. */
static char *indent(const char *text, size_t *size_p)
{
    char *out = NULL;
    FILE *stream = open_memstream(&out, size_p);

    SIDLE_CHECK(stream != NULL, "no memory for a text");
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");

        fprintf(stream, "    %.*s\n", (int)n, text);
        text += n + (text[n] == '\n');
    }
    fclose(stream);
    return out;
}

sidle_status sidle_tensorboard_text(sidle_tensorboard *board, int64_t step,
                                    const char *tag, const char *text)
{
    static char plugin[] = "text";
    Sidle__SummaryMetadata__PluginData data =
        SIDLE__SUMMARY_METADATA__PLUGIN_DATA__INIT;
    Sidle__SummaryMetadata metadata = SIDLE__SUMMARY_METADATA__INIT;
    Sidle__TensorShape scalar = SIDLE__TENSOR_SHAPE__INIT;
    Sidle__Tensor tensor = SIDLE__TENSOR__INIT;
    ProtobufCBinaryData words;
    Sidle__Summary__Value *value;
    sidle_status status;
    gathered g;

    gather(&g);
    value = add_value(&g, tag);
    data.plugin_name = plugin;
    metadata.plugin_data = &data;
    metadata.data_class =
        SIDLE__SUMMARY_METADATA__DATA_CLASS__DATA_CLASS_TENSOR;
    value->metadata = &metadata;
    value->value_case = SIDLE__SUMMARY__VALUE__VALUE_TENSOR;
    value->tensor = &tensor;
    tensor.dtype = SIDLE__TENSOR__DATA_TYPE__DT_STRING;
    tensor.tensor_shape = &scalar;
    tensor.string_val = &words;
    tensor.n_string_val = 1;
    words.data = (uint8_t *)indent(text, &words.len);
    if (words.len > RECORD_MAX / 2)
        words.len = RECORD_MAX / 2;
    status = write_step(board, step, &g);
    free(words.data);
    return status;
}

void sidle_tensorboard_close(sidle_tensorboard *board)
{
    if (board == NULL)
        return;
    sidle_records_close(board->records);
    free(board);
}
