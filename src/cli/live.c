/* live.c - drawing with a carriage return and "erase to the end of the line",
 * which all terminals know but dumb ones. */
#include "cli/live.h"

#include "base/log.h"
#include "base/text.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { USUAL_WIDTH = 80, LEAST_WIDTH = 2 };

static int terminal = -1; /* its descriptor, to be asked for its width */
static int is_ours;       /* not opened here */
static int is_on;
static char line[512]; /* as it is drawn; empty: none */

/* Under mpirun our own standard error is a pipe to the launcher; what counts is
 * where the launcher's goes. A file is one that a script in between opened. */
static int open_launcher(void)
{
    char link[64], target[64];
    struct stat own;
    ssize_t n;

    if (getenv("OMPI_COMM_WORLD_RANK") == NULL ||
        fstat(STDERR_FILENO, &own) != 0 || S_ISREG(own.st_mode))
        return -1;
    snprintf(link, sizeof(link), "/proc/%d/fd/2", (int)getppid());
    n = readlink(link, target, sizeof(target) - 1);
    if (n <= 0)
        return -1;
    target[n] = '\0';
    if (strncmp(target, "/dev/pts/", 9) != 0 &&
        strncmp(target, "/dev/tty", 8) != 0)
        return -1;
    return open(link, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

static int can_erase(void)
{
    const char *term = getenv("TERM");

    return term == NULL ||
           (strcmp(term, "dumb") != 0 && strcmp(term, "unknown") != 0);
}

static void wipe(void)
{
    fputs("\r\033[K", stderr);
}

static void draw(void)
{
    if (line[0] != '\0')
        fprintf(stderr, "\r%s\033[K", line);
    fflush(stderr);
}

void sidle_live_begin(int draws)
{
    is_ours = isatty(STDERR_FILENO);
    terminal = is_ours ? STDERR_FILENO : open_launcher();
    line[0] = '\0';
    if (terminal < 0 || !can_erase())
        return;
    is_on = draws;
    sidle_log_set_live(wipe, draws ? draw : NULL);
}

/* The variable may be of another terminal, or wished for: the least counts. */
size_t sidle_live_columns(void)
{
    const char *text = getenv("COLUMNS");
    struct winsize size = {0};
    int64_t width = 0, wished = 0;

    if (terminal >= 0 && ioctl(terminal, TIOCGWINSZ, &size) == 0)
        width = size.ws_col;
    if (text != NULL && sidle_text_int(text, &wished) && wished > 0 &&
        (width == 0 || wished < width))
        width = wished;
    if (width == 0)
        width = USUAL_WIDTH;
    return (size_t)(width < LEAST_WIDTH ? LEAST_WIDTH : width) - 1;
}

void sidle_live_draw(const char *const *words, size_t n)
{
    if (!is_on)
        return;
    sidle_text_line(words, n, sidle_live_columns(), line, sizeof(line));
    draw();
}

void sidle_live_print(const char *const *words, size_t n)
{
    char text[sizeof(line)];

    sidle_text_line(words, n, sidle_live_columns(), text, sizeof(text));
    if (is_on)
        wipe();
    fprintf(stderr, "%s\n", text);
    draw();
}

void sidle_live_end(void)
{
    if (is_on && line[0] != '\0')
        wipe();
    fflush(stderr);
    sidle_log_set_live(NULL, NULL);
    if (terminal >= 0 && !is_ours)
        close(terminal);
    terminal = -1;
    is_on = 0;
    line[0] = '\0';
}

const sidle_display *sidle_live_display(void)
{
    static const sidle_display display = {sidle_live_draw, sidle_live_print,
                                          sidle_live_end};

    return terminal >= 0 ? &display : NULL;
}
