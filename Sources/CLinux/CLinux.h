/*
 * What the Glibc module of Swift does not bring: kernel headers, and calls that are variadic in C or unknown to
 * glibc 2.36. Each inline is the bare call: it returns -1 and sets errno.
 */
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <net/if.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Numbers that are newer than the headers of Debian 12. */
#ifndef __NR_fchmodat2
#define __NR_fchmodat2 452
#endif

/* prctl(2) with its four further arguments as unsigned long, as the kernel takes them. */
static inline int berth_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    return prctl(option, a, b, c, d);
}

/* pivot_root(2) has no wrapper in glibc. */
static inline int berth_pivot_root(const char *new_root, const char *put_old) {
    return (int)syscall(SYS_pivot_root, new_root, put_old);
}

/* fchmodat2(2), Linux 6.6: fchmodat that honours AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH. */
static inline int berth_fchmodat2(int directory, const char *path, mode_t mode, int flags) {
    return (int)syscall(__NR_fchmodat2, directory, path, mode, flags);
}

/* clone(2) as fork(2) with namespaces of the child's own: no stack, the signal SIGCHLD. */
static inline pid_t berth_fork_into(unsigned long namespaces) {
    return (pid_t)syscall(SYS_clone, namespaces | SIGCHLD, 0, 0, 0, 0);
}

/* getdents64(2): raw directory records, struct linux_dirent64. */
static inline ssize_t berth_getdents64(int directory, void *buffer, size_t size) {
    return (ssize_t)syscall(SYS_getdents64, directory, buffer, size);
}

/* landlock(7). */
static inline int berth_landlock_create_ruleset(const struct landlock_ruleset_attr *attr, size_t size, unsigned flags) {
    return (int)syscall(__NR_landlock_create_ruleset, attr, size, flags);
}
static inline int berth_landlock_add_path_rule(int ruleset, const struct landlock_path_beneath_attr *rule) {
    return (int)syscall(__NR_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, rule, 0);
}
static inline int berth_landlock_restrict_self(int ruleset) {
    return (int)syscall(__NR_landlock_restrict_self, ruleset, 0);
}

/* open(2) is variadic in C. */
static inline int berth_openat(int directory, const char *path, int flags, mode_t mode) {
    return openat(directory, path, flags, mode);
}

/* statx(2): in Swift the structure hides the function of the same name. */
static inline int berth_statx(int directory, const char *path, int flags, unsigned mask, struct statx *answer) {
    return statx(directory, path, flags, mask, answer);
}

/* makedev(3) is a macro in C. */
static inline dev_t berth_makedev(unsigned major, unsigned minor) { return makedev(major, minor); }

/* The status words of wait(2) are macros in C. */
static inline int berth_wifexited(int status) { return WIFEXITED(status); }
static inline int berth_wexitstatus(int status) { return WEXITSTATUS(status); }
static inline int berth_wifsignaled(int status) { return WIFSIGNALED(status); }
static inline int berth_wtermsig(int status) { return WTERMSIG(status); }
static inline int berth_wifstopped(int status) { return WIFSTOPPED(status); }
static inline int berth_wstopsig(int status) { return WSTOPSIG(status); }

/* syscall(2) with all six arguments; pointers come as their address. */
static inline long berth_raw_call(long number, const long *arguments) {
    return syscall(
        number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}

/* ioctl_ns(2), NS_GET_PARENT: a descriptor for the namespace above this one. */
static inline int berth_parent_namespace(int descriptor) { return ioctl(descriptor, 0xb702); }

/* netdevice(7), SIOCGIFFLAGS and SIOCSIFFLAGS: the flags of the interface that the request names. */
static inline int berth_interface_flags(int socket, unsigned long call, struct ifreq *request) {
    return ioctl(socket, call, request);
}

/* ioctl_ns(2), NS_GET_USERNS: a descriptor for the user namespace that owns this namespace. */
static inline int berth_owning_namespace(int descriptor) { return ioctl(descriptor, 0xb701); }

/* openat2(2): no wrapper in glibc 2.36. The address of the structure is what a filter sees. */
static inline int berth_openat2(int directory, const char *path, unsigned long how) {
    return (int)syscall(SYS_openat2, directory, path, how, sizeof(struct open_how));
}

/* fchownat(2) with AT_EMPTY_PATH, and the path as the address that a filter sees. */
static inline int berth_change_owner(int file, unsigned long path, uid_t user, gid_t group) {
    return (int)syscall(SYS_fchownat, file, path, user, group, AT_EMPTY_PATH);
}
