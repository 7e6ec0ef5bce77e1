/* test_comm.c - ranks leave by the same door, and one of them speaks. */
/* np: 1 2 4 */
#include "ranks.h"

#include "base/log.h"

#include <string.h>
#include <unistd.h>

/* What agreeing prints to standard error on this rank. */
static sidle_status agree_and_listen(sidle_status mine, char *text, size_t size)
{
    FILE *paper = tmpfile();
    int kept = dup(STDERR_FILENO);
    sidle_status status;
    size_t n;

    fflush(stderr);
    dup2(fileno(paper), STDERR_FILENO);
    status = sidle_agree(&ranks, mine);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(paper);
    n = fread(text, 1, size - 1, paper);
    text[n] = '\0';
    fclose(paper);
    return status;
}

TEST(all_agree_when_all_is_well)
{
    char text[256];

    EXPECT(agree_and_listen(SIDLE_OK, text, sizeof(text)) == SIDLE_OK);
    EXPECT(text[0] == '\0');
    ranks_finish();
}

TEST(all_ranks_agree_on_the_worst)
{
    int last = ranks.size - 1;
    sidle_status mine = SIDLE_ESTOPPED;
    char text[256];

    if (ranks.rank == last)
        mine = sidle_fail(SIDLE_EIO, "no space on the last rank");
    EXPECT(agree_and_listen(mine, text, sizeof(text)) == SIDLE_EIO);
    if (ranks.rank == last) {
        EXPECT(strstr(text, "no space on the last rank") != NULL);
        EXPECT(strstr(text, sidle_speaker()) != NULL);
        /* There is no doubt who speaks where there is one process. */
        EXPECT((strstr(text, ranks.host) != NULL) == (ranks.size > 1));
    } else {
        EXPECT(text[0] == '\0');
    }
    ranks_finish();
}

TEST(the_first_of_equals_speaks)
{
    char text[256];
    sidle_status mine = sidle_fail(SIDLE_EDATA, "from %d", ranks.rank);

    EXPECT(agree_and_listen(mine, text, sizeof(text)) == SIDLE_EDATA);
    EXPECT((strstr(text, "from 0") != NULL) == (ranks.rank == 0));
    EXPECT((text[0] != '\0') == (ranks.rank == 0));
    ranks_finish();
}

TEST(a_stop_is_no_failure_and_silent)
{
    char text[256];

    EXPECT(agree_and_listen(SIDLE_ESTOPPED, text, sizeof(text)) ==
           SIDLE_ESTOPPED);
    EXPECT(text[0] == '\0');
    ranks_finish();
}

TEST(a_failed_mpi_call_ends_with_70)
{
    int code;

    CODE_OF_DEATH(&code, SIDLE_MPI(MPI_Send(NULL, 0, MPI_INT, ranks.size + 9, 1,
                                            ranks.comm)));
    EXPECT(code == SIDLE_EINTERNAL);
    ranks_finish();
}

RANKS_MAIN
