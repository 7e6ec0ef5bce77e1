/* limits.h - the available memory: that of the machine, and the limits of the
 * job's control groups. */
#ifndef SIDLE_RUN_LIMITS_H
#define SIDLE_RUN_LIMITS_H

#include <stdint.h>

enum { SIDLE_MOST_LIMITS = 16, SIDLE_LIMIT_NAME = 160 };

/* A limit holds for all processes of a group together, which may be more than
 * those of this run on a host, or fewer. */
typedef struct sidle_limit {
    uint64_t device, inode; /* of the group; zeros: the machine itself */
    double bytes;
    char name[SIDLE_LIMIT_NAME]; /* the file that contains it; "" for the
                                    machine */
} sidle_limit;

/** Main memory, then the control groups of this process, from its own to the
 * root. Shapes: limits (SIDLE_MOST_LIMITS); returns how many. Calls: local. */
int sidle_limits_find(sidle_limit *limits);

/**
 * The groups alone, of both versions: `groups` is a file such as
 * /proc/self/cgroup, `root` a folder such as /sys/fs/cgroup. What cannot be
 * read limits nothing.
 */
int sidle_limits_of_groups(const char *groups, const char *root,
                           sidle_limit *limits, int most);

#endif
