#ifndef NN_DSP_BLOCKS_3X2_S8_H
#define NN_DSP_BLOCKS_3X2_S8_H

#include "nn_common.h"
#include "nn_dsp_3x2_s8.h"

/*
 * Two channels of three pixels at a time, sparse weights: blocks of 2 channels and 4 taps, of which those of zeros are
 * missing. A group of 2 channels: biases, chunks, numbers as nn_dsp_3x2 takes them. A chunk: how far to jump into the
 * unrolled loop, then up to 4 blocks, each [bytes by which the strip pointer goes on, 2 words of weights]. 0 instead of
 * a jump ends the chunks.
 */
enum { NN_DSP_BLOCKS_3X2_UNROLL = 4, NN_DSP_BLOCKS_3X2_BYTES = 72 /* code of a block */ };

#if NN_DSP_ASM

/* 24 products in 18 instructions. */
#define NN_DSP_SPARSE_3X2                        \
    "ldm.w lr!, {r9, r10, r11}\n\t"              \
    "add.w r12, r12, r9\n\t"                     \
    "ldm r12!, {r6, r7, r8}\n\t"                 \
    NN_DSP_ADD_3("r10", "r0", "r1", "r2")        \
    "sxtb16 r10, r10\n\t"                        \
    NN_DSP_ADD_3("r10", "r3", "r4", "r5")        \
    "ldm r12!, {r6, r7, r8}\n\t"                 \
    NN_DSP_ADD_3("r11", "r0", "r1", "r2")        \
    "sxtb16 r11, r11\n\t"                        \
    NN_DSP_ADD_3("r11", "r3", "r4", "r5")

/* Registers as in NN_DSP_BODY_3X2. The jumps count from label 2 first, then from 8 bytes after label 3. */
#define NN_DSP_BODY_BLOCKS_3X2(SET, FINISH)      \
    ".syntax unified\n\t"                        \
    "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t" \
    "add r7, sp, #36\n\t"                        \
    "ldm r7, {r4, r5, r6}\n\t"                   \
    "mov r7, r2\n\t"                             \
    "mov r8, r1\n\t"                             \
    "push {r4, r5, r6, r7, r8, r9}\n\t"          \
    "mov lr, r0\n"                               \
    "1:\n\t"                                     \
    SET                                          \
    "mov r0, r2\n\t"                             \
    "mov r1, r2\n\t"                             \
    "mov r3, r5\n\t"                             \
    "mov r4, r5\n\t"                             \
    "ldr r12, [sp, #12]\n\t"                     \
    "ldr r9, [lr], #4\n\t"                       \
    "add pc, r9\n\t"                             \
    "nop\n"                                      \
    "2:\n\t"                                     \
    ".rept 4\n\t"                                \
    NN_DSP_SPARSE_3X2                            \
    ".endr\n"                                    \
    "3:\n\t"                                     \
    "ldr r9, [lr], #4\n\t"                       \
    "add pc, r9\n\t"                             \
    "nop\n\t"                                    \
    "sub r0, r0, r3\n\t"                         \
    "sub r1, r1, r4\n\t"                         \
    "sub r2, r2, r5\n\t"                         \
    FINISH                                       \
    NN_DSP_LEAVE_3X2
#define NN_DSP_BLOCKS_SET_UP "ldm lr!, {r2, r5}\n\t"
#define NN_DSP_BLOCKS_SET_AWAY "mov r2, #0\n\tmov r5, #0\n\t"

/* Pairs of channels of 3 pixels; arguments as nn_dsp_3x2_up. Numbers as nn_dsp_3x2_up and nn_dsp_3x2_away take them. */
NN_DSP_FUNCTION void nn_dsp_blocks_3x2_up(const int32_t *w NN_DSP_UNUSED, const int32_t *w_end NN_DSP_UNUSED,
                                          const int32_t *strip NN_DSP_UNUSED, int32_t blocks NN_DSP_UNUSED,
                                          int8_t *y0 NN_DSP_UNUSED, int8_t *y1 NN_DSP_UNUSED,
                                          int8_t *y2 NN_DSP_UNUSED)
{
    __asm__ __volatile__(NN_DSP_BODY_BLOCKS_3X2(NN_DSP_BLOCKS_SET_UP, NN_DSP_FINISH_3X2_UP));
}

NN_DSP_FUNCTION void nn_dsp_blocks_3x2_away(const int32_t *w NN_DSP_UNUSED, const int32_t *w_end NN_DSP_UNUSED,
                                            const int32_t *strip NN_DSP_UNUSED, int32_t blocks NN_DSP_UNUSED,
                                            int8_t *y0 NN_DSP_UNUSED, int8_t *y1 NN_DSP_UNUSED,
                                            int8_t *y2 NN_DSP_UNUSED)
{
    __asm__ __volatile__(NN_DSP_BODY_BLOCKS_3X2(NN_DSP_BLOCKS_SET_AWAY, NN_DSP_FINISH_3X2_AWAY));
}

#else

/* All blocks of a group of channels a and b; returns what follows them. */
NN_PART const int32_t *nn_dsp_blocks_3x2_sums(const int32_t *w, const int32_t *strip, int32_t a[3], int32_t b[3])
{
    int32_t blocks = NN_DSP_BLOCKS_3X2_UNROLL - *w++ / NN_DSP_BLOCKS_3X2_BYTES;
    int32_t i;
    for (;;) {
        for (; blocks > 0; --blocks) {
            strip += w[0] / 4;
            for (i = 0; i < 6; ++i) {
                nn_dsp_add_word(w[1 + i / 3], strip[i], &a[i % 3], &b[i % 3]);
            }
            strip += 6;
            w += 3;
        }
        blocks = -(*w + 8) / NN_DSP_BLOCKS_3X2_BYTES;
        if (*w++ == 0) {
            return w;
        }
    }
}

NN_PART void nn_dsp_blocks_3x2(const int32_t *w, const int32_t *w_end, const int32_t *strip, int8_t *y0, int8_t *y1,
                               int8_t *y2, int32_t away)
{
    while (w != w_end) {
        int32_t a[3] = {0, 0, 0};
        int32_t b[3] = {0, 0, 0};
        if (!away) {
            a[0] = a[1] = a[2] = (int32_t)((uint32_t)w[0] - (uint32_t)w[1]) / 256;
            b[0] = b[1] = b[2] = w[1];
            w += 2;
        }
        w = nn_dsp_blocks_3x2_sums(w, strip, a, b);
        nn_dsp_3x2_results(a, b, w, away, y0, y1, y2);
        w += away ? 2 * NN_DSP_NUMBERS : 6;
        y0 += 2, y1 += 2, y2 += 2;
    }
}

NN_DSP_FUNCTION void nn_dsp_blocks_3x2_up(const int32_t *w, const int32_t *w_end, const int32_t *strip, int32_t blocks,
                                          int8_t *y0, int8_t *y1, int8_t *y2)
{
    (void)blocks;
    nn_dsp_blocks_3x2(w, w_end, strip, y0, y1, y2, 0);
}

NN_DSP_FUNCTION void nn_dsp_blocks_3x2_away(const int32_t *w, const int32_t *w_end, const int32_t *strip,
                                            int32_t blocks, int8_t *y0, int8_t *y1, int8_t *y2)
{
    (void)blocks;
    nn_dsp_blocks_3x2(w, w_end, strip, y0, y1, y2, 1);
}

#endif

#endif
