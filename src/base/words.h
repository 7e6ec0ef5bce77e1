/* words.h - the meaning of the numbers in one array. */
#ifndef SIDLE_BASE_WORDS_H
#define SIDLE_BASE_WORDS_H

#ifdef __cplusplus
extern "C" {
#endif

/* Written for people and other tools; Sidle itself does not read them. */
typedef struct sidle_words {
    const char *const *names; /* of each number of the last dimension */
    const char *const *units; /* of the same numbers; "1": no unit */
    const char *const *rows;  /* of each row, or NULL */
} sidle_words;

#ifdef __cplusplus
}
#endif

#endif
