/// The calls of the default profile, by what they are for. Which calls those are is what the container engines agree upon.
enum CallTable {
    /// What a program may do without a capability, and does.
    static let allowed = [
        // Processes and their ids.
        "fork", "vfork", "clone", "clone3", "execve", "execveat", "exit", "exit_group", "wait4", "waitid", "waitpid",
        "kill", "tkill", "tgkill", "pause", "alarm", "getpid", "getppid", "gettid", "getpgid", "getpgrp", "getsid",
        "setpgid", "setsid", "getuid", "getuid32", "geteuid", "geteuid32", "getgid", "getgid32", "getegid",
        "getegid32", "getresuid", "getresuid32", "getresgid", "getresgid32", "getgroups", "getgroups32", "setuid",
        "setuid32", "setgid", "setgid32", "setreuid", "setreuid32", "setregid", "setregid32", "setresuid",
        "setresuid32", "setresgid", "setresgid32", "setfsuid", "setfsuid32", "setfsgid", "setfsgid32", "setgroups",
        "setgroups32", "capget", "capset", "prctl", "arch_prctl", "seccomp", "landlock_create_ruleset",
        "landlock_add_rule", "landlock_restrict_self", "lsm_get_self_attr", "lsm_list_modules", "pidfd_open",
        "pidfd_send_signal", "pidfd_getfd", "ptrace", "process_vm_readv", "process_vm_writev", "process_mrelease",
        "set_tid_address", "set_robust_list", "get_robust_list", "rseq", "restart_syscall",
        // Scheduling, limits and accounts of time.
        "nice", "getpriority", "setpriority", "ioprio_get", "ioprio_set", "sched_yield", "sched_getaffinity",
        "sched_setaffinity", "sched_getattr", "sched_setattr", "sched_getparam", "sched_setparam",
        "sched_getscheduler", "sched_setscheduler", "sched_get_priority_max", "sched_get_priority_min",
        "sched_rr_get_interval", "sched_rr_get_interval_time64", "getcpu", "getrlimit", "ugetrlimit", "setrlimit",
        "prlimit64", "getrusage", "times", "sysinfo", "uname",
        // Signals.
        "signal", "sigaction", "sigaltstack", "sigpending", "sigprocmask", "sigreturn", "sigsuspend", "sgetmask",
        "ssetmask", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo", "rt_sigreturn",
        "rt_sigsuspend", "rt_sigtimedwait", "rt_sigtimedwait_time64", "rt_tgsigqueueinfo", "signalfd", "signalfd4",
        // Clocks and timers.
        "time", "gettimeofday", "clock_gettime", "clock_gettime64", "clock_getres", "clock_getres_time64",
        "clock_nanosleep", "clock_nanosleep_time64", "nanosleep", "adjtimex", "clock_adjtime", "clock_adjtime64",
        "getitimer", "setitimer", "timer_create", "timer_delete", "timer_getoverrun", "timer_gettime",
        "timer_gettime64", "timer_settime", "timer_settime64", "timerfd", "timerfd_create", "timerfd_gettime",
        "timerfd_gettime64", "timerfd_settime", "timerfd_settime64",
        // Memory.
        "brk", "mmap", "mmap2", "munmap", "mremap", "mprotect", "madvise", "mincore", "msync", "mlock", "mlock2",
        "munlock", "mlockall", "munlockall", "mseal", "remap_file_pages", "membarrier", "memfd_create",
        "memfd_secret", "pkey_alloc", "pkey_free", "pkey_mprotect", "mbind", "get_mempolicy", "set_mempolicy",
        "set_mempolicy_home_node", "map_shadow_stack", "cachestat",
        // Threads waiting for each other.
        "futex", "futex_time64", "futex_waitv", "futex_wait", "futex_wake", "futex_requeue", "set_thread_area",
        "get_thread_area", "set_tls", "modify_ldt",
        // Opening and naming files.
        "open", "openat", "openat2", "creat", "close", "close_range", "access", "faccessat", "faccessat2",
        "name_to_handle_at", "chdir", "fchdir", "getcwd", "umask", "mkdir", "mkdirat", "mknod", "mknodat", "rmdir",
        "link", "linkat", "symlink", "symlinkat", "readlink", "readlinkat", "rename", "renameat", "renameat2",
        "unlink", "unlinkat", "readdir", "getdents", "getdents64",
        // The attributes of files.
        "stat", "stat64", "lstat", "lstat64", "fstat", "fstat64", "newfstatat", "fstatat64", "statx", "statfs",
        "statfs64", "fstatfs", "fstatfs64", "statmount", "listmount", "chmod", "fchmod", "fchmodat", "fchmodat2",
        "chown", "chown32", "lchown", "lchown32", "fchown", "fchown32", "fchownat", "utime", "utimes", "futimesat",
        "utimensat", "utimensat_time64", "getxattr", "lgetxattr", "fgetxattr", "getxattrat", "listxattr",
        "llistxattr", "flistxattr", "listxattrat", "setxattr", "lsetxattr", "fsetxattr", "setxattrat", "removexattr",
        "lremovexattr", "fremovexattr", "removexattrat", "file_getattr", "file_setattr",
        // The data of files.
        "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2", "pwritev2",
        "lseek", "_llseek", "truncate", "truncate64", "ftruncate", "ftruncate64", "fallocate", "fadvise64",
        "fadvise64_64", "arm_fadvise64_64", "readahead", "copy_file_range", "sendfile", "sendfile64", "splice", "tee",
        "fsync", "fdatasync", "sync", "syncfs", "sync_file_range", "sync_file_range2", "arm_sync_file_range", "flock",
        // Descriptors, and waiting for them.
        "dup", "dup2", "dup3", "fcntl", "fcntl64", "ioctl", "pipe", "pipe2", "eventfd", "eventfd2", "select",
        "_newselect", "pselect6", "pselect6_time64", "poll", "ppoll", "ppoll_time64", "epoll_create", "epoll_create1",
        "epoll_ctl", "epoll_ctl_old", "epoll_wait", "epoll_wait_old", "epoll_pwait", "epoll_pwait2", "inotify_init",
        "inotify_init1", "inotify_add_watch", "inotify_rm_watch", "fanotify_mark", "io_setup", "io_destroy",
        "io_submit", "io_cancel", "io_getevents", "io_pgetevents", "io_pgetevents_time64",
        // Sockets; of which families is for a filter of its own.
        "socket", "socketpair", "bind", "connect", "listen", "accept", "accept4", "shutdown", "getsockname",
        "getpeername",
        "getsockopt", "setsockopt", "send", "sendto", "sendmsg", "sendmmsg", "recv", "recvfrom", "recvmsg",
        "recvmmsg", "recvmmsg_time64",
        // Messages, semaphores and shared memory.
        "ipc", "shmget", "shmat", "shmdt", "shmctl", "msgget", "msgsnd", "msgrcv", "msgctl", "semget", "semop",
        "semctl", "semtimedop", "semtimedop_time64", "mq_open", "mq_unlink", "mq_notify", "mq_getsetattr",
        "mq_timedsend", "mq_timedsend_time64", "mq_timedreceive", "mq_timedreceive_time64",
        // Processors of their own kind.
        "getrandom", "breakpoint", "cacheflush", "riscv_flush_icache", "riscv_hwprobe", "s390_pci_mmio_read",
        "s390_pci_mmio_write", "s390_runtime_instr", "s390_guarded_storage", "s390_sthyi", "switch_endian",
        "swapcontext", "subpage_prot", "syscall",
    ]

    /// Calls that programs know how to be refused: EPERM. Whatever is in neither list does not exist: ENOSYS.
    static let refused = [
        // What needs a capability that no session has.
        "acct", "bpf", "clock_settime", "clock_settime64", "settimeofday", "stime", "delete_module",
        "init_module", "finit_module", "create_module", "query_module", "get_kernel_syms", "fanotify_init", "ioperm",
        "iopl", "kexec_load", "kexec_file_load", "lookup_dcookie", "nfsservctl", "open_by_handle_at",
        "perf_event_open", "pciconfig_iobase", "pciconfig_read", "pciconfig_write", "quotactl", "quotactl_fd",
        "reboot", "swapon", "swapoff", "syslog", "vhangup",
        // Keys: SessionFilter refuses them as well.
        "add_key", "keyctl", "request_key",
        // What programs have little use for, and attackers of kernels more.
        "bdflush", "kcmp", "migrate_pages", "move_pages", "oldfstat", "oldlstat", "oldolduname", "oldstat",
        "olduname", "process_madvise", "sysfs", "uselib", "userfaultfd", "ustat", "vm86", "vm86old", "vmsplice",
    ]

    /// Calls that change what is mounted, or enter what another process made; and those that a container's start needs.
    static let ofNamespaces = [
        "mount", "umount", "umount2", "move_mount", "open_tree", "open_tree_attr", "fsopen", "fsconfig", "fsmount",
        "fspick", "mount_setattr", "pivot_root", "chroot", "setns",
    ]
    static let ofContainers = ["unshare", "sethostname", "setdomainname"]
}
