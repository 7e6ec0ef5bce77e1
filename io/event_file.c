/* event_file.c - events in records, and old records cut off.
 *
 * A file is a list of records: bytes as a 64-bit number, its checksum, the
 * bytes of one Event, their checksum; all little-endian. Checksums are CRC-32C,
 * turned and shifted by a constant ("masked").
 * Source: tensorflow/core/lib/io/record_writer.cc, lib/hash/crc32c.h */
#define _GNU_SOURCE /* scandirat */
#include "io/event_file.h"

#include "io/crc32c.h"
#include "io/replace.h"

#include "base/log.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PREFIX "events.out.tfevents."
#define HEAD 12 /* bytes before an event, and 4 behind */

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

sidle_status sidle_event_append(sidle_records *records,
                                const Sidle__Event *event)
{
    size_t size = sidle__event__get_packed_size(event);
    unsigned char *record = malloc(HEAD + size + 4);
    sidle_status status;

    SIDLE_CHECK(size <= SIDLE_EVENT_MAX && record != NULL,
                "an event of %zu bytes", size);
    put_number(record, size, 8);
    put_number(record + 8, masked_crc(record, 8), 4);
    sidle__event__pack(event, record + HEAD);
    put_number(record + HEAD + size, masked_crc(record + HEAD, size), 4);
    status = sidle_records_append(records, record, HEAD + size + 4);
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
    if (size > SIDLE_EVENT_MAX || HEAD + size + 4 > left ||
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

sidle_status sidle_event_files_cut(const sidle_dir *folder,
                                   int64_t resumed_step, int has_row)
{
    struct dirent **entries;
    sidle_status status = SIDLE_OK;
    int n = scandirat(folder->fd, ".", &entries, is_event_file, NULL);

    if (n < 0)
        return sidle_dir_fail(folder, ".", "listed");
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;

        if (is_link(folder, name))
            sidle_warn("%s/%s: is a link and is not changed", folder->path,
                       name);
        else if (status == SIDLE_OK)
            status = cut_file(folder, name, resumed_step, has_row);
        free(entries[i]);
    }
    free(entries);
    return status;
}

/* ---- a new file */

sidle_status sidle_event_file_new(const sidle_dir *folder, char name[NAME_MAX],
                                  sidle_records **records_p)
{
    char host[64] = "unknown";
    int n = 0;

    gethostname(host, sizeof(host) - 1);
    do
        snprintf(name, NAME_MAX, PREFIX "%010" PRId64 ".%s.%d.%d",
                 (int64_t)time(NULL), host, (int)getpid(), n);
    while (sidle_dir_has(folder, name) && n++ < 1000);
    return sidle_records_open(folder, name, "event", 1, records_p);
}
