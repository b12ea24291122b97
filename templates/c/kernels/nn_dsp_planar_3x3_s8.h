#ifndef NN_DSP_PLANAR_3X3_S8_H
#define NN_DSP_PLANAR_3X3_S8_H

#include "nn_common.h"
#include "nn_dsp_s8.h"

/*
 * 3x3 windows that slide along a row, channel by channel.
 *
 * Planes: [channels][words][3 rows] of words, each two neighbouring pixels of a row as 16-bit numbers. Row r of the
 * image lies in slot r % 3, so a new row takes the slot of the oldest; `rotation` is the slot of a window's first row.
 * Weights: per channel NN_DSP_PLANAR_NUMBERS words as in the enum. Everything about a channel is multiplied by the
 * power of 2 that makes one shift right for all (src/kernels/dsp-depthwise-pack.ts); weights still have 16 bits.
 */
enum {
    NN_DSP_PLANAR_MULTIPLIER,
    NN_DSP_PLANAR_OFFSET,      /* result = (sum * multiplier / 2^32 + offset) / 2^NN_DSP_PLANAR_SHIFT, rounded down */
    NN_DSP_PLANAR_WEIGHTS,     /* of each row (first, second), (second, third) */
    NN_DSP_PLANAR_BIAS = 8,
    NN_DSP_PLANAR_NUMBERS
};
enum { NN_DSP_PLANAR_SHIFT = 10 };

/*
 * Both versions of a row of outputs, all channels:
 * w, w_end   the channels' numbers
 * planes     of the first channel; the channels' planes follow each other, stride 1: outputs / 2 + 1 words, one more
 *            where outputs are odd; stride 2: outputs + 1 words
 * y          output pixels, `channels` bytes each
 * pairs      outputs / 2; at least 1
 */

#if NN_DSP_ASM

/* Sums r10 += r0 * weights u, and so on for the three rows of a column pair. ACC is an accumulating multiplication. */
#define NN_DSP_PLANAR_ROWS(ACC, sum, u, v, w)    \
    ACC " " sum ", r0, " u ", " sum "\n\t"       \
    ACC " " sum ", r1, " v ", " sum "\n\t"       \
    ACC " " sum ", r2, " w ", " sum "\n\t"
/* Taps 0 and 1; 1 and 2; 0 alone, from the high pixel; 2 alone, from the low pixel. */
#define NN_DSP_PLANAR_01(sum) NN_DSP_PLANAR_ROWS("smlad", sum, "r4", "r6", "r8")
#define NN_DSP_PLANAR_12(sum) NN_DSP_PLANAR_ROWS("smlad", sum, "r5", "r7", "r9")
#define NN_DSP_PLANAR_0(sum) NN_DSP_PLANAR_ROWS("smlatb", sum, "r4", "r6", "r8")
#define NN_DSP_PLANAR_2(sum) NN_DSP_PLANAR_ROWS("smlabt", sum, "r5", "r7", "r9")

/* A sum as a stored value; r0, r1 = multiplier, offset. */
#define NN_DSP_PLANAR_ROUND(sum)                 \
    "smmla " sum ", " sum ", r0, r1\n\t"         \
    "ssat " sum ", #8, " sum ", asr #10\n\t"

/* Two neighbouring outputs. Stride 1: pixels 0 to 3 of two words. Stride 2: pixels 0 to 4 of three. */
#define NN_DSP_PLANAR_PAIR_1                     \
    "ldm r3!, {r0, r1, r2}\n\t"                  \
    "ldrd r10, r11, [sp, #12]\n\t"               \
    NN_DSP_PLANAR_01("r10")                      \
    NN_DSP_PLANAR_0("r11")                       \
    "ldm r3, {r0, r1, r2}\n\t"                   \
    NN_DSP_PLANAR_2("r10")                       \
    NN_DSP_PLANAR_12("r11")
#define NN_DSP_PLANAR_PAIR_2                     \
    "ldm r3!, {r0, r1, r2}\n\t"                  \
    "ldrd r10, r11, [sp, #12]\n\t"               \
    NN_DSP_PLANAR_01("r10")                      \
    "ldm r3!, {r0, r1, r2}\n\t"                  \
    NN_DSP_PLANAR_2("r10")                       \
    NN_DSP_PLANAR_01("r11")                      \
    "ldm r3, {r0, r1, r2}\n\t"                   \
    NN_DSP_PLANAR_2("r11")

/* After the last pair: on to the next plane, or one more output first. */
#define NN_DSP_PLANAR_EVEN                       \
    "add r3, r3, #12\n\t"
#define NN_DSP_PLANAR_ODD                        \
    "ldm r3!, {r0, r1, r2}\n\t"                  \
    "ldr r10, [sp, #12]\n\t"                     \
    NN_DSP_PLANAR_01("r10")                      \
    "ldm r3!, {r0, r1, r2}\n\t"                  \
    NN_DSP_PLANAR_2("r10")                       \
    "ldrd r0, r1, [sp]\n\t"                      \
    NN_DSP_PLANAR_ROUND("r10")                   \
    "strb r10, [r12]\n\t"

/*
 * r0-r2 two pixels of each row; after the sums multiplier, offset, channels
 * r3 planes                            r10, r11 sums of two outputs; before them r10 bias, r11 weights
 * r4, r6, r8 taps (0, 1) of each slot  r12 y
 * r5, r7, r9 taps (1, 2) of each slot  lr pairs left
 * Stack, in words: multiplier, offset, channels, bias, bias; weights; way back from the end of a row of y to its start,
 * in the next channel; w_end; pairs; where weights are loaded: three entries of 12 bytes, one per rotation.
 */
#define NN_DSP_PLANAR_BODY(PAIR, LAST)           \
    ".syntax unified\n\t"                        \
    "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t" \
    "mov r11, r0\n\t"                            \
    "mov r9, r1\n\t"                             \
    "mov r12, r3\n\t"                            \
    "mov r3, r2\n\t"                             \
    "add r0, sp, #36\n\t"                        \
    "ldm r0, {r4, r5, r6}\n\t"                   \
    "mul r8, r4, r5\n\t"                         \
    "lsl r8, r8, #1\n\t"                         \
    "sub r8, r8, #1\n\t"                         \
    "adr.w r7, 2f\n\t"                           \
    "mov r10, #12\n\t"                           \
    "mla r7, r6, r10, r7\n\t"                    \
    "orr r7, r7, #1\n\t"                         \
    "sub sp, sp, #40\n\t"                        \
    "str r4, [sp, #8]\n\t"                       \
    "strd r8, r9, [sp, #24]\n\t"                 \
    "strd r5, r7, [sp, #32]\n"                   \
    "1:\n\t"                                     \
    "ldr pc, [sp, #36]\n"                        \
    "2:\n\t"                                     \
    "ldm r11!, {r0, r1, r4, r5, r6, r7, r8, r9, r10}\n\t" \
    "b.w 3f\n\t"                                 \
    "nop.w\n\t"                                  \
    "ldm r11!, {r0, r1, r6, r7, r8, r9}\n\t"     \
    "ldm r11!, {r4, r5, r10}\n\t"                \
    "b.w 3f\n\t"                                 \
    "ldm r11!, {r0, r1, r8, r9}\n\t"             \
    "ldm r11!, {r4, r5, r6, r7, r10}\n"          \
    "3:\n\t"                                     \
    "str r11, [sp, #20]\n\t"                     \
    "mov r11, r10\n\t"                           \
    "strd r0, r1, [sp]\n\t"                      \
    "strd r10, r11, [sp, #12]\n\t"               \
    "ldr lr, [sp, #32]\n"                        \
    "4:\n\t"                                     \
    PAIR                                         \
    "ldm sp, {r0, r1, r2}\n\t"                   \
    NN_DSP_PLANAR_ROUND("r10")                   \
    NN_DSP_PLANAR_ROUND("r11")                   \
    "strb r10, [r12]\n\t"                        \
    "strb r11, [r12, r2]\n\t"                    \
    "add r12, r12, r2, lsl #1\n\t"               \
    "subs lr, lr, #1\n\t"                        \
    "bne 4b\n\t"                                 \
    LAST                                         \
    "ldrd r0, r1, [sp, #24]\n\t"                 \
    "ldr r11, [sp, #20]\n\t"                     \
    "sub r12, r12, r0\n\t"                       \
    "cmp r11, r1\n\t"                            \
    "bne 1b\n\t"                                 \
    "add sp, sp, #40\n\t"                        \
    "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"

/* Stride 1 or 2, an even or odd number of outputs. */
#define NN_DSP_PLANAR_FUNCTION(name, PAIR, LAST)                                                              \
    NN_DSP_FUNCTION void name(const int32_t *w NN_DSP_UNUSED, const int32_t *w_end NN_DSP_UNUSED,             \
                              const int32_t *planes NN_DSP_UNUSED, int8_t *y NN_DSP_UNUSED,                   \
                              int32_t channels NN_DSP_UNUSED, int32_t pairs NN_DSP_UNUSED,                    \
                              int32_t rotation NN_DSP_UNUSED)                                                 \
    {                                                                                                         \
        __asm__ __volatile__(NN_DSP_PLANAR_BODY(PAIR, LAST));                                                 \
    }

NN_DSP_PLANAR_FUNCTION(nn_dsp_planar_1_even, NN_DSP_PLANAR_PAIR_1, NN_DSP_PLANAR_EVEN)
NN_DSP_PLANAR_FUNCTION(nn_dsp_planar_1_odd, NN_DSP_PLANAR_PAIR_1, NN_DSP_PLANAR_ODD)
NN_DSP_PLANAR_FUNCTION(nn_dsp_planar_2_even, NN_DSP_PLANAR_PAIR_2, NN_DSP_PLANAR_EVEN)
NN_DSP_PLANAR_FUNCTION(nn_dsp_planar_2_odd, NN_DSP_PLANAR_PAIR_2, NN_DSP_PLANAR_ODD)

#else

/* Pixel `column` of a row that starts at its first word; words of a row are 3 apart. */
NN_INLINE int32_t nn_dsp_planar_pixel(const int32_t *row, int32_t column)
{
    const int32_t word = row[3 * (column / 2)];
    return column % 2 == 0 ? nn_dsp_low_half(word) : word >> 16;
}

/* One output: w = numbers of the channel, planes = its planes, column = first of its window. */
NN_INLINE int8_t nn_dsp_planar_output(const int32_t *w, const int32_t *planes, int32_t column, int32_t rotation)
{
    int32_t sum = w[NN_DSP_PLANAR_BIAS];
    int32_t i;
    for (i = 0; i < 3; ++i) {
        const int32_t *const row = planes + (rotation + i) % 3;
        const int32_t *const taps = w + NN_DSP_PLANAR_WEIGHTS + 2 * i;
        sum += nn_dsp_planar_pixel(row, column) * nn_dsp_low_half(taps[0]);
        sum += nn_dsp_planar_pixel(row, column + 1) * (taps[0] >> 16);
        sum += nn_dsp_planar_pixel(row, column + 2) * (taps[1] >> 16);
    }
    sum = (int32_t)(((int64_t)sum * w[NN_DSP_PLANAR_MULTIPLIER]) >> 32) + w[NN_DSP_PLANAR_OFFSET];
    return (int8_t)nn_clamp(sum >> NN_DSP_PLANAR_SHIFT, -128, 127);
}

NN_SHARED void nn_dsp_planar_any(const int32_t *w, const int32_t *w_end, const int32_t *planes, int8_t *y,
                                 int32_t channels, int32_t outputs, int32_t stride, int32_t rotation)
{
    const int32_t words = stride == 1 ? outputs / 2 + 1 + outputs % 2 : outputs + 1;
    int32_t i;
    for (; w != w_end; w += NN_DSP_PLANAR_NUMBERS) {
        for (i = 0; i < outputs; ++i) {
            y[i * channels] = nn_dsp_planar_output(w, planes, stride * i, rotation);
        }
        planes += 3 * words;
        ++y;
    }
}

#define NN_DSP_PLANAR_FUNCTION(name, stride, odd)                                                             \
    NN_INLINE void name(const int32_t *w, const int32_t *w_end, const int32_t *planes, int8_t *y,             \
                        int32_t channels, int32_t pairs, int32_t rotation)                                    \
    {                                                                                                         \
        nn_dsp_planar_any(w, w_end, planes, y, channels, 2 * pairs + (odd), stride, rotation);                \
    }

NN_DSP_PLANAR_FUNCTION(nn_dsp_planar_1_even, 1, 0)
NN_DSP_PLANAR_FUNCTION(nn_dsp_planar_1_odd, 1, 1)
NN_DSP_PLANAR_FUNCTION(nn_dsp_planar_2_even, 2, 0)
NN_DSP_PLANAR_FUNCTION(nn_dsp_planar_2_odd, 2, 1)

#endif

#endif
