/* test_corpus_share.c - documents that one rank has read, on all ranks. */
/* np: 1 2 4 */
#include "check.h"
#include "io/scratch.h"
#include "run/tokens.h"

#include "io/corpus_file.h"
#include "io/corpus_share.h"

#include <pthread.h>

#define TEXT "In the beginning"

static sidle_comm comm;
static scratch folder;
static int n_forks; /* of this process */

static void count_a_fork(void)
{
    n_forks++;
}

/* Before anybody reads: a file that all see. */
static void begin(void)
{
    if (comm.rank == 0) {
        folder = scratch_new();
        scratch_write(&folder, "text", TEXT, strlen(TEXT));
        make_tokens(scratch_path(&folder, "tokens.h5"), 3, 5);
    }
    MPI_Bcast(&folder, (int)sizeof(folder), MPI_BYTE, 0, comm.comm);
    n_forks = 0;
}

static void end(sidle_corpus *corpus)
{
    if (corpus->done != NULL)
        corpus->done(corpus);
    MPI_Barrier(comm.comm);
    if (comm.rank == 0)
        scratch_done(&folder);
}

static sidle_corpus open_text(void)
{
    sidle_corpus corpus = {0};

    if (comm.rank == 0)
        assert_int_equal(sidle_corpus_text(scratch_path(&folder, "text"),
                                           "data.path", 0, &corpus),
                         SIDLE_OK);
    return corpus;
}

static sidle_status share(const char *name, int is_funnel, sidle_corpus *corpus)
{
    return sidle_corpus_share(&comm, scratch_path(&folder, name), "data.path",
                              is_funnel, corpus);
}

static void expect_text(const sidle_corpus *corpus)
{
    assert_int_equal(corpus->n_bytes, strlen(TEXT));
    assert_int_equal(corpus->n_documents, 1);
    assert_null(corpus->offsets);
    assert_memory_equal(corpus->bytes, TEXT, strlen(TEXT));
}

TEST(a_text_is_mapped_by_all_or_sent)
{
    for (int is_funnel = 0; is_funnel < 2; is_funnel++) {
        sidle_corpus corpus;

        begin();
        corpus = open_text();
        assert_int_equal(share("text", is_funnel, &corpus), SIDLE_OK);
        expect_text(&corpus);
        assert_int_equal(n_forks, 0);
        end(&corpus);
    }
}

/* What is written into the file later reaches nobody, not even rank 0. */
TEST(a_funnel_needs_the_file_on_rank_0_only_and_once)
{
    sidle_corpus corpus;

    begin();
    corpus = open_text();
    if (comm.rank == 0) {
        int fd = open(scratch_path(&folder, "text"), O_WRONLY);

        unlink(scratch_path(&folder, "text"));
        assert_int_equal(share("text", 1, &corpus), SIDLE_OK);
        assert_int_equal(write(fd, "At", 2), 2);
        close(fd);
    } else {
        assert_int_equal(share("text", 1, &corpus), SIDLE_OK);
    }
    MPI_Barrier(comm.comm);
    expect_text(&corpus);
    end(&corpus);
}

TEST(a_text_that_not_all_see_is_refused_by_all)
{
    sidle_status expected = comm.size > 1 ? SIDLE_EIO : SIDLE_OK;
    sidle_corpus corpus;

    begin();
    corpus = open_text();
    if (comm.rank == 0)
        unlink(scratch_path(&folder, "text"));
    assert_int_equal(share("text", 0, &corpus), expected);
    if (comm.rank > 0)
        assert_non_null(strstr(sidle_fail_text(),
                               "; where only rank 0 sees the file, set "
                               "checkpoint.mode=funnel"));
    end(&corpus);
}

TEST(another_text_in_its_place_is_refused_by_all)
{
    sidle_status expected = comm.size > 1 ? SIDLE_EIO : SIDLE_OK;
    sidle_corpus corpus;

    begin();
    corpus = open_text();
    if (comm.rank == 0) {
        unlink(scratch_path(&folder, "text"));
        scratch_write(&folder, "text", "Other", 5);
    }
    assert_int_equal(share("text", 0, &corpus), expected);
    if (comm.rank > 0)
        assert_non_null(strstr(sidle_fail_text(),
                               "(data.path) has 5 bytes here, but 16 on rank "
                               "0"));
    end(&corpus);
}

TEST(tokens_are_sent_and_one_process_is_started)
{
    for (int is_funnel = 0; is_funnel < 2; is_funnel++) {
        const char *path;
        sidle_corpus corpus = {0};

        begin();
        path = scratch_path(&folder, "tokens.h5");
        if (comm.rank == 0)
            assert_int_equal(
                sidle_corpus_tokens(path, "data.path", 20, &corpus), SIDLE_OK);
        assert_int_equal(share("tokens.h5", is_funnel, &corpus), SIDLE_OK);
        assert_int_equal(corpus.n_documents, 2);
        assert_int_equal(corpus.vocab, 20);
        assert_int_equal(sidle_corpus_length(&corpus, 1), 5);
        assert_int_equal(corpus.tokens[7], 12);
        assert_int_equal(n_forks, comm.rank == 0);
        end(&corpus);
    }
}

int main(void)
{
    int failed;

    if (sidle_comm_open(&comm) != SIDLE_OK)
        return 1;
    pthread_atfork(count_a_fork, NULL, NULL);
    failed = test_all(NULL, NULL);
    MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_SUM, comm.comm);
    sidle_comm_close(&comm);
    return failed != 0;
}
