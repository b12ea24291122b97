#ifndef NN_MVE_INTERLEAVE_S8_H
#define NN_MVE_INTERLEAVE_S8_H

#include "nn_common.h"
#include "nn_mve_s8.h"

/* Four rows of bytes as one row of words. */

#if NN_MVE_ASM

/* Strip of four rows of `count` >= 1 bytes each; up to 60 bytes beyond it are written. */
NN_MVE_FUNCTION void nn_mve_interleave(int8_t *strip NN_MVE_UNUSED, const int8_t *const *rows NN_MVE_UNUSED,
                                       int32_t count NN_MVE_UNUSED)
{
    __asm__ volatile(".syntax unified\n\t"
                     "push {r4, r5, r6, lr}\n\t"
                     "ldm r1, {r3, r4, r5, r6}\n\t"
                     "lsr r12, r2, #4\n\t"
                     "wls lr, r12, 2f\n"
                     "1:\n\t"
                     "vldrb.u8 q0, [r3], #16\n\t"
                     "vldrb.u8 q1, [r4], #16\n\t"
                     "vldrb.u8 q2, [r5], #16\n\t"
                     "vldrb.u8 q3, [r6], #16\n\t"
                     "vst40.8 {q0, q1, q2, q3}, [r0]\n\t"
                     "vst41.8 {q0, q1, q2, q3}, [r0]\n\t"
                     "vst42.8 {q0, q1, q2, q3}, [r0]\n\t"
                     "vst43.8 {q0, q1, q2, q3}, [r0]!\n\t"
                     "le lr, 1b\n"
                     "2:\n\t"
                     "ands r2, r2, #15\n\t"
                     "beq 3f\n\t"
                     "vctp.8 r2\n\t"
                     "vpstttt\n\t"
                     "vldrbt.u8 q0, [r3]\n\t"
                     "vldrbt.u8 q1, [r4]\n\t"
                     "vldrbt.u8 q2, [r5]\n\t"
                     "vldrbt.u8 q3, [r6]\n\t"
                     "vst40.8 {q0, q1, q2, q3}, [r0]\n\t"
                     "vst41.8 {q0, q1, q2, q3}, [r0]\n\t"
                     "vst42.8 {q0, q1, q2, q3}, [r0]\n\t"
                     "vst43.8 {q0, q1, q2, q3}, [r0]\n"
                     "3:\n\t"
                     "pop {r4, r5, r6, pc}\n\t");
}

/* One of the four rows of `count` words, filled with a value; strip = its first byte. */
NN_MVE_FUNCTION void nn_mve_fill_row(int8_t *strip NN_MVE_UNUSED, int32_t value NN_MVE_UNUSED,
                                     int32_t count NN_MVE_UNUSED)
{
    __asm__ volatile(".syntax unified\n\t"
                     "push {r4, lr}\n\t"
                     "mov r4, #0\n\t"
                     "vidup.u8 q1, r4, #4\n\t"
                     "vdup.8 q0, r1\n\t"
                     "wlstp.8 lr, r2, 2f\n"
                     "1:\n\t"
                     "vstrb.8 q0, [r0, q1]\n\t"
                     "add r0, r0, #64\n\t"
                     "letp lr, 1b\n"
                     "2:\n\t"
                     "pop {r4, pc}\n\t");
}

#else

/* Strip of four rows of `count` bytes each. */
NN_SHARED void nn_mve_interleave(int8_t *strip, const int8_t *const *rows, int32_t count)
{
    int32_t i, row;
    for (i = 0; i < count; ++i) {
        for (row = 0; row < 4; ++row) {
            strip[4 * i + row] = rows[row][i];
        }
    }
}

/* One of the four rows of `count` words, filled with a value; strip = its first byte. */
NN_SHARED void nn_mve_fill_row(int8_t *strip, int32_t value, int32_t count)
{
    int32_t i;
    for (i = 0; i < count; ++i) {
        strip[4 * i] = (int8_t)value;
    }
}

#endif

#endif
