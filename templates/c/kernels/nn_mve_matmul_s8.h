#ifndef NN_MVE_MATMUL_S8_H
#define NN_MVE_MATMUL_S8_H

#include "nn_common.h"
#include "nn_mve_s8.h"

/* Four channels of two pixels at a time. */

typedef struct nn_mve_matrix {
    /* groups of 4 channels: 4 biases, [blocks][4][16] bytes of weights, 4 multipliers, 4 bytes of shifts to the left */
    const int32_t *weights;
    int32_t blocks; /* of 16 taps */
    int32_t channels;
    int32_t zero, low, high; /* of the stored values */
} nn_mve_matrix;

#if NN_MVE_ASM

/* 16 taps of 4 channels and 2 pixels: 128 products in 14 instructions, 56 bytes. */
#define NN_MVE_BLOCK_4X2                         \
    "vldrb.u8 q0, [r9], #16\n\t"                 \
    "vldrb.u8 q2, [r1], #16\n\t"                 \
    "vmladava.s8 r0, q0, q2\n\t"                 \
    "vldrb.u8 q1, [r11], #16\n\t"                 \
    "vmladava.s8 r8, q1, q2\n\t"                 \
    "vldrb.u8 q3, [r1], #16\n\t"                 \
    "vmladava.s8 r2, q0, q3\n\t"                 \
    "vmladava.s8 r10, q1, q3\n\t"                \
    "vldrb.u8 q2, [r1], #16\n\t"                 \
    "vmladava.s8 r4, q0, q2\n\t"                 \
    "vmladava.s8 r12, q1, q2\n\t"                \
    "vldrb.u8 q3, [r1], #16\n\t"                 \
    "vmladava.s8 r6, q0, q3\n\t"                 \
    "vmladava.s8 lr, q1, q3\n\t"

/*
 * r0, r2, r4, r6 sums of 4 channels of the first pixel, r8, r10, r12, lr of the second
 * r1 weights     r9, r11 the pixels' strips, r3 end of the first     r5, r7 results
 * Stack: zero, end of the first pixel's results, strips of both pixels, where to enter the loop of blocks, weights,
 * pixels, bytes of a strip, channels.
 * The loop is entered so that its last round ends with the strip.
 */
#define NN_MVE_BODY_4X2(START, ROUND, CLAMP, END) \
    ".syntax unified\n\t"                        \
    "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"\
    START                                        \
    "ldm r0, {r4, r5, r6, r7}\n\t"               \
    "sub r8, r5, #1\n\t"                         \
    "and r8, r8, #" NN_MVE_UNROLL " - 1\n\t"     \
    "add r8, r8, #1\n\t"                         \
    "mov r10, #56\n\t"                           \
    "adr.w r12, 3f\n\t"                          \
    "mls r12, r8, r10, r12\n\t"                  \
    "orr r12, r12, #1\n\t"                       \
    "lsl r5, r5, #4\n\t"                         \
    "sub sp, sp, #36\n\t"                        \
    "str r7, [sp]\n\t"                           \
    "strd r12, r4, [sp, #16]\n\t"                \
    "strd r3, r5, [sp, #24]\n\t"                 \
    "str r6, [sp, #32]\n\t"                      \
    "mov r9, r1\n\t"                             \
    "mov r5, r2\n"                               \
    /* Two pixels, or the last one twice. */     \
    "0:\n\t"                                     \
    "add r8, sp, #20\n\t"                        \
    "ldm r8, {r1, r4, r6, r8}\n\t"               \
    "add r3, r9, r6\n\t"                         \
    "add r2, r5, r8\n\t"                         \
    "mov r7, r2\n\t"                             \
    "mov r11, r3\n\t"                            \
    "subs r4, r4, #2\n\t"                        \
    "it mi\n\t"                                  \
    "movmi r7, r5\n\t"                           \
    "it mi\n\t"                                  \
    "movmi r11, r9\n\t"                          \
    "str r4, [sp, #24]\n\t"                      \
    "strd r2, r9, [sp, #4]\n\t"                  \
    "str r11, [sp, #12]\n"                       \
    "1:\n\t"                                     \
    "ldm r1, {r0, r2, r4, r6}\n\t"               \
    "ldm r1!, {r8, r10, r12, lr}\n\t"            \
    "ldr pc, [sp, #16]\n"                        \
    "2:\n\t"                                     \
    ".rept " NN_MVE_UNROLL "\n\t"                \
    NN_MVE_BLOCK_4X2                             \
    ".endr\n"                                    \
    "3:\n\t"                                     \
    "cmp r9, r3\n\t"                             \
    "bne 2b\n\t"                                 \
    "vmov q0[2], q0[0], r0, r4\n\t"              \
    "vmov q0[3], q0[1], r2, r6\n\t"              \
    "vmov q1[2], q1[0], r8, r12\n\t"             \
    "vmov q1[3], q1[1], r10, lr\n\t"             \
    "ldm sp, {r0, r2, r9, r11}\n\t"              \
    "vldrw.u32 q2, [r1], #16\n\t"                \
    "vqrdmulh.s32 q0, q0, q2\n\t"                \
    "vqrdmulh.s32 q1, q1, q2\n\t"                \
    "vldrb.s32 q2, [r1], #4\n\t"                 \
    ROUND                                        \
    "vrshl.s32 q0, q0, q2\n\t"                   \
    "vrshl.s32 q1, q1, q2\n\t"                   \
    /* Both pixels in one register as 16 bits, the second one high. */\
    "vqmovnb.s32 q0, q0\n\t"                     \
    "vqmovnt.s32 q0, q1\n\t"                     \
    "vqadd.s16 q0, q0, r0\n\t"                   \
    CLAMP                                        \
    "vshr.u32 q1, q0, #16\n\t"                   \
    "add r4, r5, #4\n\t"                         \
    "cmp r4, r2\n\t"                             \
    "bhi 4f\n\t"                                 \
    "vstrb.32 q0, [r5], #4\n\t"                  \
    "vstrb.32 q1, [r7], #4\n\t"                  \
    "bne 1b\n\t"                                 \
    "b 5f\n"                                     \
    /* Fewer than 4 channels are left. */        \
    "4:\n\t"                                     \
    "sub r4, r2, r5\n\t"                         \
    "vctp.32 r4\n\t"                             \
    "vpstt\n\t"                                  \
    "vstrbt.32 q0, [r5]\n\t"                     \
    "vstrbt.32 q1, [r7]\n\t"                     \
    "add r7, r7, r4\n"                           \
    "5:\n\t"                                     \
    "ldrd r4, r6, [sp, #24]\n\t"                 \
    "mov r5, r7\n\t"                             \
    "add r9, r11, r6\n\t"                        \
    "cmp r4, #0\n\t"                             \
    "bgt 0b\n\t"                                 \
    "add sp, sp, #36\n\t"                        \
    END                                          \
    "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"

#define NN_MVE_SATURATE "vqmovnb.s16 q0, q0\n\t"

/* q4, q5 = least and greatest stored value. */
#define NN_MVE_START_RANGE                       \
    "vpush {d8, d9, d10, d11}\n\t"               \
    "ldrd r4, r5, [r0, #16]\n\t"                 \
    "vdup.16 q4, r4\n\t"                         \
    "vdup.16 q5, r5\n\t"
#define NN_MVE_CLAMP_RANGE                       \
    "vmax.s16 q0, q0, q4\n\t"                    \
    "vmin.s16 q0, q0, q5\n\t"
#define NN_MVE_END_RANGE "vpop {d8, d9, d10, d11}\n\t"

/*
 * All channels of `pixels` >= 1 pixels, for stored values of the whole range with -128 for zero: below it nothing needs
 * to be rounded rightly.
 * strip      [pixels][16 * blocks]
 * y          [pixels][channels]
 */
NN_MVE_FUNCTION void nn_mve_matmul_full(const nn_mve_matrix *m NN_MVE_UNUSED, const int8_t *strip NN_MVE_UNUSED,
                                        int8_t *y NN_MVE_UNUSED, int32_t pixels NN_MVE_UNUSED)
{
    __asm__ volatile(NN_MVE_BODY_4X2("", "", NN_MVE_SATURATE, ""));
}

/* The same for any zero and range; shifts to the right by 1 at least. */
NN_MVE_FUNCTION void nn_mve_matmul_range(const nn_mve_matrix *m NN_MVE_UNUSED, const int8_t *strip NN_MVE_UNUSED,
                                         int8_t *y NN_MVE_UNUSED, int32_t pixels NN_MVE_UNUSED)
{
    __asm__ volatile(NN_MVE_BODY_4X2(NN_MVE_START_RANGE, NN_MVE_AWAY("q0", "q3") NN_MVE_AWAY("q1", "q3"),
                                     NN_MVE_CLAMP_RANGE, NN_MVE_END_RANGE));
}

#else

/* One pixel. */
NN_INLINE void nn_mve_matmul_one(const nn_mve_matrix *m, const int8_t *strip, int8_t *y)
{
    const int32_t *w = m->weights;
    int32_t c, i, k;
    for (c = 0; c < m->channels; c += 4) {
        const int32_t *const bias = w;
        const int32_t *const scale = w + 4 + 16 * m->blocks;
        w += 4;
        for (i = 0; i < nn_min(4, m->channels - c); ++i) {
            int32_t sum = bias[i];
            for (k = 0; k < 16 * m->blocks; ++k) {
                sum += strip[k] * nn_mve_byte(w, k / 16 * 64 + i * 16 + k % 16);
            }
            y[c + i] = nn_mve_result(sum, scale[i], nn_mve_byte(scale + 4, i), m->zero, m->low, m->high);
        }
        w = scale + 5;
    }
}

/* All channels of `pixels` pixels; strip [pixels][16 * blocks], y [pixels][channels]. */
NN_SHARED void nn_mve_matmul_range(const nn_mve_matrix *m, const int8_t *strip, int8_t *y, int32_t pixels)
{
    int32_t p;
    for (p = 0; p < pixels; ++p) {
        nn_mve_matmul_one(m, strip + p * 16 * m->blocks, y + p * m->channels);
    }
}

NN_INLINE void nn_mve_matmul_full(const nn_mve_matrix *m, const int8_t *strip, int8_t *y, int32_t pixels)
{
    nn_mve_matmul_range(m, strip, y, pixels);
}

#endif

/* Either, whichever suits; full = zero is -128, the range -128 to 127. */
NN_INLINE void nn_mve_matmul(const nn_mve_matrix *m, const int8_t *strip, int8_t *y, int32_t pixels)
{
    if (m->zero == -128 && m->low == -128 && m->high == 127) {
        nn_mve_matmul_full(m, strip, y, pixels);
    } else {
        nn_mve_matmul_range(m, strip, y, pixels);
    }
}

#endif
