/* terminal.c - a command on a terminal of a given width, and what a person sees
 * there:
 *
 *   terminal WIDTH [NEW_WIDTH TEXT] -- COMMAND...
 *
 * The width changes once TEXT has come. Standard output gets every line that
 * the terminal ever had, those that went on to the next row with "~" in front,
 * and the exit code is the command's. A control sequence other than a carriage
 * return, a newline and "erase to the end of the line" is told as ESC. The file
 * "raw" gets the bytes. */
#define _GNU_SOURCE /* posix_openpt */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_ROWS = 5000, MOST_COLUMNS = 512 };

static unsigned screen[MOST_ROWS][MOST_COLUMNS]; /* characters; 0: none */
static int is_wrapped[MOST_ROWS];
static int row, column, width;

static void fail(const char *what)
{
    perror(what);
    exit(70);
}

static void new_row(void)
{
    if (row + 1 < MOST_ROWS)
        row++;
}

static void put(unsigned character)
{
    if (column >= width) {
        is_wrapped[row] = 1;
        new_row();
        column = 0;
    }
    screen[row][column++] = character;
}

static void erase(void)
{
    for (int c = column; c < MOST_COLUMNS; c++)
        screen[row][c] = 0;
}

/* The bytes of one character as a number: of no meaning but to print it. */
static size_t take(const unsigned char *at, size_t left, unsigned *character)
{
    size_t n = 1;

    *character = at[0];
    while (n < left && n < 4 && (at[n] & 0xc0) == 0x80)
        *character = *character << 8 | at[n++];
    return n;
}

static void play(const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n;) {
        unsigned character;

        if (n - i >= 3 && memcmp(bytes + i, "\033[K", 3) == 0) {
            erase();
            i += 3;
            continue;
        }
        i += take(bytes + i, n - i, &character);
        if (character == '\r')
            column = 0;
        else if (character == '\n')
            new_row();
        else if (character == 033)
            printf("ESC %.8s\n", (const char *)bytes + i);
        else
            put(character);
    }
}

static void print_character(unsigned character)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        if (character >> shift != 0)
            putchar((int)(character >> shift & 255));
}

static void print_screen(void)
{
    for (int r = 0; r <= row; r++) {
        int end = MOST_COLUMNS;

        while (end > 0 && screen[r][end - 1] == 0)
            end--;
        if (is_wrapped[r])
            putchar('~');
        for (int c = 0; c < end; c++)
            print_character(screen[r][c] != 0 ? screen[r][c] : ' ');
        if (end > 0 || r < row)
            putchar('\n');
    }
}

static int open_terminal(void)
{
    int fd = posix_openpt(O_RDWR | O_NOCTTY);

    if (fd < 0 || grantpt(fd) != 0 || unlockpt(fd) != 0)
        fail("terminal");
    return fd;
}

static void set_width(int fd, int columns)
{
    struct winsize size = {.ws_row = 24, .ws_col = (unsigned short)columns};

    if (ioctl(fd, TIOCSWINSZ, &size) != 0)
        fail("width");
    width = columns > 0 && columns < MOST_COLUMNS ? columns : MOST_COLUMNS - 1;
}

static void run_there(int fd, char **command)
{
    int there = open(ptsname(fd), O_RDWR);

    if (setsid() < 0 || there < 0 || dup2(there, 0) < 0 || dup2(there, 1) < 0 ||
        dup2(there, 2) < 0)
        fail("child");
    close(there);
    close(fd);
    execvp(command[0], command);
    fail(command[0]);
}

int main(int argc, char **argv)
{
    static unsigned char all[1 << 22];
    size_t n = 0, played = 0;
    int wide = argc > 1 ? atoi(argv[1]) : 0, status, at = 2, fd;
    int new_width = -1;
    const char *text = NULL;
    FILE *raw = fopen("raw", "wb");
    pid_t child;

    if (argc > 4 && strcmp(argv[2], "--") != 0) {
        new_width = atoi(argv[2]);
        text = argv[3];
        at = 4;
    }
    if (argc <= at + 1 || strcmp(argv[at], "--") != 0 || raw == NULL)
        return 64;
    fd = open_terminal();
    set_width(fd, wide);
    child = fork();
    if (child == 0)
        run_there(fd, argv + at + 1);
    for (;;) {
        ssize_t got = read(fd, all + n, sizeof(all) - 1 - n);

        if (got <= 0) /* EIO: nobody has it open any more */
            break;
        fwrite(all + n, 1, (size_t)got, raw);
        fflush(raw);
        n += (size_t)got;
        if (text == NULL || strstr((const char *)all, text) == NULL)
            continue;
        play(all, n);
        played = n;
        set_width(fd, new_width);
        text = NULL;
    }
    play(all + played, n - played);
    waitpid(child, &status, 0);
    print_screen();
    fclose(raw);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
