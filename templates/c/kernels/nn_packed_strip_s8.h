#ifndef NN_PACKED_STRIP_S8_H
#define NN_PACKED_STRIP_S8_H

#include "nn_common.h"
#include "nn_packed_6x1_s8.h"
#include "nn_packed_s8.h"

/*
 * Strips: per chunk of taps [1 + depth][4] words. The first four take off what weights + 128 add, -128 * sum of the
 * words below; then, per tap, words a, b of pixels 0 to 2 and of pixels 3 to 5.
 */

#if NN_PACKED_ASM

/* r4 = count, r5-r7 = where the pixels are; then words of all taps to r3, their sums in r8, r9. */
#if defined(__thumb2__)
#define NN_PACKED_STRIP_TAPS                     \
    "1:\n\t"                                     \
    "ldrsb r0, [r5], #1\n\t"                     \
    "ldrsb r1, [r6], #1\n\t"                     \
    "ldrsb r2, [r7], #1\n\t"                     \
    "add r0, r0, r1, lsl #21\n\t"                \
    "add r2, r2, r1, lsl #10\n\t"                \
    "add r8, r8, r0\n\t"                         \
    "add r9, r9, r2\n\t"                         \
    "strd r0, r2, [r3], #16\n\t"                 \
    "subs r4, r4, #1\n\t"                        \
    "bne 1b\n\t"
#else
#define NN_PACKED_STRIP_TAPS                     \
    "adds r0, r5, r4\n\t"                        \
    "adds r1, r6, r4\n\t"                        \
    "adds r2, r7, r4\n\t"                        \
    "rsbs r4, r4, #0\n"                          \
    "1:\n\t"                                     \
    "ldrsb r6, [r1, r4]\n\t"                     \
    "ldrsb r5, [r0, r4]\n\t"                     \
    "ldrsb r7, [r2, r4]\n\t"                     \
    "lsls r6, r6, #10\n\t"                       \
    "adds r7, r7, r6\n\t"                        \
    "lsls r6, r6, #11\n\t"                       \
    "adds r5, r5, r6\n\t"                        \
    "add r8, r8, r5\n\t"                         \
    "add r9, r9, r7\n\t"                         \
    "str r5, [r3]\n\t"                           \
    "str r7, [r3, #4]\n\t"                       \
    "adds r3, r3, #16\n\t"                       \
    "adds r4, r4, #1\n\t"                        \
    "bne 1b\n\t"
#endif

/*
 * Taps of three pixels.
 * strip      word a of the first tap
 * x          [3] pointers to count values each
 * count      at least 1
 * head       word of the chunk's beginning that belongs to a
 */
NN_PACKED_FUNCTION void nn_packed_strip_3(uint32_t *strip NN_PACKED_UNUSED, const int8_t *const *x NN_PACKED_UNUSED,
                                          int32_t count NN_PACKED_UNUSED, uint32_t *head NN_PACKED_UNUSED)
{
    __asm__ __volatile__(
        ".syntax unified\n\t"
        "push {r3, r4, r5, r6, r7, lr}\n\t"
        "mov r4, r8\n\t"
        "mov r5, r9\n\t"
        "push {r4, r5}\n\t"
        "mov r3, r0\n\t"
        "mov r4, r2\n\t"
        "ldm r1!, {r5, r6, r7}\n\t"
        "movs r0, #0\n\t"
        "mov r8, r0\n\t"
        "mov r9, r0\n\t"
        NN_PACKED_STRIP_TAPS
        "ldr r3, [sp, #8]\n\t"
        "mov r5, r8\n\t"
        "mov r7, r9\n\t"
        "lsls r5, r5, #7\n\t"
        "lsls r7, r7, #7\n\t"
        "ldr r0, [r3]\n\t"
        "ldr r1, [r3, #4]\n\t"
        "subs r0, r0, r5\n\t"
        "subs r1, r1, r7\n\t"
        "str r0, [r3]\n\t"
        "str r1, [r3, #4]\n\t"
        "pop {r4, r5}\n\t"
        "mov r8, r4\n\t"
        "mov r9, r5\n\t"
        "pop {r3, r4, r5, r6, r7, pc}\n\t");
}

#else

/* As in the assembly. */
NN_PACKED_FUNCTION void nn_packed_strip_3(uint32_t *strip, const int8_t *const *x, int32_t count, uint32_t *head)
{
    const int8_t *x0 = x[0];
    const int8_t *x1 = x[1];
    const int8_t *x2 = x[2];
    uint32_t sum_a = 0;
    uint32_t sum_b = 0;
    for (; count > 0; --count) {
        const uint32_t middle = (uint32_t)*x1++ << 10;
        const uint32_t a = (uint32_t)*x0++ + (middle << 11);
        const uint32_t b = (uint32_t)*x2++ + middle;
        sum_a += a;
        sum_b += b;
        strip[0] = a;
        strip[1] = b;
        strip += NN_PACKED_TAP;
    }
    head[0] -= sum_a << 7;
    head[1] -= sum_b << 7;
}

#endif

/* Taps of six pixels at x, x + step and so on, only `pixels` of them different; returns the end. */
NN_INLINE uint32_t *nn_packed_strip_6(uint32_t *strip, const int8_t *x, int32_t step, int32_t pixels, int32_t count,
                                      uint32_t *head)
{
    const int8_t *first[3];
    int32_t i, j;
    for (i = 0; i < 6; i += 3) {
        for (j = 0; j < 3; ++j) {
            first[j] = x + nn_min(i + j, pixels - 1) * step;
        }
        nn_packed_strip_3(strip + (i ? 2 : 0), first, count, head + (i ? 2 : 0));
    }
    return strip + NN_PACKED_TAP * count;
}

/* The beginning of a chunk before any of its taps; returns where those start. */
NN_INLINE uint32_t *nn_packed_strip_begin(uint32_t *head)
{
    head[0] = 0;
    head[1] = 0;
    head[2] = 0;
    head[3] = 0;
    return head + NN_PACKED_TAP;
}

#endif
