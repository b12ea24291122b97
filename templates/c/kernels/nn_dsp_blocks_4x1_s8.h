#ifndef NN_DSP_BLOCKS_4X1_S8_H
#define NN_DSP_BLOCKS_4X1_S8_H

#include "nn_common.h"
#include "nn_dsp_dense_s8.h"

/*
 * Sparse matrix times vector: blocks of 4 channels and 8 or 4 taps, of which those of zeros are missing.
 *
 * A group of 4 channels: chunks, then numbers as in nn_dsp_dense_s8.h. A chunk: how far to jump into the unrolled loop,
 * then up to 4 blocks, each after the bytes by which the strip pointer goes on. 0 instead of a jump ends the chunks.
 */
enum {
    NN_DSP_BLOCKS_UNROLL = 4,
    NN_DSP_BLOCK_4X8_BYTES = 116, /* code of a block */
    NN_DSP_BLOCK_4X4_BYTES = 64
};

#if NN_DSP_ASM

/* 32 products in 29 instructions. */
#define NN_DSP_BLOCK_4X8                         \
    "ldr r4, [lr], #4\n\t"                       \
    "add.w r12, r12, r4\n\t"                     \
    NN_DSP_BLOCK_4X1(NN_DSP_ADD)

/* 16 products in 16 instructions. */
#define NN_DSP_BLOCK_4X4                         \
    "ldr r6, [lr], #4\n\t"                       \
    "add.w r12, r12, r6\n\t"                     \
    "ldrd r4, r5, [r12], #8\n\t"                 \
    "ldm.w lr!, {r8, r9, r10, r11}\n\t"          \
    NN_DSP_STEP_4X1(NN_DSP_ADD, "r8", "r9", "r4") \
    NN_DSP_STEP_4X1(NN_DSP_ADD, "r10", "r11", "r5")

/* Registers and stack as in NN_DSP_BODY_4X1. The jumps count from label 2 first, then from 8 bytes after label 3. */
#define NN_DSP_BODY_BLOCKS_4X1(BLOCK, FINISH, ROUND) \
    ".syntax unified\n\t"                        \
    "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t" \
    "ldrd r8, r12, [sp, #36]\n\t"                \
    "ldm r12, {r4, r5, r6}\n\t"                  \
    "mov r7, r2\n\t"                             \
    "mov r10, r1\n\t"                            \
    "push {r4, r5, r6, r7, r8, r9, r10, r11}\n\t" \
    "mov r12, r2\n\t"                            \
    "mov lr, r0\n"                               \
    "1:\n\t"                                     \
    "mov r0, #0\n\t"                             \
    "mov r1, #0\n\t"                             \
    "mov r2, #0\n\t"                             \
    "mov r3, #0\n\t"                             \
    "ldr r4, [lr], #4\n\t"                       \
    "add pc, r4\n\t"                             \
    "nop\n"                                      \
    "2:\n\t"                                     \
    ".rept 4\n\t"                                \
    BLOCK                                        \
    ".endr\n"                                    \
    "3:\n\t"                                     \
    "ldr r4, [lr], #4\n\t"                       \
    "add pc, r4\n\t"                             \
    "nop\n\t"                                    \
    "sub r0, r0, r1\n\t"                         \
    "sub r2, r2, r3\n\t"                         \
    FINISH(ROUND)                                \
    NN_DSP_LEAVE_4X1

/* Groups of 4 channels: y = stored values, four per group. Arguments as in nn_dsp_dense_s8.h. */
#define NN_DSP_BLOCKS(name, BLOCK, FINISH, ROUND)                                                                    \
    NN_DSP_FUNCTION void name(const int32_t *w NN_DSP_UNUSED, const int32_t *w_end NN_DSP_UNUSED,                    \
                              const int32_t *strip NN_DSP_UNUSED, int32_t unused NN_DSP_UNUSED,                      \
                              int8_t *y NN_DSP_UNUSED, const int32_t *shared NN_DSP_UNUSED)                          \
    {                                                                                                                \
        __asm__ __volatile__(NN_DSP_BODY_BLOCKS_4X1(BLOCK, FINISH, ROUND));                                          \
    }
NN_DSP_BLOCKS(nn_dsp_blocks_4x8_each_up, NN_DSP_BLOCK_4X8, NN_DSP_FINISH_EACH, NN_DSP_ROUND)
NN_DSP_BLOCKS(nn_dsp_blocks_4x8_each_away, NN_DSP_BLOCK_4X8, NN_DSP_FINISH_EACH, NN_DSP_ROUND_AWAY)
NN_DSP_BLOCKS(nn_dsp_blocks_4x8_shared_up, NN_DSP_BLOCK_4X8, NN_DSP_FINISH_SHARED, NN_DSP_ROUND)
NN_DSP_BLOCKS(nn_dsp_blocks_4x8_shared_away, NN_DSP_BLOCK_4X8, NN_DSP_FINISH_SHARED, NN_DSP_ROUND_AWAY)
NN_DSP_BLOCKS(nn_dsp_blocks_4x4_each_up, NN_DSP_BLOCK_4X4, NN_DSP_FINISH_EACH, NN_DSP_ROUND)
NN_DSP_BLOCKS(nn_dsp_blocks_4x4_each_away, NN_DSP_BLOCK_4X4, NN_DSP_FINISH_EACH, NN_DSP_ROUND_AWAY)
NN_DSP_BLOCKS(nn_dsp_blocks_4x4_shared_up, NN_DSP_BLOCK_4X4, NN_DSP_FINISH_SHARED, NN_DSP_ROUND)
NN_DSP_BLOCKS(nn_dsp_blocks_4x4_shared_away, NN_DSP_BLOCK_4X4, NN_DSP_FINISH_SHARED, NN_DSP_ROUND_AWAY)

#else

/* All blocks of a group; returns what follows them. taps = 8 or 4. */
NN_PART const int32_t *nn_dsp_blocks_sums(const int32_t *w, const int32_t *strip, int32_t taps, int32_t sum[4])
{
    const int32_t code = taps == 8 ? NN_DSP_BLOCK_4X8_BYTES : NN_DSP_BLOCK_4X4_BYTES;
    int32_t blocks = NN_DSP_BLOCKS_UNROLL - *w++ / code;
    int32_t i;
    for (;;) {
        for (; blocks > 0; --blocks) {
            strip += *w++ / 4;
            for (i = 0; i < taps / 2; ++i) {
                nn_dsp_add_word(*w++, *strip, &sum[0], &sum[1]);
                nn_dsp_add_word(*w++, *strip++, &sum[2], &sum[3]);
            }
        }
        blocks = -(*w + 8) / code;
        if (*w++ == 0) {
            return w;
        }
    }
}

/* All eight functions: shared = NULL where each channel has its own numbers. */
NN_PART void nn_dsp_blocks_4x1(const int32_t *w, const int32_t *w_end, const int32_t *strip, int32_t taps, int8_t *y,
                               const int32_t *shared, int32_t away)
{
    while (w != w_end) {
        int32_t sum[4] = {0, 0, 0, 0};
        int32_t i;
        w = nn_dsp_blocks_sums(w, strip, taps, sum);
        for (i = 0; i < 4; ++i) {
            const int32_t *const scale = shared == NULL ? w + NN_DSP_MULTIPLIER : shared;
            *y++ = nn_dsp_round(w[0] + 2 * sum[i], scale, away);
            w += shared == NULL ? NN_DSP_NUMBERS : 1;
        }
    }
}

#endif

/* The stream of a matrix. */
typedef struct nn_dsp_blocks {
    const int32_t *weights; /* groups of 4 channels, after the numbers that they share if they do */
    int32_t taps;           /* of a block, 8 or 4 */
    int32_t shared, away;   /* as in nn_dsp_dense */
} nn_dsp_blocks;

/* The groups of stream [w, w_end). */
NN_INLINE void nn_dsp_blocks_groups(const nn_dsp_blocks *m, const int32_t *w, const int32_t *w_end,
                                    const int32_t *strip, int8_t *y)
{
#if NN_DSP_ASM
    if (m->taps == 8) {
        if (m->shared) {
            if (m->away) {
                nn_dsp_blocks_4x8_shared_away(w, w_end, strip, 0, y, m->weights);
            } else {
                nn_dsp_blocks_4x8_shared_up(w, w_end, strip, 0, y, m->weights);
            }
        } else if (m->away) {
            nn_dsp_blocks_4x8_each_away(w, w_end, strip, 0, y, m->weights);
        } else {
            nn_dsp_blocks_4x8_each_up(w, w_end, strip, 0, y, m->weights);
        }
    } else if (m->shared) {
        if (m->away) {
            nn_dsp_blocks_4x4_shared_away(w, w_end, strip, 0, y, m->weights);
        } else {
            nn_dsp_blocks_4x4_shared_up(w, w_end, strip, 0, y, m->weights);
        }
    } else if (m->away) {
        nn_dsp_blocks_4x4_each_away(w, w_end, strip, 0, y, m->weights);
    } else {
        nn_dsp_blocks_4x4_each_up(w, w_end, strip, 0, y, m->weights);
    }
#else
    nn_dsp_blocks_4x1(w, w_end, strip, m->taps, y, m->shared ? m->weights : NULL, m->away);
#endif
}

#endif
