/* libfuse3's low-level interface as Debian 12 has it (3.14); newer libraries keep this version's symbols. */
#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>
/* The protocol itself: libfuse leaves parts of a request out. */
#include <linux/fuse.h>
#include <sys/ioctl.h>

/* Declared in fuse.h, which has nothing else of the low-level interface: has fusermount3 mount. */
int fuse_open_channel(const char *mountpoint, const char *options);

/* FUSE_DEV_IOC_CLONE: makes an opened /dev/fuse a further queue of the connection of another one. */
static inline int berth_clone_connection(int device, unsigned connection) {
    return ioctl(device, FUSE_DEV_IOC_CLONE, &connection);
}
