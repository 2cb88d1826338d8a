/* libcap, cap_get_proc(3): the calling thread's capability sets, bounding set, ambient set and securebits. */
#include <linux/securebits.h>
#include <sys/capability.h>

/* The securebits are function-like macros, which Swift does not import. Root is nobody special, and all is locked. */
static const unsigned berth_locked_securebits =
    SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
    SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
