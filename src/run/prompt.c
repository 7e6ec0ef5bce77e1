/* prompt.c - what a sequence begins with: a text, and its tokens. */
#include "run/prompt.h"

#include "base/text.h"
#include "data/corpus.h"
#include "data/ids.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROMPT_MAX ((size_t)1 << 26) /* bytes */

static sidle_status read_stream(FILE *file, const char *path, sidle_prompt *p)
{
    size_t room = 1 << 15, n;

    do {
        room *= 2;
        p->text = realloc(p->text, room + 1);
        SIDLE_CHECK(p->text != NULL, "no memory for the prompt");
        n = fread(p->text + p->n_text, 1, room - p->n_text, file);
        p->n_text += n;
    } while (n > 0 && p->n_text <= PROMPT_MAX);
    p->text[p->n_text] = '\0';
    if (p->n_text > PROMPT_MAX)
        return sidle_fail(SIDLE_EUSAGE,
                          "the prompt \"%s\" has more than %zu bytes", path,
                          PROMPT_MAX);
    if (ferror(file))
        return sidle_fail(SIDLE_EIO, "cannot read the prompt \"%s\": %s", path,
                          strerror(errno));
    return SIDLE_OK;
}

sidle_status sidle_prompt_read(const char *path, sidle_prompt *p)
{
    FILE *file;
    sidle_status status;

    if (strcmp(path, "-") == 0)
        return read_stream(stdin, "standard input", p);
    file = fopen(path, "rb");
    if (file == NULL)
        return sidle_fail(SIDLE_EIO, "cannot read the prompt \"%s\": %s", path,
                          strerror(errno));
    status = read_stream(file, path, p);
    fclose(file);
    return status;
}

static void bytes_to_tokens(sidle_prompt *p)
{
    for (size_t i = 0; i < p->n_text; i++)
        p->tokens[p->n_tokens++] = (unsigned char)p->text[i] + SIDLE_BYTE;
}

static sidle_status numbers_to_tokens(sidle_prompt *p)
{
    char *rest = NULL;
    char *words_of = strdup(p->text);
    sidle_status status = SIDLE_OK;

    SIDLE_CHECK(words_of != NULL, "no memory for the prompt");
    if (strlen(p->text) != p->n_text)
        status = sidle_fail(SIDLE_EDATA,
                            "the prompt contains a byte 0; expected token "
                            "ids, separated by blanks");
    for (char *word = strtok_r(words_of, " \t\r\n,", &rest);
         word != NULL && status == SIDLE_OK;
         word = strtok_r(NULL, " \t\r\n,", &rest)) {
        int64_t number;

        if (!sidle_text_int(word, &number) || number < 0 ||
            number > INT32_MAX) {
            status = sidle_fail(SIDLE_EDATA,
                                "\"%s\" in the prompt is not the number of a "
                                "token; this model was trained on tokens",
                                word);
            break;
        }
        p->tokens[p->n_tokens++] = (int32_t)number;
    }
    free(words_of);
    return status;
}

void sidle_prompt_set(sidle_prompt *p, const char *text)
{
    p->text = strdup(text);
    SIDLE_CHECK(p->text != NULL, "no memory for the prompt");
    p->n_text = strlen(text);
}

static sidle_status check(const sidle_prompt *p, ptrdiff_t vocab)
{
    for (int64_t k = 0; k < p->n_tokens; k++)
        if (p->tokens[k] <= SIDLE_PAD || p->tokens[k] >= vocab)
            return sidle_fail(SIDLE_EDATA,
                              "token %lld of the prompt is %d, which is not "
                              "in the vocabulary of 1 to %td",
                              (long long)k, p->tokens[k], vocab - 1);
    return SIDLE_OK;
}

sidle_status sidle_prompt_encode(sidle_prompt *p, int has_bytes,
                                 ptrdiff_t vocab)
{
    free(p->tokens);
    p->n_tokens = 0;
    p->tokens = malloc((p->n_text + 1) * sizeof(*p->tokens));
    SIDLE_CHECK(p->tokens != NULL, "no memory for the prompt");
    if (has_bytes)
        bytes_to_tokens(p);
    else
        SIDLE_TRY(numbers_to_tokens(p));
    return check(p, vocab);
}

void sidle_prompt_done(sidle_prompt *p)
{
    free(p->text);
    free(p->tokens);
    *p = (sidle_prompt){0};
}
