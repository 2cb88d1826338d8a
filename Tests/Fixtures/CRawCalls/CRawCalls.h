/*
 * What the test programs need from C: any system call by its number, and calls that are variadic or macros in C.
 * Header only. Each inline is the bare call: it returns -1 and sets errno.
 */
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/kcmp.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

/* syscall(2) with all six arguments; pointers come as their address. */
static inline long raw_call(long number, long a, long b, long c, long d, long e, long f) {
    return syscall(number, a, b, c, d, e, f);
}

/* open(2), fcntl(2), ioctl(2), ptrace(2) and execl(3) are variadic in C. */
static inline int raw_openat(int directory, const char *path, int flags, mode_t mode) {
    return openat(directory, path, flags, mode);
}
static inline int raw_fcntl(int descriptor, int command, long argument) {
    return fcntl(descriptor, command, argument);
}
static inline int raw_lock(int descriptor, int command, struct flock *lock) { return fcntl(descriptor, command, lock); }
static inline int raw_ioctl(int descriptor, unsigned long request, void *argument) {
    return ioctl(descriptor, request, argument);
}
static inline long raw_ptrace(int request, pid_t process) { return ptrace(request, process, (void *)0, (void *)0); }

/* The status words of wait(2) are macros in C. */
static inline int raw_exited(int status) { return WIFEXITED(status); }
static inline int raw_exit_status(int status) { return WEXITSTATUS(status); }
static inline int raw_signal(int status) { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }

/* Numbers written as macros with casts, which Swift does not import. */
static const unsigned long raw_fs_ioc_getflags = 0x80086601UL; /* FS_IOC_GETFLAGS */
static const unsigned long raw_fs_ioc_setflags = 0x40086602UL; /* FS_IOC_SETFLAGS */
static const unsigned long raw_ficlone = 0x40049409UL;         /* FICLONE */
static const unsigned long raw_ns_get_userns = 0xb701UL;       /* NS_GET_USERNS */
static const unsigned long raw_ns_get_parent = 0xb702UL;       /* NS_GET_PARENT */
static const unsigned long raw_tiocsti = 0x5412UL;             /* TIOCSTI */
static const unsigned long raw_tioclinux = 0x541cUL;           /* TIOCLINUX */

/*
 * Makes every later call of unshare(2), and of clone(2) with CLONE_NEWUSER, fail with EPERM, as the seccomp profiles of
 * container engines do; clone3(2) gets ENOSYS, since its flags lie in memory. Sets no_new_privs.
 */
static inline int raw_refuse_user_namespaces(void) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_unshare, 5, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 5, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_NEWUSER, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    };
    struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1) return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

/* Makes fsopen(2), move_mount(2) and mount(2) fail with EPERM, as a profile does that knows of unshare(2) only. */
static inline int raw_refuse_mounts(void) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fsopen, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_move_mount, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mount, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    };
    struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1) return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

/* Makes FUSE_DEV_IOC_BACKING_OPEN of ioctl(2) fail with EPERM. */
static inline int raw_refuse_backing_files(void) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 24),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x4010e501, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    };
    struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1) return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

static inline int raw_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    return prctl(option, a, b, c, d);
}
static const int raw_tmpfile = O_TMPFILE;
static const int raw_direct = O_DIRECT;
static const int raw_keep_size = FALLOC_FL_KEEP_SIZE;
static const int raw_punch_hole = FALLOC_FL_PUNCH_HOLE;
static const int raw_empty_path = AT_EMPTY_PATH;
static const long raw_utime_now = UTIME_NOW;
static const long raw_utime_omit = UTIME_OMIT;
static const int raw_ofd_setlk = F_OFD_SETLK;

/* bind(2) and connect(2) for unix(7); the path must be shorter than 108 bytes. */
static inline int raw_bind_unix(int socket, const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    __builtin_strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    return bind(socket, (struct sockaddr *)&address, sizeof address);
}
static inline int raw_connect_unix(int socket, const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    __builtin_strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    return connect(socket, (struct sockaddr *)&address, sizeof address);
}

/* Streams are variables that Swift will not touch. */
#include <stdio.h>
static inline FILE *stdout_stream(void) { return stdout; }

/* renameat2(2), RENAME_EXCHANGE. */
static inline int raw_rename_exchange(const char *one, const char *other) {
    return (int)syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, 2);
}

/* The handler of struct sigaction is a union of function pointers. */
static inline int raw_is_ignored(int number) {
    struct sigaction action;
    return sigaction(number, 0, &action) == 0 && action.sa_handler == SIG_IGN;
}

/* connect(2) and bind(2) for abstract names of unix(7), and for addresses of ip(7), in the host's byte order. */
static inline socklen_t raw_abstract(struct sockaddr_un *address, const char *name) {
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    __builtin_strncpy(address->sun_path + 1, name, sizeof address->sun_path - 2);
    return (socklen_t)(sizeof(sa_family_t) + 1 + __builtin_strlen(name));
}
static inline int raw_connect_abstract(int socket, const char *name) {
    struct sockaddr_un address;
    socklen_t length = raw_abstract(&address, name);
    return connect(socket, (struct sockaddr *)&address, length);
}
static inline int raw_bind_abstract(int socket, const char *name) {
    struct sockaddr_un address;
    socklen_t length = raw_abstract(&address, name);
    return bind(socket, (struct sockaddr *)&address, length);
}
static inline struct sockaddr_in raw_address(unsigned host, unsigned short port) {
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = __builtin_bswap16(port), .sin_addr = {__builtin_bswap32(host)}};
}
static inline int raw_connect(int socket, unsigned host, unsigned short port) {
    struct sockaddr_in address = raw_address(host, port);
    return connect(socket, (struct sockaddr *)&address, sizeof address);
}
static inline int raw_connect_loopback(int socket, unsigned short port) {
    return raw_connect(socket, INADDR_LOOPBACK, port);
}
/* The port that was bound, or -1. */
static inline int raw_bind_loopback(int socket) {
    struct sockaddr_in address = raw_address(INADDR_LOOPBACK, 0);
    socklen_t length = sizeof address;
    if (bind(socket, (struct sockaddr *)&address, length) == -1) return -1;
    if (getsockname(socket, (struct sockaddr *)&address, &length) == -1) return -1;
    return __builtin_bswap16(address.sin_port);
}

/* netdevice(7), SIOCSIFFLAGS. */
static inline int raw_set_flags(int socket, const char *interface, short flags) {
    struct ifreq request = {.ifr_flags = flags};
    __builtin_strncpy(request.ifr_name, interface, sizeof request.ifr_name - 1);
    return ioctl(socket, SIOCSIFFLAGS, &request);
}
