#ifndef NN_MVE_DENSE_S8_H
#define NN_MVE_DENSE_S8_H

#include "nn_common.h"
#include "nn_mve_s8.h"

/* Four channels of one row of values at a time. */

typedef struct nn_mve_dense {
    /*
     * groups of 4 channels: 4 biases, [blocks][4][16] bytes of weights, then, unless one scale serves all, 4
     * multipliers and 4 bytes of shifts to the left
     */
    const int32_t *weights;
    int32_t blocks; /* of 16 values */
    int32_t channels;
    int32_t zero, low, high; /* of the stored values */
    int32_t multiplier, shift; /* of all channels; multiplier = 0: each has its own */
} nn_mve_dense;

#if NN_MVE_ASM

/* 16 values of 4 channels: 64 products in 9 instructions, 36 bytes. */
#define NN_MVE_BLOCK_4X1                         \
    "vldrb.u8 q0, [r3], #16\n\t"                 \
    "vldrb.u8 q1, [r1], #16\n\t"                 \
    "vmladava.s8 r0, q0, q1\n\t"                 \
    "vldrb.u8 q2, [r1], #16\n\t"                 \
    "vmladava.s8 r2, q0, q2\n\t"                 \
    "vldrb.u8 q1, [r1], #16\n\t"                 \
    "vmladava.s8 r4, q0, q1\n\t"                 \
    "vldrb.u8 q2, [r1], #16\n\t"                 \
    "vmladava.s8 r6, q0, q2\n\t"

/* Sums become results, then back to label 1 while there are channels. */
#define NN_MVE_FINISH_4X1(SCALE)                 \
    "vmov q0[2], q0[0], r0, r4\n\t"              \
    "vmov q0[3], q0[1], r2, r6\n\t"              \
    SCALE                                        \
    "vqmovnb.s32 q0, q0\n\t"                     \
    "vqadd.s16 q0, q0, r11\n\t"                  \
    "vmax.s16 q0, q0, q4\n\t"                    \
    "vmin.s16 q0, q0, q5\n\t"                    \
    "add r4, r7, #4\n\t"                         \
    "cmp r4, r8\n\t"                             \
    "bhi 4f\n\t"                                 \
    "vstrb.32 q0, [r7], #4\n\t"                  \
    "bne 1b\n\t"                                 \
    "b 5f\n"                                     \
    "4:\n\t"                                     \
    "sub r4, r8, r7\n\t"                         \
    "vctp.32 r4\n\t"                             \
    "vpst\n\t"                                   \
    "vstrbt.32 q0, [r7]\n"                       \
    "5:\n\t"                                     \
    "vpop {d8, d9, d10, d11, d12, d13, d14, d15}\n\t" \
    "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"

/*
 * r0, r2, r4, r6 sums     r1 weights, r3 values     r5 start of the values     r7, r8 results and their end
 * r9 where to enter the loop of blocks, r10 its rounds     r11 zero; q4, q5 least and greatest stored value
 * SCALE: q0 = sums multiplied and rounded; r12, q7 = the scale of all.
 */
#define NN_MVE_BODY_4X1(SCALE)                   \
    ".syntax unified\n\t"                        \
    "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t" \
    "vpush {d8, d9, d10, d11, d12, d13, d14, d15}\n\t" \
    "mov r5, r1\n\t"                             \
    "mov r7, r2\n\t"                             \
    "ldm r0, {r1, r2, r3, r4, r6, r8, r9, r10}\n\t" \
    "mov r11, r4\n\t"                            \
    "vdup.16 q4, r6\n\t"                         \
    "vdup.16 q5, r8\n\t"                         \
    "mov r12, r9\n\t"                            \
    "vdup.32 q7, r10\n\t"                        \
    "add r8, r7, r3\n\t"                         \
    "sub r0, r2, #1\n\t"                         \
    "and r0, r0, #" NN_MVE_UNROLL " - 1\n\t"     \
    "add r0, r0, #1\n\t"                         \
    "add r10, r2, #" NN_MVE_UNROLL " - 1\n\t"    \
    "mov r4, #" NN_MVE_UNROLL "\n\t"             \
    "udiv r10, r10, r4\n\t"                      \
    "mov r4, #36\n\t"                            \
    "adr.w r9, 3f\n\t"                           \
    "mls r9, r0, r4, r9\n\t"                     \
    "orr r9, r9, #1\n"                           \
    "1:\n\t"                                     \
    "ldm r1!, {r0, r2, r4, r6}\n\t"              \
    "mov r3, r5\n\t"                             \
    "dls lr, r10\n\t"                            \
    "bx r9\n"                                    \
    "2:\n\t"                                     \
    ".rept " NN_MVE_UNROLL "\n\t"                \
    NN_MVE_BLOCK_4X1                             \
    ".endr\n"                                    \
    "3:\n\t"                                     \
    "le lr, 2b\n\t"                              \
    NN_MVE_FINISH_4X1(SCALE)

#define NN_MVE_SCALE_EACH                        \
    "vldrw.u32 q1, [r1], #16\n\t"                \
    "vqrdmulh.s32 q0, q0, q1\n\t"                \
    "vldrb.s32 q1, [r1], #4\n\t"                 \
    NN_MVE_AWAY("q0", "q2")                      \
    "vrshl.s32 q0, q0, q1\n\t"
#define NN_MVE_SCALE_ALL                         \
    "vqrdmulh.s32 q0, q0, r12\n\t"               \
    NN_MVE_AWAY("q0", "q2")                      \
    "vrshl.s32 q0, q0, q7\n\t"

/*
 * All channels of one row of values, each with its own scale; shifts to the right by 1 at least.
 * x          [16 * blocks]
 * y          [channels]
 */
NN_MVE_FUNCTION void nn_mve_dense_each(const nn_mve_dense *m NN_MVE_UNUSED, const int8_t *x NN_MVE_UNUSED,
                                       int8_t *y NN_MVE_UNUSED)
{
    __asm__ volatile(NN_MVE_BODY_4X1(NN_MVE_SCALE_EACH));
}

/* The same with one scale for all. */
NN_MVE_FUNCTION void nn_mve_dense_all(const nn_mve_dense *m NN_MVE_UNUSED, const int8_t *x NN_MVE_UNUSED,
                                      int8_t *y NN_MVE_UNUSED)
{
    __asm__ volatile(NN_MVE_BODY_4X1(NN_MVE_SCALE_ALL));
}

#else

/* All channels of one row of values; x [16 * blocks], y [channels]. */
NN_SHARED void nn_mve_dense_each(const nn_mve_dense *m, const int8_t *x, int8_t *y)
{
    const int32_t *w = m->weights;
    int32_t c, i, k;
    for (c = 0; c < m->channels; c += 4) {
        const int32_t *const bias = w;
        const int32_t *const scale = w + 4 + 16 * m->blocks;
        w += 4;
        for (i = 0; i < nn_min(4, m->channels - c); ++i) {
            const int32_t multiplier = m->multiplier != 0 ? m->multiplier : scale[i];
            const int32_t shift = m->multiplier != 0 ? m->shift : nn_mve_byte(scale + 4, i);
            int32_t sum = bias[i];
            for (k = 0; k < 16 * m->blocks; ++k) {
                sum += x[k] * nn_mve_byte(w, k / 16 * 64 + i * 16 + k % 16);
            }
            y[c + i] = nn_mve_result(sum, multiplier, shift, m->zero, m->low, m->high);
        }
        w = m->multiplier != 0 ? scale : scale + 5;
    }
}

NN_INLINE void nn_mve_dense_all(const nn_mve_dense *m, const int8_t *x, int8_t *y)
{
    nn_mve_dense_each(m, x, y);
}

#endif

#endif
