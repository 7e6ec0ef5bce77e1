/* sample_out.c - sequences on standard output, token by token. */
#include "cli/sample_out.h"

#include "data/corpus.h"
#include "data/ids.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void write_token(sidle_sample_out *out, int32_t token)
{
    char word[24];
    int n;

    if (out->is_ids)
        printf("%s%d", out->n_written > 0 ? " " : "", token);
    else if (token >= SIDLE_BYTE && token < SIDLE_BYTE_VOCAB)
        sidle_sample_put(&out->text, (unsigned char)(token - SIDLE_BYTE));
    else {
        n = snprintf(word, sizeof(word), "<%d>", token);
        sidle_sample_puts(&out->text, word, (size_t)n);
    }
    out->n_written++;
}

void sidle_sample_out_begin(sidle_sample_out *out, const int32_t *prompt,
                            int64_t n)
{
    out->n_written = 0;
    for (int64_t k = 0; k < n; k++)
        write_token(out, prompt[k]);
}

static sidle_status flush(void)
{
    if (fflush(stdout) != 0)
        return sidle_fail(SIDLE_EIO, "cannot write to standard output: %s",
                          strerror(errno));
    return SIDLE_OK;
}

sidle_status sidle_sample_out_next(void *context, int32_t token)
{
    sidle_sample_out *out = context;

    if (token != SIDLE_EOS)
        write_token(out, token);
    return flush();
}

sidle_status sidle_sample_out_end(sidle_sample_out *out)
{
    if (out->is_ids)
        putchar('\n');
    else
        sidle_sample_end(&out->text);
    return flush();
}

void sidle_sample_out_between(sidle_sample_out *out, const char *separator,
                              size_t n)
{
    if (out->is_ids)
        return;
    if (separator != NULL)
        sidle_sample_puts(&out->text, separator, n);
    else if (!out->text.is_for_people)
        sidle_sample_put(&out->text, '\0');
}

int sidle_sample_out_is_open(const sidle_sample_out *out)
{
    struct stat text, here;

    return !out->is_ids && out->text.is_in_line &&
           fstat(STDOUT_FILENO, &text) == 0 &&
           fstat(STDERR_FILENO, &here) == 0 && text.st_dev == here.st_dev &&
           text.st_ino == here.st_ino;
}
