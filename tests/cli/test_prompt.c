/* test_prompt.c - prompts of a model of tokens, through the commands. */
#include "check.h"
#include "io/scratch.h"
#include "run/tokens.h"

#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef int (*command)(int argc, char **argv);

/* Run a command in a process of its own, which may start MPI; its exit code,
 * and what it says in the files "out" and "err". */
static int run(const scratch *s, command what, const char *const *words)
{
    const char *out = scratch_path(s, "out"), *err = scratch_path(s, "err");
    char *argv[16];
    int argc = 0, state = 0;
    pid_t child;

    for (; words[argc] != NULL; argc++) {
        assert_true(argc < 15);
        argv[argc] = strdup(words[argc]);
        assert_non_null(argv[argc]);
    }
    argv[argc] = NULL;
    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int code = 99;

        if (freopen(out, "w", stdout) != NULL &&
            freopen(err, "w", stderr) != NULL)
            code = what(argc, argv);
        fflush(NULL);
        _exit(code);
    }
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    assert_int_equal(waitpid(child, &state, 0), child);
    assert_true(WIFEXITED(state));
    return WEXITSTATUS(state);
}

static const char *said(const scratch *s, const char *name)
{
    static char text[4096];
    FILE *file = fopen(scratch_path(s, name), "r");
    size_t n;

    assert_non_null(file);
    n = fread(text, 1, sizeof(text) - 1, file);
    text[n] = '\0';
    fclose(file);
    return text;
}

static void train(const scratch *s)
{
    char dir[128], path[128];
    const char *const words[] = {"train", scratch_path(s, "run.yaml"), dir,
                                 path, NULL};
    FILE *file = fopen(scratch_path(s, "run.yaml"), "w");

    assert_non_null(file);
    fputs("run: {steps: 2}\n"
          "model: {vocab: 20, context: 4, latents: 4, width: 8, heads: 2, "
          "layers: 1}\n"
          "data: {kind: tokens, batch: 2}\n",
          file);
    fclose(file);
    make_tokens(scratch_path(s, "tokens.h5"), 4, 4);
    snprintf(dir, sizeof(dir), "run.dir=%s/run", s->folder);
    snprintf(path, sizeof(path), "data.path=%s/tokens.h5", s->folder);
    assert_int_equal(run(s, sidle_cmd_train, words), SIDLE_OK);
}

static int sample(const scratch *s, const char *prompt)
{
    const char *const words[] = {
        "sample",   scratch_path(s, "run/checkpoints/final.h5"),
        "--length", "2",
        "--greedy", "--prompt",
        prompt,     NULL};

    return run(s, sidle_cmd_sample, words);
}

TEST(a_prompt_is_of_the_vocabulary_or_refused)
{
    scratch s = scratch_new();
    char clean[96];

    train(&s);
    assert_int_equal(sample(&s, "5 19"), SIDLE_OK);
    assert_int_equal(strncmp(said(&s, "out"), "5 19", 4), 0);
    assert_int_equal(sample(&s, "5 20"), SIDLE_EDATA);
    assert_string_equal(said(&s, "out"), "");
    assert_non_null(strstr(said(&s, "err"), "token 1 of the prompt is 20"));
    assert_int_equal(sample(&s, "0"), SIDLE_EDATA);
    assert_int_equal(sample(&s, "In the beginning"), SIDLE_EDATA);
    assert_string_equal(said(&s, "out"), "");
    assert_non_null(strstr(said(&s, "err"), "\"In\""));
    snprintf(clean, sizeof(clean), "rm -r %s/run", s.folder);
    assert_int_equal(system(clean), 0);
    scratch_done(&s);
}

TEST_MAIN
