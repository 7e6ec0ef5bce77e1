/* test_magic.c - files of other kinds are known, and texts are texts. */
#include "check.h"
#include "io/scratch.h"

#include "io/magic.h"

enum { SIZE = 8192 };

typedef struct sample {
    const char *words;
    size_t at, n;
    const char *bytes;
    const char *tail; /* the last four bytes, or NULL */
} sample;

#define BYTES(text) sizeof(text) - 1, (text)

/* A file of `fill`, with the sample's bytes; what it is, or "". */
static const char *kind_of(const scratch *s, const sample *x, int fill)
{
    unsigned char data[SIZE];
    sidle_magic found = {.name = ""};
    int fd, is_found;

    memset(data, fill, sizeof(data));
    memcpy(data + x->at, x->bytes, x->n);
    if (x->tail != NULL)
        memcpy(data + SIZE - 4, x->tail, 4);
    scratch_write(s, "file", data, sizeof(data));
    fd = open(scratch_path(s, "file"), O_RDONLY);
    assert_true(fd >= 0);
    is_found = sidle_magic_find(fd, SIZE, &found);
    close(fd);
    assert_int_equal(is_found, found.name[0] != '\0');
    return found.name;
}

TEST(other_kinds_are_known_by_their_bytes)
{
    static const sample all[] = {
        {"gzip", 0, BYTES("\x1f\x8b\x08\0"), NULL},
        {"bzip2", 0, BYTES("BZh91AY&SY"), NULL},
        {"xz", 0, BYTES("\xfd\x37zXZ\0"), NULL},
        {"zstd", 0, BYTES("\x28\xb5\x2f\xfd"), NULL},
        {"zip", 0, BYTES("PK\x03\x04"), NULL},
        {"tar", 257,
         BYTES("ustar\0"
               "00"),
         NULL},
        {"PNG", 0, BYTES("\x89PNG\r\n\x1a\n"), NULL},
        {"JPEG", 0, BYTES("\xff\xd8\xff\xe0"), NULL},
        {"GIF", 0, BYTES("GIF89a"), NULL},
        {"MP4", 0,
         BYTES("\0\0\0\x20"
               "ftypisom"),
         NULL},
        {"Matroska", 0, BYTES("\x1a\x45\xdf\xa3"), NULL},
        {"AVI", 0, BYTES("RIFF\0\x10\0\0AVI "), NULL},
        {"WAV", 0, BYTES("RIFF\0\x10\0\0WAVE"), NULL},
        {"MP3", 0, BYTES("ID3\x03\0\0\0\0\x02\x10"), NULL},
        {"Ogg", 0, BYTES("OggS\0\x02"), NULL},
        {"FLAC", 0, BYTES("fLaC\0\0\0\x22"), NULL},
        {"PDF", 0, BYTES("%PDF-1.7"), NULL},
        {"HDF5", 0, BYTES("\x89HDF\r\n\x1a\n"), NULL},
        {"HDF5", 512, BYTES("\x89HDF\r\n\x1a\n"), NULL},
        {"HDF5", 4096, BYTES("\x89HDF\r\n\x1a\n"), NULL},
        {"NumPy", 0, BYTES("\x93NUMPY\x01\0"), NULL},
        {"Parquet", 0, BYTES("PAR1"), "PAR1"},
        {"Arrow", 0, BYTES("ARROW1\0\0"), NULL},
        {"SQLite", 0, BYTES("SQLite format 3\0"), NULL},
        {"QuickTime", 0, BYTES("\0\0\0\x08wide"), NULL},
        {"TIFF", 0, BYTES("II+\0\x08"), NULL},
        {"JPEG 2000", 0, BYTES("\0\0\0\x0cjP  \r\n\x87\n"), NULL},
        {"DICOM", 128, BYTES("DICM"), NULL},
        {"PyTorch", 0,
         BYTES("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."),
         NULL},
        {"ELF", 0,
         BYTES("\x7f"
               "ELF\x02\x01\x01"),
         NULL},
    };
    scratch s = scratch_new();

    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        const char *name = kind_of(&s, &all[i], 0);

        if (strstr(name, all[i].words) == NULL)
            fail_msg("'%s' is not '%s'", name, all[i].words);
    }
    scratch_done(&s);
}

/* MPEG audio without a tag: a frame of 417 bytes behind another. */
TEST(a_sound_without_a_tag_is_known_by_two_frames)
{
    scratch s = scratch_new();
    unsigned char head[421] = {0xff, 0xfb, 0x90, 0x00};
    sample x = {"MP3", 0, sizeof(head), (const char *)head, NULL};

    memset(head + 4, 'a', sizeof(head) - 4);
    head[3] = 'a';
    assert_string_equal(kind_of(&s, &x, 'a'), "");
    memcpy(head + 417, head, 4);
    assert_string_equal(kind_of(&s, &x, 'a'), "an MP3 sound");
    scratch_done(&s);
}

/* Version 7 of Unix wrote no mark; the header's sum is one. */
TEST(an_old_tar_is_known_by_its_sum)
{
    scratch s = scratch_new();
    char head[512] = "text.txt";
    sample x = {"tar", 0, sizeof(head), head, NULL};
    unsigned sum = 8 * ' ';

    strcpy(head + 100, "0000644");
    strcpy(head + 124, "00000000012");
    assert_string_equal(kind_of(&s, &x, 'a'), "");
    for (size_t i = 0; i < sizeof(head); i++)
        sum += (unsigned char)head[i];
    snprintf(head + 148, 8, "%06o", sum);
    head[155] = ' ';
    assert_string_equal(kind_of(&s, &x, 'a'), "a tar archive");
    scratch_done(&s);
}

/* A frame of AAC tells its length. */
TEST(aac_is_known_by_two_frames)
{
    scratch s = scratch_new();
    unsigned char head[70] = {0xff, 0xf1, 0x50, 0x80, 0x08, 0x1f};
    sample x = {"AAC", 0, sizeof(head), (const char *)head, NULL};

    memset(head + 6, 'a', sizeof(head) - 6);
    assert_string_equal(kind_of(&s, &x, 'a'), "");
    memcpy(head + 64, head, 6);
    assert_string_equal(kind_of(&s, &x, 'a'), "an AAC sound");
    scratch_done(&s);
}

/* They begin with a mark that is a word, and go on as no such file does. */
TEST(texts_that_begin_like_a_mark_are_texts)
{
    static const char *const texts[] = {"BM is a mark, BZh too",
                                        "BZh is one",
                                        "BZh1 is of level 1",
                                        "GIF89a is a name",
                                        "070707 is a number",
                                        "ID3 is a tag",
                                        "RIFF, said the drummer",
                                        "PAR1 is a key",
                                        "MZ was his name",
                                        "070701 is a number",
                                        "OggS and ends",
                                        "fLaC is a word",
                                        "GGUF is a format",
                                        "xxx ftyp and moov",
                                        "FEA1",
                                        "\xff\xfe u t f 1 6",
                                        "\xff\xfb is Latin 1",
                                        "\xef\xbb\xbf mark",
                                        "GGGGGGGGGGGGGGGGGGGGGG",
                                        "\x80 Latin 1",
                                        "PK, he said",
                                        "]00"};
    scratch s = scratch_new();

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        sample x = {"", 0, strlen(texts[i]), texts[i], NULL};
        const char *name = kind_of(&s, &x, 'G');

        if (name[0] != '\0')
            fail_msg("\"%s\" is taken for %s", texts[i], name);
    }
    scratch_done(&s);
}

TEST_MAIN
