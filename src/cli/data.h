/* data.h - what `sidle data` makes and shows. */
#ifndef SIDLE_CLI_DATA_H
#define SIDLE_CLI_DATA_H

/* argv[0] is the kind; each answers the exit code. */
/* ---- in data_moving.c */
int sidle_cmd_data_moving(int argc, char **argv);

/* ---- in data_video.c */
int sidle_cmd_data_video(int argc, char **argv);
/* ---- in data_frames.c */
int sidle_cmd_data_frames(int argc, char **argv);
/* ---- in data_show.c */
int sidle_cmd_data_show(int argc, char **argv);

#endif
