/* libfuse3's low-level interface as Debian 12 has it (3.14); newer libraries keep this version's symbols. */
#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

/* Declared in fuse.h, which has nothing else of the low-level interface: has fusermount3 mount. */
int fuse_open_channel(const char *mountpoint, const char *options);
