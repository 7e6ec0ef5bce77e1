/* version.c - which Sidle this is, as the build tells it. */
#include "base/version.h"
#include "base/commit.h" /* made by every build: src/base/commit.cmake */

const char *sidle_version(void)
{
    return SIDLE_VERSION;
}

const char *sidle_commit(void)
{
    return SIDLE_COMMIT;
}
