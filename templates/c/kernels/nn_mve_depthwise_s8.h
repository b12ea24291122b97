#ifndef NN_MVE_DEPTHWISE_S8_H
#define NN_MVE_DEPTHWISE_S8_H

#include "nn_common.h"
#include "nn_mve_matmul_s8.h"
#include "nn_mve_s8.h"

/* Any depthwise window of one pixel, its taps side by side as [fours of taps][channel][4]. */

#if NN_MVE_ASM

/*
 * All channels of one pixel; shifts to the right by 1 at least. Members of m as for a matrix with a row of taps
 * per channel.
 * strip      [4 * blocks][channels][4], and up to 12 bytes behind it are read
 * y          [channels]
 * r0, r2, r4, r6 sums     r1 weights, r3 strip     r5 strip of the next channels     r7, r8 results and their end
 * r9 bytes of 16 taps, r10 blocks, r11 zero     q3-q6 offsets     q7 least stored value; the greatest lies on the stack
 */
NN_MVE_FUNCTION void nn_mve_depthwise_pixel(const nn_mve_matrix *m NN_MVE_UNUSED,
                                            const int8_t *strip NN_MVE_UNUSED,
                                            int8_t *y NN_MVE_UNUSED)
{
    __asm__ volatile(".syntax unified\n\t"
                     "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
                     "vpush {d8, d9, d10, d11, d12, d13, d14, d15}\n\t"
                     "sub sp, sp, #16\n\t"
                     "mov r5, r1\n\t"
                     "mov r7, r2\n\t"
                     "ldm r0, {r1, r2, r3, r4, r6, r8}\n\t"
                     "mov r11, r4\n\t"
                     "mov r10, r2\n\t"
                     "vdup.16 q7, r6\n\t"
                     "vdup.16 q0, r8\n\t"
                     "vstrw.32 q0, [sp]\n\t"
                     "add r8, r7, r3\n\t"
                     "lsl r9, r3, #4\n\t"
                     /* offsets of four fours of taps, of the next channels */
                     "mov r0, #0\n\t"
                     "lsl r2, r3, #2\n\t"
                     "lsl r4, r3, #3\n\t"
                     "add r6, r2, r4\n\t"
                     "vmov q3[2], q3[0], r0, r4\n\t"
                     "vmov q3[3], q3[1], r2, r6\n\t"
                     "mov r0, #4\n\t"
                     "vadd.i32 q4, q3, r0\n\t"
                     "vadd.i32 q5, q4, r0\n\t"
                     "vadd.i32 q6, q5, r0\n"
                     "1:\n\t"
                     "ldm r1!, {r0, r2, r4, r6}\n\t"
                     "mov r3, r5\n\t"
                     "add r5, r5, #16\n\t"
                     "dls lr, r10\n"
                     "2:\n\t"
                     "vldrw.u32 q0, [r3, q3]\n\t"
                     "vldrb.u8 q1, [r1], #16\n\t"
                     "vmladava.s8 r0, q0, q1\n\t"
                     "vldrw.u32 q0, [r3, q4]\n\t"
                     "vldrb.u8 q2, [r1], #16\n\t"
                     "vmladava.s8 r2, q0, q2\n\t"
                     "vldrw.u32 q0, [r3, q5]\n\t"
                     "vldrb.u8 q1, [r1], #16\n\t"
                     "vmladava.s8 r4, q0, q1\n\t"
                     "vldrw.u32 q0, [r3, q6]\n\t"
                     "vldrb.u8 q2, [r1], #16\n\t"
                     "vmladava.s8 r6, q0, q2\n\t"
                     "add r3, r3, r9\n\t"
                     "le lr, 2b\n\t"
                     "vmov q0[2], q0[0], r0, r4\n\t"
                     "vmov q0[3], q0[1], r2, r6\n\t"
                     "vldrw.u32 q1, [r1], #16\n\t"
                     "vqrdmulh.s32 q0, q0, q1\n\t"
                     "vldrb.s32 q1, [r1], #4\n\t"
                     NN_MVE_AWAY("q0", "q2")
                     "vldrw.u32 q2, [sp]\n\t"
                     "vrshl.s32 q0, q0, q1\n\t"
                     "vqmovnb.s32 q0, q0\n\t"
                     "vqadd.s16 q0, q0, r11\n\t"
                     "vmax.s16 q0, q0, q7\n\t"
                     "vmin.s16 q0, q0, q2\n\t"
                     "add r4, r7, #4\n\t"
                     "cmp r4, r8\n\t"
                     "bhi 3f\n\t"
                     "vstrb.32 q0, [r7], #4\n\t"
                     "bne 1b\n\t"
                     "b 4f\n"
                     "3:\n\t"
                     "sub r4, r8, r7\n\t"
                     "vctp.32 r4\n\t"
                     "vpst\n\t"
                     "vstrbt.32 q0, [r7]\n"
                     "4:\n\t"
                     "add sp, sp, #16\n\t"
                     "vpop {d8, d9, d10, d11, d12, d13, d14, d15}\n\t"
                     "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t");
}

#else

/* All channels of one pixel; strip [4 * blocks][channels][4], y [channels]. */
NN_SHARED void nn_mve_depthwise_pixel(const nn_mve_matrix *m, const int8_t *strip, int8_t *y)
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
                const int32_t x = strip[4 * (k / 4 * m->channels + c + i) + k % 4];
                sum += x * nn_mve_byte(w, k / 16 * 64 + i * 16 + k % 16);
            }
            y[c + i] = nn_mve_result(sum, scale[i], nn_mve_byte(scale + 4, i), m->zero, m->low, m->high);
        }
        w = scale + 5;
    }
}

#endif

#endif
