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

/* Results r0-r3 to y, back to label 1 with the strip in r12 while there are weights, then return. */
#define NN_DSP_LEAVE_4X1                         \
    "ldrd r12, r4, [sp, #12]\n\t"                \
    "ldr r5, [sp, #24]\n\t"                      \
    "strb r0, [r4], #1\n\t"                      \
    "strb r1, [r4], #1\n\t"                      \
    "strb r2, [r4], #1\n\t"                      \
    "strb r3, [r4], #1\n\t"                      \
    "str r4, [sp, #16]\n\t"                      \
    "cmp lr, r5\n\t"                             \
    "bne 1b\n\t"                                 \
    "add sp, sp, #32\n\t"                        \
    "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"

/*
 * r0-r3 sums of the channels: 0 and 2 in the high bytes, 1 and 3 in the low
 * r4-r7, r8-r11 inputs, weights; in the end numbers of channels
 * r12 strip; in the end a spare register; lr weights
 * Stack: shared multiplier, offset, shift; strip, y, end of the strip, end of the weights, where to enter the loop.
 * The loop is entered so that its last round ends with the strip; the first block, which sets the sums, comes before.
 */
#define NN_DSP_BODY_4X1(FINISH, ROUND)           \
    ".syntax unified\n\t"                        \
    "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t" \
    "sub r9, r3, #1\n\t"                         \
    "and r9, r9, #" NN_DSP_UNROLL " - 1\n\t"     \
    "mov r10, #108\n\t"                          \
    "adr.w r11, 3f\n\t"                          \
    "mls r11, r9, r10, r11\n\t"                  \
    "orr r11, r11, #1\n\t"                       \
    "ldrd r8, r12, [sp, #36]\n\t"                \
    "ldm r12, {r4, r5, r6}\n\t"                  \
    "mov r7, r2\n\t"                             \
    "add r9, r2, r3, lsl #4\n\t"                 \
    "mov r10, r1\n\t"                            \
    "push {r4, r5, r6, r7, r8, r9, r10, r11}\n\t" \
    "mov r12, r2\n\t"                            \
    "mov lr, r0\n"                               \
    "1:\n\t"                                     \
    NN_DSP_BLOCK_4X1(NN_DSP_SET)                 \
    "ldr pc, [sp, #28]\n"                        \
    "2:\n\t"                                     \
    ".rept " NN_DSP_UNROLL "\n\t"                \
    NN_DSP_BLOCK_4X1(NN_DSP_ADD)                 \
    ".endr\n"                                    \
    "3:\n\t"                                     \
    "ldr r8, [sp, #20]\n\t"                      \
    "cmp r12, r8\n\t"                            \
    "bne 2b\n\t"                                 \
    "sub r0, r0, r1\n\t"                         \
    "sub r2, r2, r3\n\t"                         \
    FINISH(ROUND)                                \
    NN_DSP_LEAVE_4X1

/* r4-r7 = all numbers of one channel, r8-r11 of the next. */
#define NN_DSP_FINISH_EACH(ROUND)                \
    "ldm lr!, {r4, r5, r6, r7, r8, r9, r10, r11}\n\t" \
    "add r0, r4, r0, asr #7\n\t"                 \
    "add r1, r8, r1, lsl #1\n\t"                 \
    ROUND("r0", "r5", "r6", "r7", "r12")         \
    ROUND("r1", "r9", "r10", "r11", "r12")       \
    "ldm lr!, {r4, r5, r6, r7, r8, r9, r10, r11}\n\t" \
    "add r2, r4, r2, asr #7\n\t"                 \
    "add r3, r8, r3, lsl #1\n\t"                 \
    ROUND("r2", "r5", "r6", "r7", "r12")         \
    ROUND("r3", "r9", "r10", "r11", "r12")

/* r4-r7 = biases, r9-r11 = multiplier, offset, shift of all channels. */
#define NN_DSP_FINISH_SHARED(ROUND)              \
    "ldm lr!, {r4, r5, r6, r7}\n\t"              \
    "ldm sp, {r9, r10, r11}\n\t"                 \
    "add r0, r4, r0, asr #7\n\t"                 \
    "add r1, r5, r1, lsl #1\n\t"                 \
    "add r2, r6, r2, asr #7\n\t"                 \
    "add r3, r7, r3, lsl #1\n\t"                 \
    ROUND("r0", "r9", "r10", "r11", "r12")       \
    ROUND("r1", "r9", "r10", "r11", "r12")       \
    ROUND("r2", "r9", "r10", "r11", "r12")       \
    ROUND("r3", "r9", "r10", "r11", "r12")

/*
 * Groups of 4 channels: y = stored values, four per group of weights. Four functions, by what follows the sums:
 * each, shared   groups end with all numbers of 4 channels, or with biases only: the other numbers suit all channels
 * up, away       halves are rounded up (right only if the zero point is the least stored value), or away from zero
 * w, w_end   groups of [blocks][4 steps][2 pairs of channels] words, then numbers of 4 channels; at least one group
 * strip      [blocks][4 words]
 * blocks     of 8 taps; at least 1
 * shared     multiplier, offset, shift of all channels; any 3 words where each channel has its own
 */
#define NN_DSP_DENSE(name, FINISH, ROUND)                                                                            \
    NN_DSP_FUNCTION void name(const int32_t *w NN_DSP_UNUSED, const int32_t *w_end NN_DSP_UNUSED,                    \
                              const int32_t *strip NN_DSP_UNUSED, int32_t blocks NN_DSP_UNUSED,                      \
                              int8_t *y NN_DSP_UNUSED, const int32_t *shared NN_DSP_UNUSED)                          \
    {                                                                                                                \
        __asm__ __volatile__(NN_DSP_BODY_4X1(FINISH, ROUND));                                                        \
    }
NN_DSP_DENSE(nn_dsp_4x1_each_up, NN_DSP_FINISH_EACH, NN_DSP_ROUND)
NN_DSP_DENSE(nn_dsp_4x1_each_away, NN_DSP_FINISH_EACH, NN_DSP_ROUND_AWAY)
NN_DSP_DENSE(nn_dsp_4x1_shared_up, NN_DSP_FINISH_SHARED, NN_DSP_ROUND)
NN_DSP_DENSE(nn_dsp_4x1_shared_away, NN_DSP_FINISH_SHARED, NN_DSP_ROUND_AWAY)

#else

/* All four functions: shared = NULL where each channel has its own numbers. */
NN_PART void nn_dsp_4x1(const int32_t *w, const int32_t *w_end, const int32_t *strip, int32_t blocks, int8_t *y,
                        const int32_t *shared, int32_t away)
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
            const int32_t *const scale = shared == NULL ? w + NN_DSP_MULTIPLIER : shared;
            *y++ = nn_dsp_round(w[0] + 2 * sum[i], scale, away);
            w += shared == NULL ? NN_DSP_NUMBERS : 1;
        }
    }
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

/* The strip of one row, filled up with zeros to a multiple of 8. */
NN_INLINE void nn_dsp_dense_strip(int32_t *strip, const int8_t *x, int32_t depth)
{
    const int32_t whole = depth / 8;
    if (whole > 0) {
        strip = nn_dsp_expand_1(strip, x, whole);
    }
    if (depth % 8 != 0) {
        int8_t rest[8] = {0, 0, 0, 0, 0, 0, 0, 0};
        (void)memcpy(rest, x + 8 * whole, (size_t)(depth % 8));
        (void)nn_dsp_expand_1(strip, rest, 1);
    }
}

/* A matrix for nn_dsp_4x1: groups of 4 channels, after the numbers that they share if they do. */
typedef struct nn_dsp_dense {
    const int32_t *weights;
    int32_t blocks; /* of 8 taps */
    int32_t shared; /* do all channels have the same multiplier, offset, shift? They come first. */
    int32_t away;   /* do halves of negative sums go away from zero? */
} nn_dsp_dense;

/* `count` whole groups from group `first` on. */
NN_INLINE void nn_dsp_dense_groups(const nn_dsp_dense *m, int32_t first, int32_t count, const int32_t *strip, int8_t *y)
{
    const int32_t group = 8 * m->blocks + 4 * (m->shared ? 1 : NN_DSP_NUMBERS);
    const int32_t *const w = m->weights + (m->shared ? 3 : 0) + first * group;
    const int32_t *const w_end = w + count * group;
#if NN_DSP_ASM
    if (m->shared) {
        if (m->away) {
            nn_dsp_4x1_shared_away(w, w_end, strip, m->blocks, y, m->weights);
        } else {
            nn_dsp_4x1_shared_up(w, w_end, strip, m->blocks, y, m->weights);
        }
    } else if (m->away) {
        nn_dsp_4x1_each_away(w, w_end, strip, m->blocks, y, m->weights);
    } else {
        nn_dsp_4x1_each_up(w, w_end, strip, m->blocks, y, m->weights);
    }
#else
    nn_dsp_4x1(w, w_end, strip, m->blocks, y, m->shared ? m->weights : NULL, m->away);
#endif
}

#endif
