/* ids.h - the reserved ids of every vocabulary, and those of bytes.
 *
 * A text is one document: SOS, its bytes, EOS. PAD fills up rows that are
 * shorter than others; it stands in no document and is never a target. */
#ifndef SIDLE_DATA_IDS_H
#define SIDLE_DATA_IDS_H

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SIDLE_PAD,
    SIDLE_EOS,
    SIDLE_SOS,
    SIDLE_BYTE,                         /* of byte 0; byte b is b more */
    SIDLE_BYTE_VOCAB = SIDLE_BYTE + 256 /* ids of a text of bytes */
};

#ifdef __cplusplus
}
#endif

#endif
