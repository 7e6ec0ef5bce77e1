/* ids.h - the reserved ids of every vocabulary, and those of bytes.
 *
 * A text is one document: SOS, its bytes, EOS. PAD fills rows that are shorter
 * than others; no document contains it, and it is never a target. */
#ifndef SIDLE_DATA_IDS_H
#define SIDLE_DATA_IDS_H

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SIDLE_PAD,
    SIDLE_EOS,
    SIDLE_SOS,
    SIDLE_BYTE, /* of byte 0; byte b is SIDLE_BYTE + b */
    SIDLE_BYTE_VOCAB = SIDLE_BYTE + 256 /* ids of a text of bytes */
};

#ifdef __cplusplus
}
#endif

#endif
