/* version.h - the version of Sidle and the commit that it was built from. */
#ifndef SIDLE_BASE_VERSION_H
#define SIDLE_BASE_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

/** The version, for example "0.1.0". Calls: local. */
const char *sidle_version(void);
/** The commit of the sources, or "unknown". Calls: local. */
const char *sidle_commit(void);

#ifdef __cplusplus
}
#endif

#endif
