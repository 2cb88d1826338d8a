/* libfuse's low-level interface as Debian 12 has it (3.14); newer libraries keep this version's symbols. */
#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>
