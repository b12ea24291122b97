#ifndef NN_DSP_WIDE_3X2_S8_H
#define NN_DSP_WIDE_3X2_S8_H

#include "nn_common.h"
#include "nn_dsp_3x2_s8.h"

/* Two channels of three pixels at a time, weights of 16 bits: nothing to unpack, for twice the flash. */

#if NN_DSP_ASM

/* Two steps of taps with 16-bit weights; u, v = where sums of the channels start: 24 products in 16 instructions. */
#define NN_DSP_WIDE_STEP(u, v)                   \
    "ldm r12!, {r6, r7, r8}\n\t"                 \
    "smlad r0, r9, r6, " u(0) "\n\t"             \
    "smlad r1, r9, r7, " u(1) "\n\t"             \
    "smlad r2, r9, r8, r2\n\t"                   \
    "smlad r3, r10, r6, " v(3) "\n\t"            \
    "smlad r4, r10, r7, " v(4) "\n\t"            \
    "smlad r5, r10, r8, r5\n\t"
#define NN_DSP_R(i) "r" #i
#define NN_DSP_R2(i) "r2"
#define NN_DSP_R5(i) "r5"

/*
 * As above, but 16-bit weights: r0-r2 sums of the first channel, r3-r5 of the second; r9, r10 weights of either.
 * r2 and r5 begin as biases, from which all sums of their channels start.
 */
#define NN_DSP_BODY_WIDE_3X2(FINISH)             \
    NN_DSP_ENTER_3X2("64")                       \
    "1:\n\t"                                     \
    "ldm lr!, {r2, r5, r9, r10}\n\t"             \
    NN_DSP_WIDE_STEP(NN_DSP_R2, NN_DSP_R5)       \
    "ldm lr!, {r9, r10}\n\t"                     \
    NN_DSP_WIDE_STEP(NN_DSP_R, NN_DSP_R)         \
    "ldr pc, [sp, #20]\n"                        \
    "2:\n\t"                                     \
    ".rept " NN_DSP_UNROLL " * 2\n\t"            \
    "ldm lr!, {r9, r10}\n\t"                     \
    NN_DSP_WIDE_STEP(NN_DSP_R, NN_DSP_R)         \
    ".endr\n"                                    \
    "3:\n\t"                                     \
    "cmp r12, r11\n\t"                           \
    "bne 2b\n\t"                                 \
    FINISH                                       \
    NN_DSP_LEAVE_3X2

/* r6, r7 and r8, r9 = multiplier, offset of the channels. */
#define NN_DSP_FINISH_UP                         \
    "ldm lr!, {r6, r7, r8, r9}\n\t"              \
    NN_DSP_FLOOR("r0", "r6", "r7")               \
    NN_DSP_FLOOR("r1", "r6", "r7")               \
    NN_DSP_FLOOR("r2", "r6", "r7")               \
    NN_DSP_FLOOR("r3", "r8", "r9")               \
    NN_DSP_FLOOR("r4", "r8", "r9")               \
    NN_DSP_FLOOR("r5", "r8", "r9")

/* r6-r8 = multiplier, offset, shift of one channel, then of the other. */
#define NN_DSP_FINISH_AWAY                       \
    "ldm lr!, {r6, r7, r8}\n\t"                  \
    NN_DSP_ROUND_AWAY("r0", "r6", "r7", "r8", "r9") \
    NN_DSP_ROUND_AWAY("r1", "r6", "r7", "r8", "r9") \
    NN_DSP_ROUND_AWAY("r2", "r6", "r7", "r8", "r9") \
    "ldm lr!, {r6, r7, r8}\n\t"                  \
    NN_DSP_ROUND_AWAY("r3", "r6", "r7", "r8", "r9") \
    NN_DSP_ROUND_AWAY("r4", "r6", "r7", "r8", "r9") \
    NN_DSP_ROUND_AWAY("r5", "r6", "r7", "r8", "r9")

/*
 * As nn_dsp_3x2_up, with 16-bit weights: groups of [2] biases, [blocks][2 steps][2 channels] words of weights,
 * [2][multiplier, offset]. Weights and biases of a channel are multiplied by a power of 2, so that one shift suits all:
 * stored value = floor((sum * multiplier / 2^32 + offset) / 2^12).
 */
NN_DSP_FUNCTION void nn_dsp_wide_3x2_up(const int32_t *w NN_DSP_UNUSED, const int32_t *w_end NN_DSP_UNUSED,
                                        const int32_t *strip NN_DSP_UNUSED, int32_t blocks NN_DSP_UNUSED,
                                        int8_t *y0 NN_DSP_UNUSED, int8_t *y1 NN_DSP_UNUSED, int8_t *y2 NN_DSP_UNUSED)
{
    __asm__ __volatile__(NN_DSP_BODY_WIDE_3X2(NN_DSP_FINISH_UP));
}

/* As nn_dsp_3x2_away, with 16-bit weights, doubled: groups of [2] biases, words as above, [2][the other 3 numbers]. */
NN_DSP_FUNCTION void nn_dsp_wide_3x2_away(const int32_t *w NN_DSP_UNUSED, const int32_t *w_end NN_DSP_UNUSED,
                                          const int32_t *strip NN_DSP_UNUSED, int32_t blocks NN_DSP_UNUSED,
                                          int8_t *y0 NN_DSP_UNUSED, int8_t *y1 NN_DSP_UNUSED, int8_t *y2 NN_DSP_UNUSED)
{
    __asm__ __volatile__(NN_DSP_BODY_WIDE_3X2(NN_DSP_FINISH_AWAY));
}

#else

NN_PART void nn_dsp_wide_3x2(const int32_t *w, const int32_t *w_end, const int32_t *strip, int32_t blocks, int8_t *y0,
                             int8_t *y1, int8_t *y2, int32_t away)
{
    while (w != w_end) {
        int32_t sum[2][3];
        int32_t i, j;
        for (j = 0; j < 2; ++j) {
            sum[j][0] = sum[j][1] = sum[j][2] = w[j];
        }
        w += 2;
        for (i = 0; i < 2 * blocks; ++i) {
            for (j = 0; j < 6; ++j) {
                const int32_t x = strip[3 * i + j % 3];
                const int32_t v = w[2 * i + j / 3];
                sum[j / 3][j % 3] += nn_dsp_low_half(x) * nn_dsp_low_half(v) + (x >> 16) * (v >> 16);
            }
        }
        w += 4 * blocks;
        for (j = 0; j < 2; ++j) {
            *y0++ = away ? nn_dsp_round(sum[j][0], w, 1) : nn_dsp_floor(sum[j][0], w);
            *y1++ = away ? nn_dsp_round(sum[j][1], w, 1) : nn_dsp_floor(sum[j][1], w);
            *y2++ = away ? nn_dsp_round(sum[j][2], w, 1) : nn_dsp_floor(sum[j][2], w);
            w += away ? 3 : 2;
        }
    }
}

/* As in the assembly. */
NN_DSP_FUNCTION void nn_dsp_wide_3x2_up(const int32_t *w, const int32_t *w_end, const int32_t *strip, int32_t blocks,
                                        int8_t *y0, int8_t *y1, int8_t *y2)
{
    nn_dsp_wide_3x2(w, w_end, strip, blocks, y0, y1, y2, 0);
}

NN_DSP_FUNCTION void nn_dsp_wide_3x2_away(const int32_t *w, const int32_t *w_end, const int32_t *strip, int32_t blocks,
                                          int8_t *y0, int8_t *y1, int8_t *y2)
{
    nn_dsp_wide_3x2(w, w_end, strip, blocks, y0, y1, y2, 1);
}

#endif

#endif
