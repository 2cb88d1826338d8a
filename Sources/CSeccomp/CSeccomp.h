/* libseccomp, seccomp_init(3): system call filters. And the call by which one is put in force. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <linux/filter.h>
#include <linux/fuse.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* seccomp(2) has no wrapper in glibc. */
static inline int berth_seccomp_set_filter(unsigned flags, const void *instructions, unsigned short count) {
    struct sock_fprog program = {.len = count, .filter = (struct sock_filter *)instructions};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/* FUSE_DEV_IOC_CLONE: the request of ioctl(2) by which a device becomes a further queue of a connection. */
static inline unsigned long berth_clone_connection_request(void) { return FUSE_DEV_IOC_CLONE; }
