/*
 * A call as a program for an older processor makes it: with other numbers, and past a filter that knows only this
 * machine's own. Answers -1 and sets errno; ENOSYS where there is no such interface.
 */
#pragma once
#include <errno.h>

static inline long raw_call_of_32_bits(int number, int first) {
#ifdef __x86_64__
    long answer;
    __asm__ volatile("int $0x80"
                     : "=a"(answer)
                     : "a"((long)number), "b"((long)first), "c"(0L), "d"(0L)
                     : "memory", "r8", "r9", "r10", "r11");
    if (answer < 0 && answer > -4096) {
        errno = (int)-answer;
        return -1;
    }
    return answer;
#else
    (void)number;
    (void)first;
    errno = ENOSYS;
    return -1;
#endif
}
