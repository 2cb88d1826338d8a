/* libseccomp, seccomp_init(3): system call filters. */
#include <seccomp.h>
