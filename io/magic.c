/* magic.c - files that are no texts, known by their first bytes. */
#include "io/magic.h"

#include "io/h5.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HEAD = 1024 };

typedef struct head {
    unsigned char bytes[HEAD + 1]; /* a zero at the end */
    size_t n;
    int fd;
    int64_t size;
} head;

typedef struct mark {
    const char *name;
    int is_packed;
    size_t at;
    const char *bytes;
    size_t n;
    int (*also)(const head *h); /* NULL: the mark is enough */
} mark;

#define MARK(at, text) (at), (text), sizeof(text) - 1

static uint64_t little(const unsigned char *bytes, int n)
{
    uint64_t value = 0;

    for (int i = n - 1; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

/* ---- what has to follow a short mark */

static int has_at(const head *h, int64_t at, const char *four)
{
    unsigned char found[4];

    return at >= 0 && pread(h->fd, found, 4, at) == 4 &&
           memcmp(found, four, 4) == 0;
}

/* A number that stands in the file for a part of it. */
static int is_within(const head *h, uint64_t n)
{
    return n <= (uint64_t)h->size;
}

/* Whether a text ends or turns to other bytes there, behind a word. */
static int is_no_text(const head *h, size_t at)
{
    unsigned char c = at < h->n ? h->bytes[at] : 0;

    return c < 9 || (c > 13 && c < 32) || c >= 127;
}

/* Its first block, or, of an empty one, its end: both begin with digits of a
 * number, pi and its root. */
static int bzip2(const head *h)
{
    return h->n >= 10 && h->bytes[3] >= '1' && h->bytes[3] <= '9' &&
           (memcmp(h->bytes + 4, "1AY&SY", 6) == 0 ||
            memcmp(h->bytes + 4, "\x17rE8P\x90", 6) == 0);
}

/* Its size is a number below 2 to the 40, or left open. */
static int lzma(const head *h)
{
    return h->n >= 14 && h->bytes[13] == 0 &&
           (little(h->bytes + 5, 8) >> 40 == 0 ||
            little(h->bytes + 5, 8) == UINT64_MAX);
}

/* Zeros behind the name of the first member, or behind the mark. */
static int tar(const head *h)
{
    return memchr(h->bytes, 0, 257) != NULL || is_no_text(h, 262);
}

/* The oldest tar has no mark: the sum of its header's bytes, in octal, with
 * blanks where it stands itself. */
static int old_tar(const head *h)
{
    unsigned long sum = 8 * ' ', told;
    char *end;

    if (h->n < 512 || memchr(h->bytes, 0, 108) == NULL || h->bytes[0] == 0)
        return 0;
    for (size_t i = 0; i < 512; i++)
        sum += i < 148 || i >= 156 ? h->bytes[i] : 0;
    told = strtoul((const char *)h->bytes + 148, &end, 8);
    return told == sum && end <= (const char *)h->bytes + 156;
}

/* Numbers of so many digits all over the header. */
static int cpio(const head *h)
{
    return h->n >= 110 &&
           strspn((const char *)h->bytes, "0123456789abcdefABCDEF") >= 110;
}

static int old_cpio(const head *h)
{
    return h->n >= 76 && strspn((const char *)h->bytes, "01234567") >= 76;
}

/* Zeros stand in front of it. */
static int dicom(const head *h)
{
    return memchr(h->bytes, 0, 128) != NULL;
}

/* Width, height and a few flags: hardly seven letters. */
static int gif(const head *h)
{
    for (size_t at = 6; at < 13; at++)
        if (is_no_text(h, at))
            return 1;
    return 0;
}

/* Its size, less than 16 MiB. */
static int box(const head *h)
{
    return h->bytes[0] == 0;
}

/* An ID3 tag: its version, 2 to 4. */
static int id3(const head *h)
{
    return is_no_text(h, 3);
}

/* Where the next frame of MPEG audio, layer III, begins; 0: this is none. */
static int64_t after_frame(const unsigned char *b)
{
    static const int rates[2][15] = {
        {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
        {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}};
    static const int hertz[3] = {44100, 48000, 32000};
    int version = b[1] >> 3 & 3, is_low = version != 3;
    int rate = b[2] >> 4, frequency = b[2] >> 2 & 3;

    if (b[0] != 0xff || (b[1] & 0xe6) != 0xe2 || version == 1 || rate == 0 ||
        rate == 15 || frequency == 3)
        return 0;
    return (int64_t)(is_low ? 72 : 144) * 1000 * rates[is_low][rate] /
               (hertz[frequency] >> (version == 3   ? 0
                                     : version == 2 ? 1
                                                    : 2)) +
           (b[2] >> 1 & 1);
}

/* Two frames, or one and a zero, which no text has. */
static int mp3(const head *h)
{
    unsigned char next[4];
    int64_t at = h->n >= 4 ? after_frame(h->bytes) : 0;

    if (at == 0)
        return 0;
    return at == h->size || memchr(h->bytes, 0, h->n) != NULL ||
           (pread(h->fd, next, 4, at) == 4 && after_frame(next) > 0);
}

/* Where the next frame of AAC begins; 0: this is none. */
static int64_t after_adts(const unsigned char *b)
{
    int64_t n = (int64_t)(b[3] & 3) << 11 | b[4] << 3 | b[5] >> 5;

    return b[0] == 0xff && (b[1] & 0xf6) == 0xf0 && (b[2] >> 2 & 15) < 13 &&
                   n > 7
               ? n
               : 0;
}

static int adts(const head *h)
{
    unsigned char next[6];
    int64_t at = h->n >= 6 ? after_adts(h->bytes) : 0;

    return at > 0 && (at == h->size ||
                      (pread(h->fd, next, 6, at) == 6 && after_adts(next) > 0));
}

static int parquet(const head *h)
{
    return is_no_text(h, 4) || has_at(h, h->size - 4, "PAR1") ||
           has_at(h, h->size - 4, "PARE");
}

static int feather(const head *h)
{
    return is_no_text(h, 4) || has_at(h, h->size - 4, "FEA1");
}

/* A message of Arrow's stream: its length is a multiple of 8. */
static int arrow(const head *h)
{
    uint64_t n = h->n >= 8 ? little(h->bytes + 4, 4) : 1;

    return n > 0 && n % 8 == 0 && is_within(h, n);
}

static int riff(const head *h, const char *kind)
{
    return h->n >= 12 && memcmp(h->bytes + 8, kind, 4) == 0;
}

static int wav(const head *h)
{
    return riff(h, "WAVE");
}

static int avi(const head *h)
{
    return riff(h, "AVI ");
}

static int webp(const head *h)
{
    return riff(h, "WEBP");
}

static int bmp(const head *h)
{
    return h->n >= 18 && little(h->bytes + 6, 4) == 0 &&
           is_within(h, little(h->bytes + 2, 4)) &&
           little(h->bytes + 14, 4) >= 12 && little(h->bytes + 14, 4) <= 124;
}

static int exe(const head *h)
{
    return h->n >= 64 &&
           has_at(h, (int64_t)little(h->bytes + 0x3c, 4), "PE\0\0");
}

/* 8 bytes of a length, then so much JSON. */
static int safetensors(const head *h)
{
    uint64_t n = h->n >= 10 ? little(h->bytes, 8) : 0;

    return n >= 2 && is_within(h, n);
}

static int pickle(const head *h)
{
    char last = 0;

    return h->n >= 4 && h->bytes[1] >= 2 && h->bytes[1] <= 5 &&
           pread(h->fd, &last, 1, h->size - 1) == 1 && last == '.';
}

/* A cue of MPEG's transport stream every 188 bytes, and a number of tables in
 * the first packet, where a text of G's has letters. */
static int transport(const head *h)
{
    return h->n >= 189 * 3 && h->bytes[188] == 'G' && h->bytes[376] == 'G' &&
           (h->bytes[2] == 0 || h->bytes[2] == 0x11);
}

static int is_no_word(const head *h)
{
    return is_no_text(h, 4);
}

static int aiff(const head *h)
{
    return riff(h, "AIFF") || riff(h, "AIFC");
}

/* ---- the marks */

static const mark marks[] = {
    {"a gzip file", 1, MARK(0, "\x1f\x8b\x08"), NULL},
    {"a bzip2 file", 1, MARK(0, "BZh"), bzip2},
    {"an xz file", 1,
     MARK(0, "\xfd"
             "7zXZ\0"),
     NULL},
    {"a zstd file", 1, MARK(0, "\x28\xb5\x2f\xfd"), NULL},
    {"an lz4 file", 1, MARK(0, "\x04\x22\x4d\x18"), NULL},
    {"an lz4 file", 1, MARK(0, "\x02\x21\x4c\x18"), NULL},
    {"a snappy file", 1, MARK(0, "\xff\x06\0\0sNaPpY"), NULL},
    {"an lzip file", 1, MARK(0, "LZIP\x01"), NULL},
    {"an lzop file", 1, MARK(0, "\x89LZO\0\r\n\x1a\n"), NULL},
    {"an lzma file", 1, MARK(0, "\x5d\0\0"), lzma},
    {"a file of compress", 1, MARK(0, "\x1f\x9d\x90"), NULL},
    {"a zstd file", 1, MARK(0, "\x50\x2a\x4d\x18"), NULL},
    {"a file that OpenSSL encrypted", 1, MARK(0, "Salted__"), NULL},
    {"a pack of git", 1, MARK(0, "PACK\0\0\0\x02"), NULL},
    {"a 7z archive", 1, MARK(0, "7z\xbc\xaf\x27\x1c"), NULL},
    {"a rar archive", 1, MARK(0, "Rar!\x1a\x07"), NULL},
    {"a zip archive (as are .npz, .docx and PyTorch's files)", 1,
     MARK(0, "PK\x03\x04"), NULL},
    {"an empty zip archive", 1, MARK(0, "PK\x05\x06"), NULL},
    {"a tar archive", 1, MARK(257, "ustar"), tar},
    {"a tar archive", 1, MARK(0, ""), old_tar},
    {"a cpio archive", 1, MARK(0, "070701"), cpio},
    {"a cpio archive", 1, MARK(0, "070702"), cpio},
    {"a cpio archive", 1, MARK(0, "070707"), old_cpio},
    {"a cabinet archive", 1, MARK(0, "MSCF\0\0\0\0"), NULL},
    {"an RPM package", 1, MARK(0, "\xed\xab\xee\xdb"), NULL},
    {"an ar archive", 1, MARK(0, "!<arch>\n"), NULL},
    {"a PNG image", 0, MARK(0, "\x89PNG\r\n\x1a\n"), NULL},
    {"a JPEG image", 0, MARK(0, "\xff\xd8\xff"), NULL},
    {"a GIF image", 0, MARK(0, "GIF87a"), gif},
    {"a GIF image", 0, MARK(0, "GIF89a"), gif},
    {"a TIFF image", 0, MARK(0, "II*\0"), NULL},
    {"a TIFF image", 0, MARK(0, "MM\0*"), NULL},
    {"a TIFF image", 0, MARK(0, "II+\0"), NULL},
    {"a TIFF image", 0, MARK(0, "MM\0+"), NULL},
    {"a JPEG 2000 image", 0, MARK(0, "\0\0\0\x0cjP  \r\n"), NULL},
    {"a JPEG 2000 image", 0, MARK(0, "\xff\x4f\xff\x51"), NULL},
    {"a JPEG XL image", 0, MARK(0, "\0\0\0\x0cJXL \r\n"), NULL},
    {"a Photoshop image", 0, MARK(0, "8BPS\0"), NULL},
    {"an OpenEXR image", 0, MARK(0, "\x76\x2f\x31\x01"), NULL},
    {"a DICOM image", 0, MARK(128, "DICM"), dicom},
    {"a BMP image", 0, MARK(0, "BM"), bmp},
    {"a WebP image", 0, MARK(0, "RIFF"), webp},
    {"an AVI video", 0, MARK(0, "RIFF"), avi},
    {"a WAV sound", 0, MARK(0, "RIFF"), wav},
    {"a WAV sound", 0, MARK(0, "RF64"), wav},
    {"an MP4, QuickTime or HEIF file", 0, MARK(4, "ftyp"), box},
    {"a QuickTime file", 0, MARK(4, "moov"), box},
    {"a QuickTime file", 0, MARK(4, "mdat"), box},
    {"a QuickTime file", 0, MARK(4, "wide"), box},
    {"a QuickTime file", 0, MARK(4, "free"), box},
    {"a QuickTime file", 0, MARK(4, "skip"), box},
    {"a QuickTime file", 0, MARK(4, "pnot"), box},
    {"a Matroska or WebM video", 0, MARK(0, "\x1a\x45\xdf\xa3"), NULL},
    {"an FLV video", 0, MARK(0, "FLV\x01"), NULL},
    {"an MPEG video", 0, MARK(0, "\0\0\x01\xba"), NULL},
    {"an MPEG video", 0, MARK(0, "\0\0\x01\xb3"), NULL},
    {"an MPEG transport stream", 0, MARK(0, "G"), transport},
    {"an ASF, WMV or WMA file", 0, MARK(0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
     NULL},
    {"an MP3 sound", 0, MARK(0, "ID3"), id3},
    {"an MP3 sound", 0, MARK(0, "\xff"), mp3},
    {"an AAC sound", 0, MARK(0, "\xff"), adts},
    {"an AU sound", 0, MARK(0, ".snd\0"), NULL},
    {"a CAF sound", 0, MARK(0, "caff\0\x01"), NULL},
    {"an Ogg file", 0, MARK(0, "OggS"), is_no_word},
    {"an AIFF sound", 0, MARK(0, "FORM"), aiff},
    {"a FLAC sound", 0, MARK(0, "fLaC"), is_no_word},
    {"a MIDI file", 0, MARK(0, "MThd\0\0\0\x06"), NULL},
    {"a PDF document", 0, MARK(0, "%PDF-"), NULL},
    {"an old Office document", 0, MARK(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
     NULL},
    {"a NumPy array", 0, MARK(0, "\x93NUMPY"), NULL},
    {"a Parquet table", 0, MARK(0, "PAR1"), parquet},
    {"a Parquet table", 0, MARK(0, "PARE"), parquet},
    {"an Arrow table", 0, MARK(0, "ARROW1\0"), NULL},
    {"an Arrow stream", 0, MARK(0, "\xff\xff\xff\xff"), arrow},
    {"a Feather table", 0, MARK(0, "FEA1"), feather},
    {"an Avro file", 0, MARK(0, "Obj\x01"), NULL},
    {"an SQLite database", 0, MARK(0, "SQLite format 3\0"), NULL},
    {"a NetCDF file", 0, MARK(0, "CDF\x01"), NULL},
    {"a NetCDF file", 0, MARK(0, "CDF\x02"), NULL},
    {"a NetCDF file", 0, MARK(0, "CDF\x05"), NULL},
    {"an HDF4 file", 0, MARK(0, "\x0e\x03\x13\x01"), NULL},
    {"a ROOT file", 0, MARK(0, "root\0"), NULL},
    {"a MATLAB file", 0, MARK(0, "MATLAB 5.0 MAT-file"), NULL},
    {"a file of safetensors", 0, MARK(8, "{\""), safetensors},
    {"a GGUF file", 0, MARK(0, "GGUF"), is_no_word},
    {"a file of PyTorch", 0,
     MARK(0, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"), NULL},
    {"a pickle of Python", 0, MARK(0, "\x80"), pickle},
    {"an ELF program or library", 0,
     MARK(0, "\x7f"
             "ELF"),
     NULL},
    {"a Mach-O program or Java class", 0, MARK(0, "\xca\xfe\xba\xbe"), NULL},
    {"a Mach-O program", 0, MARK(0, "\xce\xfa\xed\xfe"), NULL},
    {"a Mach-O program", 0, MARK(0, "\xfe\xed\xfa\xce"), NULL},
    {"a Mach-O program", 0, MARK(0, "\xfe\xed\xfa\xcf"), NULL},
    {"a Mach-O program", 0, MARK(0, "\xcf\xfa\xed\xfe"), NULL},
    {"a Windows program", 0, MARK(0, "MZ"), exe},
    {"a program of WebAssembly", 0, MARK(0, "\0asm"), NULL},
};

static int has_mark(const head *h, const mark *m)
{
    return h->n >= m->at + m->n &&
           memcmp(h->bytes + m->at, m->bytes, m->n) == 0 &&
           (m->also == NULL || m->also(h));
}

int sidle_magic_find(int fd, int64_t size, sidle_magic *found)
{
    head h = {.fd = fd, .size = size};
    ssize_t n = pread(fd, h.bytes, HEAD, 0);

    h.n = n > 0 ? (size_t)n : 0;
    if (sidle_h5_check_signature(fd) == SIDLE_OK) {
        *found = (sidle_magic){.name = "an HDF5 file", .is_hdf5 = 1};
        return 1;
    }
    for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
        if (has_mark(&h, &marks[i])) {
            *found = (sidle_magic){.name = marks[i].name,
                                   .is_packed = marks[i].is_packed};
            return 1;
        }
    return 0;
}
