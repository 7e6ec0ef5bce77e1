/* cmd_data.c - make a data file from other files, or show one. */
#include "base/text.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "cli/data.h"

#include <stdio.h>
#include <string.h>

static const sidle_command kinds[] = {
    {"moving", "video of moving clothes, labelled", sidle_cmd_data_moving},
    {"video", "clips of films", sidle_cmd_data_video},
    {"frames", "clips of folders with pictures", sidle_cmd_data_frames},
    {"show", "the clips of a video file, listed and drawn",
     sidle_cmd_data_show},
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void print_usage(FILE *out)
{
    fprintf(out, "Usage: sidle data KIND [ARGUMENT...]\n"
                 "Makes data files to train on, and shows them.\n\n");
    for (size_t i = 0; i < N_KINDS; i++)
        fprintf(out, "  %-9s %s\n", kinds[i].name, kinds[i].summary);
    fprintf(out, "\n  sidle data KIND --help     what KIND takes\n");
}

static int unknown(const char *word)
{
    const char *names[N_KINDS], *near;

    for (size_t i = 0; i < N_KINDS; i++)
        names[i] = kinds[i].name;
    near = sidle_text_nearest(word, names, N_KINDS);
    if (sidle_launcher_rank() == 0)
        fprintf(stderr,
                "sidle data: \"%s\" is not a kind of data%s%s%s; see sidle "
                "data --help\n",
                sidle_shown(word), near != NULL ? "; did you mean \"" : "",
                near != NULL ? near : "", near != NULL ? "\"" : "");
    return SIDLE_EUSAGE;
}

int sidle_cmd_data(int argc, char **argv)
{
    static const char *const help[] = {"--help", "-?", "-h", "--usage", "help"};

    if (argc < 2) {
        if (sidle_launcher_rank() == 0)
            print_usage(stderr);
        return SIDLE_EUSAGE;
    }
    for (size_t i = 0; i < sizeof(help) / sizeof(help[0]); i++)
        if (strcmp(argv[1], help[i]) == 0) {
            if (sidle_launcher_rank() == 0)
                print_usage(stdout);
            return SIDLE_OK;
        }
    for (size_t i = 0; i < N_KINDS; i++)
        if (strcmp(argv[1], kinds[i].name) == 0)
            return kinds[i].run(argc - 1, argv + 1);
    return unknown(argv[1]);
}
