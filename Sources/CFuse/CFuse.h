/* libfuse3's low-level interface as Debian 12 has it (3.14); newer libraries keep this version's symbols. */
#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>
/* The protocol itself: libfuse leaves parts of a request out. */
#include <linux/fuse.h>
#include <sys/ioctl.h>

/* Declared in fuse.h, which has nothing else of the low-level interface: has fusermount3 mount. */
int fuse_open_channel(const char *mountpoint, const char *options);

/* Functions in 3.14, macros in 3.17 and later. */
static inline struct fuse_session *berth_session_new(
    struct fuse_args *args, const struct fuse_lowlevel_ops *table, size_t size, void *user_data) {
    return fuse_session_new(args, table, size, user_data);
}
static inline int berth_session_custom_io(struct fuse_session *session, const struct fuse_custom_io *access, int device) {
    return fuse_session_custom_io(session, access, device);
}

/* FUSE_DEV_IOC_CLONE: makes an opened /dev/fuse a further queue of the connection of another one. */
static inline int berth_clone_connection(int device, unsigned connection) {
    return ioctl(device, FUSE_DEV_IOC_CLONE, &connection);
}

/* Newer than the protocol in Debian 12's headers, 7.38: what they lack is written down here as fuse(4) has it. */
#ifndef FUSE_PASSTHROUGH /* 7.40, Linux 6.9 */
#define FUSE_PASSTHROUGH (1ULL << 37)
#define FOPEN_PASSTHROUGH (1 << 7)
struct fuse_backing_map {
    int32_t fd;
    uint32_t flags;
    uint64_t padding;
};
#define FUSE_DEV_IOC_BACKING_OPEN _IOW(FUSE_DEV_IOC_MAGIC, 1, struct fuse_backing_map)
#define FUSE_DEV_IOC_BACKING_CLOSE _IOW(FUSE_DEV_IOC_MAGIC, 2, uint32_t)
#endif
#ifndef FUSE_ALLOW_IDMAP /* 7.41, Linux 6.12 */
#define FUSE_ALLOW_IDMAP (1ULL << 40)
#endif
#ifndef FUSE_OVER_IO_URING /* 7.42, Linux 6.14 */
#define FUSE_OVER_IO_URING (1ULL << 41)
#endif

/* FUSE_DEV_IOC_BACKING_OPEN: the number by which an answer to open can name the file. */
static inline int berth_open_backing(int device, int file) {
    struct fuse_backing_map map = {.fd = file};
    return ioctl(device, FUSE_DEV_IOC_BACKING_OPEN, &map);
}
static inline int berth_close_backing(int device, uint32_t number) {
    return ioctl(device, FUSE_DEV_IOC_BACKING_CLOSE, &number);
}
static inline unsigned long berth_open_backing_request(void) { return FUSE_DEV_IOC_BACKING_OPEN; }
static inline unsigned long berth_close_backing_request(void) { return FUSE_DEV_IOC_BACKING_CLOSE; }

/* max_stack_depth, which follows flags2: a reserved word of older headers. */
static inline void berth_set_stack_depth(struct fuse_init_out *answer, uint32_t depth) { (&answer->flags2)[1] = depth; }

/* backing_id, the last word of the structure: padding of older headers. */
static inline void berth_set_backing(struct fuse_open_out *answer, int32_t number) {
    ((int32_t *)answer)[sizeof *answer / sizeof(int32_t) - 1] = number;
}
