/* data.h - the kinds of data that `sidle data` makes. */
#ifndef SIDLE_CLI_DATA_H
#define SIDLE_CLI_DATA_H

/* argv[0] is the kind; each answers the exit code. */
/* ---- in data_moving.c */
int sidle_data_moving(int argc, char **argv);

#endif
