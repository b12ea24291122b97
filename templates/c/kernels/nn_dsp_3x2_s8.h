#ifndef NN_DSP_3X2_S8_H
#define NN_DSP_3X2_S8_H

#include "nn_common.h"
#include "nn_dsp_s8.h"

/* Two channels of three pixels at a time, weights of 8 bits. */

#if NN_DSP_ASM

/* Two 16-bit products of weights w and the three pixels r6-r8, added to sums a, b, c. */
#define NN_DSP_ADD_3(w, a, b, c)                 \
    "smlad " a ", " w ", r6, " a "\n\t"          \
    "smlad " b ", " w ", r7, " b "\n\t"          \
    "smlad " c ", " w ", r8, " c "\n\t"
#define NN_DSP_SET_3(w, a, b, c)                 \
    "smuad " a ", " w ", r6\n\t"                 \
    "smuad " b ", " w ", r7\n\t"                 \
    "smuad " c ", " w ", r8\n\t"
/* All three sums start from what is in c. */
#define NN_DSP_START_3(w, a, b, c)               \
    "smlad " a ", " w ", r6, " c "\n\t"          \
    "smlad " b ", " w ", r7, " c "\n\t"          \
    "smlad " c ", " w ", r8, " c "\n\t"

/* 4 taps of 2 channels and 3 pixels: 24 products in 17 instructions, 68 bytes. FIRST is ADD, SET or START. */
#define NN_DSP_BLOCK_3X2(FIRST, loaded)          \
    "ldm lr!, {" loaded "}\n\t"                  \
    "ldm r12!, {r6, r7, r8}\n\t"                 \
    FIRST("r9", "r0", "r1", "r2")                \
    "sxtb16 r9, r9\n\t"                          \
    FIRST("r9", "r3", "r4", "r5")                \
    "ldm r12!, {r6, r7, r8}\n\t"                 \
    NN_DSP_ADD_3("r10", "r0", "r1", "r2")        \
    "sxtb16 r10, r10\n\t"                        \
    NN_DSP_ADD_3("r10", "r3", "r4", "r5")

/*
 * The beginning of both functions for 3 pixels: arguments to their places, registers as below.
 * Stack: y0, y1, y2, strip, end of the weights, where to enter the loop of blocks, each of `bytes`, that ends at 3.
 * The loop is entered so that its last round ends with the strip; the first block, which sets the sums, comes before.
 */
#define NN_DSP_ENTER_3X2(bytes)                  \
    ".syntax unified\n\t"                        \
    "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t" \
    "add r7, sp, #36\n\t"                        \
    "ldm r7, {r4, r5, r6}\n\t"                   \
    "sub r8, r3, #1\n\t"                         \
    "and r8, r8, #" NN_DSP_UNROLL " - 1\n\t"     \
    "mov r10, #" bytes "\n\t"                    \
    "adr.w r9, 3f\n\t"                           \
    "mls r9, r8, r10, r9\n\t"                    \
    "orr r9, r9, #1\n\t"                         \
    "mov r8, r1\n\t"                             \
    "mov r7, r2\n\t"                             \
    "push {r4, r5, r6, r7, r8, r9}\n\t"          \
    "mov r10, #24\n\t"                           \
    "mla r11, r3, r10, r2\n\t"                   \
    "mov r12, r2\n\t"                            \
    "mov lr, r0\n"

/* Their end: results r0-r5 to y0-y2, back to label 1 while there are weights, then return. */
#define NN_DSP_LEAVE_3X2                         \
    "ldm sp, {r6, r7, r8, r12}\n\t"              \
    "ldr r9, [sp, #16]\n\t"                      \
    "strb r0, [r6], #1\n\t"                      \
    "strb r1, [r7], #1\n\t"                      \
    "strb r2, [r8], #1\n\t"                      \
    "strb r3, [r6], #1\n\t"                      \
    "strb r4, [r7], #1\n\t"                      \
    "strb r5, [r8], #1\n\t"                      \
    "stm sp, {r6, r7, r8}\n\t"                   \
    "cmp lr, r9\n\t"                             \
    "bne 1b\n\t"                                 \
    "add sp, sp, #24\n\t"                        \
    "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"

/*
 * r0-r2 sums of the high channel for pixels 0 to 2   r9, r10 weights; in the end shift, spare
 * r3-r5 sums of the low channel                      r11 end of the strip
 * r6-r8 inputs; in the end bias, multiplier, offset  r12 strip, lr weights
 */
#define NN_DSP_BODY_3X2(FIRST, loaded, FINISH)   \
    NN_DSP_ENTER_3X2("68")                       \
    "1:\n\t"                                     \
    NN_DSP_BLOCK_3X2(FIRST, loaded)              \
    "ldr pc, [sp, #20]\n"                        \
    "2:\n\t"                                     \
    ".rept " NN_DSP_UNROLL "\n\t"                \
    NN_DSP_BLOCK_3X2(NN_DSP_ADD_3, "r9, r10")    \
    ".endr\n"                                    \
    "3:\n\t"                                     \
    "cmp r12, r11\n\t"                           \
    "bne 2b\n\t"                                 \
    "sub r0, r0, r3\n\t"                         \
    "sub r1, r1, r4\n\t"                         \
    "sub r2, r2, r5\n\t"                         \
    FINISH                                       \
    NN_DSP_LEAVE_3X2

/* Sum s as a stored value: shifted by e, multiplied by m, offset c. */
#define NN_DSP_FLOOR(s, m, c)                    \
    "smmla " s ", " s ", " m ", " c "\n\t"       \
    "ssat " s ", #8, " s ", asr #12\n\t"
#define NN_DSP_SHIFT_FLOOR(shift, s, m, c, e)    \
    shift " " s ", " s ", " e "\n\t"             \
    NN_DSP_FLOOR(s, m, c)

/* r6-r8 = multiplier, offset, shift of one channel, then of the other. */
#define NN_DSP_FINISH_3X2_UP                     \
    "ldm lr!, {r6, r7, r8}\n\t"                  \
    NN_DSP_SHIFT_FLOOR("asr", "r0", "r6", "r7", "r8") \
    NN_DSP_SHIFT_FLOOR("asr", "r1", "r6", "r7", "r8") \
    NN_DSP_SHIFT_FLOOR("asr", "r2", "r6", "r7", "r8") \
    "ldm lr!, {r6, r7, r8}\n\t"                  \
    NN_DSP_SHIFT_FLOOR("lsl", "r3", "r6", "r7", "r8") \
    NN_DSP_SHIFT_FLOOR("lsl", "r4", "r6", "r7", "r8") \
    NN_DSP_SHIFT_FLOOR("lsl", "r5", "r6", "r7", "r8")

/* r6-r9 = all numbers of one channel, then of the other. */
#define NN_DSP_FINISH_3X2_AWAY                   \
    "ldm lr!, {r6, r7, r8, r9}\n\t"              \
    "add r0, r6, r0, asr #7\n\t"                 \
    "add r1, r6, r1, asr #7\n\t"                 \
    "add r2, r6, r2, asr #7\n\t"                 \
    NN_DSP_ROUND_AWAY("r0", "r7", "r8", "r9", "r10") \
    NN_DSP_ROUND_AWAY("r1", "r7", "r8", "r9", "r10") \
    NN_DSP_ROUND_AWAY("r2", "r7", "r8", "r9", "r10") \
    "ldm lr!, {r6, r7, r8, r9}\n\t"              \
    "add r3, r6, r3, lsl #1\n\t"                 \
    "add r4, r6, r4, lsl #1\n\t"                 \
    "add r5, r6, r5, lsl #1\n\t"                 \
    NN_DSP_ROUND_AWAY("r3", "r7", "r8", "r9", "r10") \
    NN_DSP_ROUND_AWAY("r4", "r7", "r8", "r9", "r10") \
    NN_DSP_ROUND_AWAY("r5", "r7", "r8", "r9", "r10")

/*
 * Pairs of channels of 3 pixels: y0, y1, y2 = stored values, two per group of weights. For zero points that are the
 * least stored value: below it nothing needs to be rounded rightly.
 * w, w_end   groups of 256 * bias a + bias b, bias b; [blocks][2] words; [2 channels][multiplier, offset, shift].
 *            The shift, 8 - i for a and i for b, gives a sum the factor 2^i, so that after it one shift suits all:
 *            stored value = floor((2^i * sum * multiplier / 2^32 + offset) / 2^12). At least one group
 * strip      [blocks][2][3 pixels]
 * blocks     of 4 taps; at least 1
 */
NN_DSP_FUNCTION void nn_dsp_3x2_up(const int32_t *w NN_DSP_UNUSED, const int32_t *w_end NN_DSP_UNUSED,
                                   const int32_t *strip NN_DSP_UNUSED, int32_t blocks NN_DSP_UNUSED,
                                   int8_t *y0 NN_DSP_UNUSED, int8_t *y1 NN_DSP_UNUSED, int8_t *y2 NN_DSP_UNUSED)
{
    __asm__ __volatile__(NN_DSP_BODY_3X2(NN_DSP_START_3, "r2, r5, r9, r10", NN_DSP_FINISH_3X2_UP));
}

/* For all zero points, halves rounded away from zero: groups of [blocks][2] words, all numbers of 2 channels. */
NN_DSP_FUNCTION void nn_dsp_3x2_away(const int32_t *w NN_DSP_UNUSED, const int32_t *w_end NN_DSP_UNUSED,
                                     const int32_t *strip NN_DSP_UNUSED, int32_t blocks NN_DSP_UNUSED,
                                     int8_t *y0 NN_DSP_UNUSED, int8_t *y1 NN_DSP_UNUSED, int8_t *y2 NN_DSP_UNUSED)
{
    __asm__ __volatile__(NN_DSP_BODY_3X2(NN_DSP_SET_3, "r9, r10", NN_DSP_FINISH_3X2_AWAY));
}

#else

/* Stored values of channels a and b of three pixels from their sums; w = numbers of the two channels. */
NN_PART void nn_dsp_3x2_results(const int32_t a[3], const int32_t b[3], const int32_t *w, int32_t away, int8_t *y0,
                                int8_t *y1, int8_t *y2)
{
    int8_t *const y[3] = {y0, y1, y2};
    const int32_t *const next = w + (away ? NN_DSP_NUMBERS : 3);
    int32_t i;
    for (i = 0; i < 3; ++i) {
        y[i][0] = away ? nn_dsp_result(a[i], w, 1) : nn_dsp_floor(a[i] * 256 >> w[2], w);
        y[i][1] = away ? nn_dsp_result(b[i], next, 1) : nn_dsp_floor(b[i] * ((int32_t)1 << next[2]), next);
    }
}

NN_PART void nn_dsp_3x2(const int32_t *w, const int32_t *w_end, const int32_t *strip, int32_t blocks, int8_t *y0,
                        int8_t *y1, int8_t *y2, int32_t away)
{
    while (w != w_end) {
        int32_t a[3] = {0, 0, 0};
        int32_t b[3] = {0, 0, 0};
        int32_t i;
        if (!away) {
            a[0] = a[1] = a[2] = (int32_t)((uint32_t)w[0] - (uint32_t)w[1]) / 256;
            b[0] = b[1] = b[2] = w[1];
            w += 2;
        }
        for (i = 0; i < 6 * blocks; ++i) {
            nn_dsp_add_word(w[i / 3], strip[i], &a[i % 3], &b[i % 3]);
        }
        w += 2 * blocks;
        nn_dsp_3x2_results(a, b, w, away, y0, y1, y2);
        w += away ? 2 * NN_DSP_NUMBERS : 6;
        y0 += 2, y1 += 2, y2 += 2;
    }
}

/* As in the assembly. */
NN_DSP_FUNCTION void nn_dsp_3x2_up(const int32_t *w, const int32_t *w_end, const int32_t *strip, int32_t blocks,
                                   int8_t *y0, int8_t *y1, int8_t *y2)
{
    nn_dsp_3x2(w, w_end, strip, blocks, y0, y1, y2, 0);
}

NN_DSP_FUNCTION void nn_dsp_3x2_away(const int32_t *w, const int32_t *w_end, const int32_t *strip, int32_t blocks,
                                     int8_t *y0, int8_t *y1, int8_t *y2)
{
    nn_dsp_3x2(w, w_end, strip, blocks, y0, y1, y2, 1);
}

#endif

#endif
