#ifndef NN_MVE_DEPTHWISE_PAIRS_S8_H
#define NN_MVE_DEPTHWISE_PAIRS_S8_H

#include "nn_common.h"
#include "nn_mve_depthwise_3x3_s8.h"
#include "nn_mve_s8.h"

/* Two rows of results of depthwise 3x3 windows at a time. */

#if NN_MVE_ASM

/*
 * r0 weights     r1 strip, r3 results     r2, r4, r6, r8 sums     r5 bias, r7 multiplier, r9 shift
 * r11 bytes of two columns of results, four times that of a strip     r12 zero     q4-q7 weights     q2, q3 offsets
 */
#define NN_MVE_DEPTHWISE_PAIRS(ROUND_1, ROUND_2) \
    ".syntax unified\n\t"                        \
    "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"\
    "vpush {d8, d9, d10, d11, d12, d13, d14, d15}\n\t"\
    "sub sp, sp, #44\n\t"                        \
    "mov r3, r2\n\t"                             \
    "ldm r0, {r0, r4, r5, r12}\n\t"              \
    /* r4 channels, r5 width; r6 channels of a row; offsets of the columns of a patch */\
    "mul r6, r4, r5\n\t"                         \
    "lsl r11, r4, #1\n\t"                        \
    "mov r2, #0\n\t"                             \
    "lsl r7, r4, #2\n\t"                         \
    "lsl r8, r4, #3\n\t"                         \
    "add r9, r8, r7\n\t"                         \
    "vmov q3[2], q3[0], r2, r8\n\t"              \
    "vmov q3[3], q3[1], r7, r9\n\t"              \
    /* offsets of results: 2x2 of one patch as words on the stack, of two patches by turns as halfwords */\
    "add r7, r6, r4\n\t"                         \
    "strd r2, r4, [sp]\n\t"                      \
    "strd r6, r7, [sp, #8]\n\t"                  \
    "vmov.16 q2[0], r2\n\t"                      \
    "vmov.16 q2[1], r11\n\t"                     \
    "vmov.16 q2[2], r4\n\t"                      \
    "add r8, r11, r4\n\t"                        \
    "vmov.16 q2[3], r8\n\t"                      \
    "vmov.16 q2[4], r6\n\t"                      \
    "vmov.16 q2[6], r7\n\t"                      \
    "add r7, r6, r11\n\t"                        \
    "vmov.16 q2[5], r7\n\t"                      \
    "add r7, r6, r8\n\t"                         \
    "vmov.16 q2[7], r7\n\t"                      \
    "vstrw.32 q2, [sp, #16]\n\t"                 \
    /* pairs of patches, single patches, columns that are computed twice */\
    "lsr r7, r5, #2\n\t"                         \
    "and r8, r5, #1\n\t"                         \
    "and r9, r5, #3\n\t"                         \
    "add r9, r9, #1\n\t"                         \
    "lsr r9, r9, #1\n\t"                         \
    "strd r7, r9, [sp, #32]\n\t"                 \
    "mul r8, r8, r4\n\t"                         \
    "str r8, [sp, #40]\n\t"                      \
    /* from the end of a channel back to the start of the next one, results */\
    "sub r10, r6, #1\n\t"                        \
    /* end of the weights */                     \
    "rsb r7, r4, r4, lsl #3\n\t"                 \
    "add r7, r0, r7, lsl #2\n\t"                 \
    "push {r7}\n"                                \
    "1:\n\t"                                     \
    "vldrw.u32 q4, [r0], #16\n\t"                \
    "mov r2, #0\n\t"                             \
    "vmov q5, q4\n\t"                            \
    "vshlc q5, r2, #32\n\t"                      \
    "vshl.i32 q6, q4, #8\n\t"                    \
    "vshl.i32 q7, q5, #8\n\t"                    \
    "ldm r0!, {r5, r7, r9}\n\t"                  \
    "ldr r4, [sp, #36]\n\t"                      \
    "wls lr, r4, 3f\n"                           \
    "2:\n\t"                                     \
    "vldrw.u32 q0, [r1, q3]\n\t"                 \
    "vmladav.s8 r2, q0, q4\n\t"                  \
    "vmladav.s8 r4, q0, q5\n\t"                  \
    "add r1, r1, r11, lsl #2\n\t"                \
    "vmladav.s8 r6, q0, q6\n\t"                  \
    "vmladav.s8 r8, q0, q7\n\t"                  \
    "vmov q0[2], q0[0], r2, r6\n\t"              \
    "vmov q0[3], q0[1], r4, r8\n\t"              \
    "vldrw.u32 q1, [r1, q3]\n\t"                 \
    "vmladav.s8 r2, q1, q4\n\t"                  \
    "vmladav.s8 r4, q1, q5\n\t"                  \
    "add r1, r1, r11, lsl #2\n\t"                \
    "vmladav.s8 r6, q1, q6\n\t"                  \
    "vmladav.s8 r8, q1, q7\n\t"                  \
    "vmov q1[2], q1[0], r2, r6\n\t"              \
    "vmov q1[3], q1[1], r4, r8\n\t"              \
    "vadd.i32 q0, q0, r5\n\t"                    \
    "vadd.i32 q1, q1, r5\n\t"                    \
    "vqrdmulh.s32 q0, q0, r7\n\t"                \
    "vqrdmulh.s32 q1, q1, r7\n\t"                \
    ROUND_2                                      \
    "vrshl.s32 q0, r9\n\t"                       \
    "vrshl.s32 q1, r9\n\t"                       \
    "vqmovnb.s32 q0, q0\n\t"                     \
    "vqmovnt.s32 q0, q1\n\t"                     \
    "vqadd.s16 q0, q0, r12\n\t"                  \
    "vqmovnb.s16 q0, q0\n\t"                     \
    "vstrb.16 q0, [r3, q2]\n\t"                  \
    "add r3, r3, r11, lsl #1\n\t"                \
    "le lr, 2b\n"                                \
    "3:\n\t"                                     \
    "ldr r4, [sp, #40]\n\t"                      \
    "cbz r4, 5f\n\t"                             \
    "ldr r6, [sp, #44]\n\t"                      \
    "dls lr, r4\n\t"                             \
    "sub r1, r1, r6, lsl #2\n\t"                 \
    "sub r3, r3, r6\n"                           \
    "4:\n\t"                                     \
    "vldrw.u32 q0, [r1, q3]\n\t"                 \
    "vmladav.s8 r2, q0, q4\n\t"                  \
    "vmladav.s8 r4, q0, q5\n\t"                  \
    "add r1, r1, r11, lsl #2\n\t"                \
    "vmladav.s8 r6, q0, q6\n\t"                  \
    "vmladav.s8 r8, q0, q7\n\t"                  \
    "vmov q0[2], q0[0], r2, r6\n\t"              \
    "vmov q0[3], q0[1], r4, r8\n\t"              \
    "vadd.i32 q0, q0, r5\n\t"                    \
    "vqrdmulh.s32 q0, q0, r7\n\t"                \
    ROUND_1                                      \
    "vrshl.s32 q0, r9\n\t"                       \
    "vadd.i32 q0, q0, r12\n\t"                   \
    "vqmovnb.s32 q0, q0\n\t"                     \
    "vqmovnb.s16 q0, q0\n\t"                     \
    "vldrw.u32 q1, [sp, #4]\n\t"                 \
    "vstrb.32 q0, [r3, q1]\n\t"                  \
    "add r3, r3, r11\n\t"                        \
    "le lr, 4b\n"                                \
    "5:\n\t"                                     \
    "sub r1, r1, r10, lsl #2\n\t"                \
    "sub r3, r3, r10\n\t"                        \
    "ldr r4, [sp]\n\t"                           \
    "cmp r0, r4\n\t"                             \
    "bne 1b\n\t"                                 \
    "add sp, sp, #48\n\t"                        \
    "vpop {d8, d9, d10, d11, d12, d13, d14, d15}\n\t"\
    "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"

#define NN_MVE_AWAY_2                            \
    NN_MVE_AWAY("q0", "q2")                      \
    NN_MVE_AWAY("q1", "q2")                      \
    "vldrw.u32 q2, [sp, #20]\n\t"

/*
 * Two rows of results, for a zero of -128: below it nothing needs to be rounded rightly.
 * strip      [width + 2][channels][4]
 * y          [2][width][channels]; width 2 or at least 4, (width + 3) * channels < 2^16
 */
NN_MVE_FUNCTION void nn_mve_depthwise_pairs_up(const nn_mve_depthwise *d NN_MVE_UNUSED,
                                               const int8_t *strip NN_MVE_UNUSED, int8_t *y NN_MVE_UNUSED)
{
    __asm__ volatile(NN_MVE_DEPTHWISE_PAIRS("", ""));
}

/* The same for any zero; shifts to the right by 1 at least. */
NN_MVE_FUNCTION void nn_mve_depthwise_pairs_away(const nn_mve_depthwise *d NN_MVE_UNUSED,
                                                 const int8_t *strip NN_MVE_UNUSED, int8_t *y NN_MVE_UNUSED)
{
    __asm__ volatile(NN_MVE_DEPTHWISE_PAIRS(NN_MVE_AWAY("q0", "q1"), NN_MVE_AWAY_2));
}

#else

/* Two rows of results, step 1. */
NN_SHARED void nn_mve_depthwise_pairs_away(const nn_mve_depthwise *d, const int8_t *strip, int8_t *y)
{
    nn_mve_depthwise_any(d, strip, y, 0);
    nn_mve_depthwise_any(d, strip, y + d->width * d->channels, 1);
}

NN_INLINE void nn_mve_depthwise_pairs_up(const nn_mve_depthwise *d, const int8_t *strip, int8_t *y)
{
    nn_mve_depthwise_pairs_away(d, strip, y);
}

#endif

#endif
