#ifndef NN_MVE_SUM_S8_H
#define NN_MVE_SUM_S8_H

#include "nn_common.h"
#include "nn_mve_s8.h"

/*
 * Sums of two quantised tensors, bit-exact with TFLite's int8 ADD, in one of two ways. Numbers are an int32_t array.
 * Linear: floor((a * A + b * B + OFFSET) * 2^SHIFT), for numbers that give the right result for all stored values.
 */
enum {
    NN_MVE_LINEAR_A,
    NN_MVE_LINEAR_B,
    NN_MVE_LINEAR_OFFSET,
    NN_MVE_LINEAR_SHIFT, /* to the left, at most 0 */
    NN_MVE_LINEAR_MIN,
    NN_MVE_LINEAR_MAX
};

/* Rounded as TFLite does it: both operands are shifted up, brought to one scale, added and brought to the output's. */
enum {
    NN_MVE_ROUNDED_A_LEFT, /* bits */
    NN_MVE_ROUNDED_A_MULTIPLIER,
    NN_MVE_ROUNDED_A_SHIFT, /* to the left, at most -1; so are the others */
    NN_MVE_ROUNDED_B_LEFT,
    NN_MVE_ROUNDED_B_MULTIPLIER,
    NN_MVE_ROUNDED_B_SHIFT,
    NN_MVE_ROUNDED_MULTIPLIER,
    NN_MVE_ROUNDED_SHIFT,
    NN_MVE_ROUNDED_A_OFFSET, /* added to stored values */
    NN_MVE_ROUNDED_B_OFFSET,
    NN_MVE_ROUNDED_OFFSET,
    NN_MVE_ROUNDED_MIN,
    NN_MVE_ROUNDED_MAX
};

#if NN_MVE_ASM

/* y = a + b of count >= 0 values. y may be an operand, or overlap it if y starts before it. */
NN_MVE_FUNCTION void nn_mve_sum_linear(const int32_t *numbers NN_MVE_UNUSED, const int8_t *a NN_MVE_UNUSED,
                                       const int8_t *b NN_MVE_UNUSED, int8_t *y NN_MVE_UNUSED,
                                       int32_t count NN_MVE_UNUSED)
{
    __asm__ volatile(".syntax unified\n\t"
                     "push {r4, r5, r6, r7, r8, lr}\n\t"
                     "ldr r12, [sp, #24]\n\t"
                     "vpush {d8, d9}\n\t"
                     "ldm r0, {r4, r5, r6, r7, r8, lr}\n\t"
                     "vdup.32 q2, r4\n\t"
                     "vdup.32 q3, r8\n\t"
                     "vdup.32 q4, lr\n\t"
                     "wlstp.32 lr, r12, 2f\n"
                     "1:\n\t"
                     "vldrb.s32 q0, [r1], #4\n\t"
                     "vldrb.s32 q1, [r2], #4\n\t"
                     "vmlas.s32 q0, q2, r6\n\t"
                     "vmla.s32 q0, q1, r5\n\t"
                     "vshl.s32 q0, r7\n\t"
                     "vmax.s32 q0, q0, q3\n\t"
                     "vmin.s32 q0, q0, q4\n\t"
                     "vstrb.32 q0, [r3], #4\n\t"
                     "letp lr, 1b\n"
                     "2:\n\t"
                     "vpop {d8, d9}\n\t"
                     "pop {r4, r5, r6, r7, r8, pc}\n\t");
}

NN_MVE_FUNCTION void nn_mve_sum_rounded(const int32_t *numbers NN_MVE_UNUSED, const int8_t *a NN_MVE_UNUSED,
                                        const int8_t *b NN_MVE_UNUSED, int8_t *y NN_MVE_UNUSED,
                                        int32_t count NN_MVE_UNUSED)
{
    __asm__ volatile(".syntax unified\n\t"
                     "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
                     "vpush {d8, d9, d10, d11, d12, d13, d14, d15}\n\t"
                     "add r12, r0, #32\n\t"
                     "ldm r12, {r4, r5, r6, r7, r8}\n\t"
                     "vdup.32 q4, r4\n\t"
                     "vdup.32 q5, r5\n\t"
                     "vdup.32 q6, r6\n\t"
                     "vdup.32 q7, r7\n\t"
                     "vdup.32 q3, r8\n\t"
                     "ldm r0, {r4, r5, r6, r7, r8, r9, r10, r11}\n\t"
                     "ldr r12, [sp, #100]\n\t"
                     "wlstp.32 lr, r12, 2f\n"
                     "1:\n\t"
                     "vldrb.s32 q0, [r1], #4\n\t"
                     "vldrb.s32 q1, [r2], #4\n\t"
                     "vadd.i32 q0, q0, q4\n\t"
                     "vadd.i32 q1, q1, q5\n\t"
                     "vshl.s32 q0, r4\n\t"
                     "vshl.s32 q1, r7\n\t"
                     "vqrdmulh.s32 q0, q0, r5\n\t"
                     "vqrdmulh.s32 q1, q1, r8\n\t"
                     NN_MVE_AWAY("q0", "q2")
                     NN_MVE_AWAY("q1", "q2")
                     "vrshl.s32 q0, r6\n\t"
                     "vrshl.s32 q1, r9\n\t"
                     "vadd.i32 q0, q0, q1\n\t"
                     "vqrdmulh.s32 q0, q0, r10\n\t"
                     NN_MVE_AWAY("q0", "q2")
                     "vrshl.s32 q0, r11\n\t"
                     "vadd.i32 q0, q0, q6\n\t"
                     "vmax.s32 q0, q0, q7\n\t"
                     "vmin.s32 q0, q0, q3\n\t"
                     "vstrb.32 q0, [r3], #4\n\t"
                     "letp lr, 1b\n"
                     "2:\n\t"
                     "vpop {d8, d9, d10, d11, d12, d13, d14, d15}\n\t"
                     "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t");
}

#else

/* y = a + b of count values. y may be an operand, or overlap it if y starts before it. */
NN_SHARED void nn_mve_sum_linear(const int32_t *numbers, const int8_t *a, const int8_t *b, int8_t *y, int32_t count)
{
    int32_t i;
    for (i = 0; i < count; ++i) {
        const int32_t sum =
            a[i] * numbers[NN_MVE_LINEAR_A] + b[i] * numbers[NN_MVE_LINEAR_B] + numbers[NN_MVE_LINEAR_OFFSET];
        y[i] = (int8_t)nn_clamp(sum >> -numbers[NN_MVE_LINEAR_SHIFT], numbers[NN_MVE_LINEAR_MIN],
                                numbers[NN_MVE_LINEAR_MAX]);
    }
}

/* scale = bits to the left first, multiplier, bits to the left in the end. */
NN_INLINE int32_t nn_mve_scaled(int32_t x, const int32_t *scale)
{
    return nn_round_halves(nn_high_multiply(x * ((int32_t)1 << scale[0]), scale[1]), -1 - scale[2]);
}

NN_SHARED void nn_mve_sum_rounded(const int32_t *numbers, const int8_t *a, const int8_t *b, int8_t *y, int32_t count)
{
    int32_t i;
    for (i = 0; i < count; ++i) {
        const int32_t scaled = nn_mve_scaled(a[i] + numbers[NN_MVE_ROUNDED_A_OFFSET], numbers) +
                               nn_mve_scaled(b[i] + numbers[NN_MVE_ROUNDED_B_OFFSET], numbers + NN_MVE_ROUNDED_B_LEFT);
        const int32_t product = nn_high_multiply(scaled, numbers[NN_MVE_ROUNDED_MULTIPLIER]);
        const int32_t sum = nn_round_halves(product, -1 - numbers[NN_MVE_ROUNDED_SHIFT]);
        y[i] = (int8_t)nn_clamp(sum + numbers[NN_MVE_ROUNDED_OFFSET], numbers[NN_MVE_ROUNDED_MIN],
                                numbers[NN_MVE_ROUNDED_MAX]);
    }
}

#endif

/* Either way. */
NN_INLINE void nn_mve_sum_s8(const int32_t *numbers, int32_t linear, const int8_t *a, const int8_t *b, int8_t *y,
                             int32_t count)
{
    if (linear) {
        nn_mve_sum_linear(numbers, a, b, y, count);
    } else {
        nn_mve_sum_rounded(numbers, a, b, y, count);
    }
}

#endif
