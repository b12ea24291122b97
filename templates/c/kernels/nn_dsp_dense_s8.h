#ifndef NN_DSP_DENSE_S8_H
#define NN_DSP_DENSE_S8_H

#include "nn_common.h"
#include "nn_dsp_s8.h"

/* Matrix times vector, 4 channels at a time; weights and numbers as in nn_dsp_s8.h. */

#if NN_DSP_ASM

/* Words of weights u (channels 0, 1) and v (channels 2, 3) times two inputs x; FIRST is ADD or SET. */
#define NN_DSP_ADD(sum, w, x) "smlad " sum ", " w ", " x ", " sum "\n\t"
#define NN_DSP_SET(sum, w, x) "smuad " sum ", " w ", " x "\n\t"
#define NN_DSP_STEP_4X1(FIRST, u, v, x)          \
    FIRST("r0", u, x)                            \
    FIRST("r2", v, x)                            \
    "sxtb16 " u ", " u "\n\t"                    \
    "sxtb16 " v ", " v "\n\t"                    \
    FIRST("r1", u, x)                            \
    FIRST("r3", v, x)

/* 8 taps of 4 channels: 32 products in 27 instructions, 108 bytes. */
#define NN_DSP_BLOCK_4X1(FIRST)                  \
    "ldm r12!, {r4, r5, r6, r7}\n\t"             \
    "ldm lr!, {r8, r9, r10, r11}\n\t"            \
    NN_DSP_STEP_4X1(FIRST, "r8", "r9", "r4")     \
    NN_DSP_STEP_4X1(NN_DSP_ADD, "r10", "r11", "r5") \
    "ldm lr!, {r8, r9, r10, r11}\n\t"            \
    NN_DSP_STEP_4X1(NN_DSP_ADD, "r8", "r9", "r6") \
    NN_DSP_STEP_4X1(NN_DSP_ADD, "r10", "r11", "r7")

/*
 * r0-r3 sums of the channels: 0 and 2 in the high bytes, 1 and 3 in the low
 * r4-r7, r8-r11 inputs, weights; in the end numbers of two channels
 * r12 strip; in the end a spare register; lr weights
 * Stack: strip, y, end of the strip, end of the weights, where to enter the loop of blocks.
 * The loop is entered so that its last round ends with the strip; the first block, which sets the sums, comes before.
 */
#define NN_DSP_BODY_4X1(ROUND)                   \
    ".syntax unified\n\t"                        \
    "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t" \
    "ldr r5, [sp, #36]\n\t"                      \
    "sub r9, r3, #1\n\t"                         \
    "and r9, r9, #" NN_DSP_UNROLL " - 1\n\t"     \
    "mov r10, #108\n\t"                          \
    "adr.w r8, 3f\n\t"                           \
    "mls r8, r9, r10, r8\n\t"                    \
    "orr r8, r8, #1\n\t"                         \
    "mov r4, r2\n\t"                             \
    "add r6, r2, r3, lsl #4\n\t"                 \
    "mov r7, r1\n\t"                             \
    "push {r4, r5, r6, r7, r8}\n\t"              \
    "mov r12, r2\n\t"                            \
    "mov lr, r0\n"                               \
    "1:\n\t"                                     \
    NN_DSP_BLOCK_4X1(NN_DSP_SET)                 \
    "ldr pc, [sp, #16]\n"                        \
    "2:\n\t"                                     \
    ".rept " NN_DSP_UNROLL "\n\t"                \
    NN_DSP_BLOCK_4X1(NN_DSP_ADD)                 \
    ".endr\n"                                    \
    "3:\n\t"                                     \
    "ldr r8, [sp, #8]\n\t"                       \
    "cmp r12, r8\n\t"                            \
    "bne 2b\n\t"                                 \
    "sub r0, r0, r1\n\t"                         \
    "sub r2, r2, r3\n\t"                         \
    "ldm lr!, {r4, r5, r6, r7, r8, r9, r10, r11}\n\t" \
    "add r0, r4, r0, asr #7\n\t"                 \
    "add r1, r8, r1, lsl #1\n\t"                 \
    ROUND("r0", "r5", "r6", "r7", "r12")         \
    ROUND("r1", "r9", "r10", "r11", "r12")       \
    "ldm lr!, {r4, r5, r6, r7, r8, r9, r10, r11}\n\t" \
    "add r2, r4, r2, asr #7\n\t"                 \
    "add r3, r8, r3, lsl #1\n\t"                 \
    ROUND("r2", "r5", "r6", "r7", "r12")         \
    ROUND("r3", "r9", "r10", "r11", "r12")       \
    "ldrd r12, r4, [sp]\n\t"                     \
    "ldr r5, [sp, #12]\n\t"                      \
    "strb r0, [r4], #1\n\t"                      \
    "strb r1, [r4], #1\n\t"                      \
    "strb r2, [r4], #1\n\t"                      \
    "strb r3, [r4], #1\n\t"                      \
    "str r4, [sp, #4]\n\t"                       \
    "cmp lr, r5\n\t"                             \
    "bne 1b\n\t"                                 \
    "add sp, sp, #20\n\t"                        \
    "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"

/*
 * Groups of 4 channels: y = stored values, four per group of weights.
 * w, w_end   groups of [blocks][4 steps][2 pairs of channels] words, then numbers of 4 channels; at least one group
 * strip      [blocks][4 words]
 * blocks     of 8 taps; at least 1
 * Promise: where the offset's zero point is not the least stored value, nn_dsp_4x1_away is used.
 */
NN_DSP_FUNCTION void nn_dsp_4x1_up(const int32_t *w NN_DSP_UNUSED, const int32_t *w_end NN_DSP_UNUSED,
                                   const int32_t *strip NN_DSP_UNUSED, int32_t blocks NN_DSP_UNUSED,
                                   int8_t *y NN_DSP_UNUSED)
{
    __asm__ __volatile__(NN_DSP_BODY_4X1(NN_DSP_ROUND));
}

/* The same, with halves rounded away from zero. */
NN_DSP_FUNCTION void nn_dsp_4x1_away(const int32_t *w NN_DSP_UNUSED, const int32_t *w_end NN_DSP_UNUSED,
                                     const int32_t *strip NN_DSP_UNUSED, int32_t blocks NN_DSP_UNUSED,
                                     int8_t *y NN_DSP_UNUSED)
{
    __asm__ __volatile__(NN_DSP_BODY_4X1(NN_DSP_ROUND_AWAY));
}

#else

NN_PART void nn_dsp_4x1(const int32_t *w, const int32_t *w_end, const int32_t *strip, int32_t blocks, int8_t *y,
                        int32_t away)
{
    while (w != w_end) {
        int32_t sum[4] = {0, 0, 0, 0};
        int32_t i;
        for (i = 0; i < 4 * blocks; ++i) {
            nn_dsp_add_word(w[2 * i], strip[i], &sum[0], &sum[1]);
            nn_dsp_add_word(w[2 * i + 1], strip[i], &sum[2], &sum[3]);
        }
        w += 8 * blocks;
        for (i = 0; i < 4; ++i) {
            *y++ = nn_dsp_result(sum[i], w, away);
            w += NN_DSP_NUMBERS;
        }
    }
}

/* As in the assembly. */
NN_DSP_FUNCTION void nn_dsp_4x1_up(const int32_t *w, const int32_t *w_end, const int32_t *strip, int32_t blocks,
                                   int8_t *y)
{
    nn_dsp_4x1(w, w_end, strip, blocks, y, 0);
}

NN_DSP_FUNCTION void nn_dsp_4x1_away(const int32_t *w, const int32_t *w_end, const int32_t *strip, int32_t blocks,
                                     int8_t *y)
{
    nn_dsp_4x1(w, w_end, strip, blocks, y, 1);
}

#endif

/* 8 * blocks taps into a strip; returns its end. blocks > 0; x needs no alignment. */
NN_INLINE int32_t *nn_dsp_expand_1(int32_t *strip, const int8_t *x, int32_t blocks)
{
#if NN_DSP_ASM
    const int8_t *const end = x + 8 * blocks;
    __asm__ __volatile__(
        ".syntax unified\n"
        "1:\n\t"
        "ldr r4, [%1], #4\n\t"
        "ldr r6, [%1], #4\n\t"
        "sxtb16 r5, r4, ror #8\n\t"
        "sxtb16 r4, r4\n\t"
        "sxtb16 r8, r6, ror #8\n\t"
        "sxtb16 r6, r6\n\t"
        "stm %0!, {r4, r5, r6, r8}\n\t"
        "cmp %1, %2\n\t"
        "bne 1b\n\t"
        : "+&r"(strip), "+&r"(x)
        : "r"(end)
        : "r4", "r5", "r6", "r8", "cc", "memory");
#else
    int32_t i;
    for (i = 0; i < 8 * blocks; i += 4) {
        *strip++ = (x[i] & 0xffff) + x[i + 2] * 65536;
        *strip++ = (x[i + 1] & 0xffff) + x[i + 3] * 65536;
    }
#endif
    return strip;
}

#endif
