/* words.h - what numbers that stand side by side in one array mean. */
#ifndef SIDLE_BASE_WORDS_H
#define SIDLE_BASE_WORDS_H

#ifdef __cplusplus
extern "C" {
#endif

/* For people and their tools; nothing of ours reads them. */
typedef struct sidle_words {
    const char *const *names; /* one a number of the last dimension */
    const char *const *units; /* of the same; "1": none */
    const char *const *rows;  /* one a row, or NULL */
} sidle_words;

#ifdef __cplusplus
}
#endif

#endif
