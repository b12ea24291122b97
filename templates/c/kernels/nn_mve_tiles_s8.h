#ifndef NN_MVE_TILES_S8_H
#define NN_MVE_TILES_S8_H

#include "nn_common.h"
#include "nn_mve_s8.h"

/* One channel of four pixels at a time; of its weights only blocks of 16 taps are there. */

typedef struct nn_mve_tiles {
    const int32_t *weights; /* per channel: bias, multiplier, shift to the left; [blocks][16] bytes */
    const uint8_t *places;  /* per channel: how many blocks, then the number of each */
    int32_t channels;
    int32_t zero, low, high; /* of the stored values */
} nn_mve_tiles;

#if NN_MVE_ASM

/*
 * r0, r2, r4, r6 sums     r1 weights, r3 places     r5 strip     r7, r11 results and their end
 * r9 multiplier, r10 shift     r12 blocks, then a place     q4 weights     q5 zero, q7 least; greatest on the stack
 * q6 offsets of results
 */
#define NN_MVE_TILES_1X4(ROUND, CLAMP)           \
    ".syntax unified\n\t"                        \
    "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"\
    "vpush {d8, d9, d10, d11, d12, d13, d14, d15}\n\t"\
    "sub sp, sp, #16\n\t"                        \
    "mov r5, r1\n\t"                             \
    "mov r7, r2\n\t"                             \
    "mov r12, r3\n\t"                            \
    "ldm r0, {r1, r3, r4, r6, r8, r9}\n\t"       \
    "vdup.16 q5, r6\n\t"                         \
    "vdup.16 q7, r8\n\t"                         \
    "vdup.16 q0, r9\n\t"                         \
    "vstrw.32 q0, [sp]\n\t"                      \
    "add r11, r7, r4\n\t"                        \
    /* Offsets of the four pixels' results; those beyond the last one are its own. */\
    "mov r0, #0\n\t"                             \
    "cmp r12, #1\n\t"                            \
    "ite ge\n\t"                                 \
    "movge r2, r4\n\t"                           \
    "movlt r2, r0\n\t"                           \
    "cmp r12, #2\n\t"                            \
    "ite ge\n\t"                                 \
    "lslge r8, r4, #1\n\t"                       \
    "movlt r8, r2\n\t"                           \
    "cmp r12, #3\n\t"                            \
    "ite ge\n\t"                                 \
    "addge r9, r8, r4\n\t"                       \
    "movlt r9, r8\n\t"                           \
    "vmov q6[2], q6[0], r0, r8\n\t"              \
    "vmov q6[3], q6[1], r2, r9\n"                \
    "1:\n\t"                                     \
    "ldm r1!, {r0, r9, r10}\n\t"                 \
    "ldrb r12, [r3], #1\n\t"                     \
    "mov r2, r0\n\t"                             \
    "mov r4, r0\n\t"                             \
    "mov r6, r0\n\t"                             \
    "wls lr, r12, 3f\n"                          \
    "2:\n\t"                                     \
    "ldrb r12, [r3], #1\n\t"                     \
    "vldrb.u8 q4, [r1], #16\n\t"                 \
    "add r12, r5, r12, lsl #6\n\t"               \
    "vldrb.u8 q0, [r12]\n\t"                     \
    "vmladava.s8 r0, q0, q4\n\t"                 \
    "vldrb.u8 q1, [r12, #16]\n\t"                \
    "vmladava.s8 r2, q1, q4\n\t"                 \
    "vldrb.u8 q2, [r12, #32]\n\t"                \
    "vmladava.s8 r4, q2, q4\n\t"                 \
    "vldrb.u8 q3, [r12, #48]\n\t"                \
    "vmladava.s8 r6, q3, q4\n\t"                 \
    "le lr, 2b\n"                                \
    "3:\n\t"                                     \
    "vmov q0[2], q0[0], r0, r4\n\t"              \
    "vmov q0[3], q0[1], r2, r6\n\t"              \
    "vqrdmulh.s32 q0, q0, r9\n\t"                \
    ROUND                                        \
    "vrshl.s32 q0, r10\n\t"                      \
    "vqmovnb.s32 q0, q0\n\t"                     \
    "vqadd.s16 q0, q0, q5\n\t"                   \
    CLAMP                                        \
    "vstrb.32 q0, [r7, q6]\n\t"                  \
    "add r7, r7, #1\n\t"                         \
    "cmp r7, r11\n\t"                            \
    "bne 1b\n\t"                                 \
    "add sp, sp, #16\n\t"                        \
    "vpop {d8, d9, d10, d11, d12, d13, d14, d15}\n\t"\
    "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"

/*
 * All channels of four pixels, the last of which is `last` = 0 to 3, for stored values of the whole range with -128 for
 * zero: below it nothing needs to be rounded rightly.
 * strip      [blocks][4 pixels][16]; pixels beyond the last as the last
 * y          [last + 1][channels]
 */
NN_MVE_FUNCTION void nn_mve_tiles_full(const nn_mve_tiles *m NN_MVE_UNUSED, const int8_t *strip NN_MVE_UNUSED,
                                       int8_t *y NN_MVE_UNUSED, int32_t last NN_MVE_UNUSED)
{
    __asm__ volatile(NN_MVE_TILES_1X4("", "vqmovnb.s16 q0, q0\n\t"));
}

/* The same for any zero and range; shifts to the right by 1 at least. */
NN_MVE_FUNCTION void nn_mve_tiles_range(const nn_mve_tiles *m NN_MVE_UNUSED, const int8_t *strip NN_MVE_UNUSED,
                                        int8_t *y NN_MVE_UNUSED, int32_t last NN_MVE_UNUSED)
{
    __asm__ volatile(NN_MVE_TILES_1X4(NN_MVE_AWAY("q0", "q1"),
                                      "vldrw.u32 q1, [sp]\n\t"
                                      "vmax.s16 q0, q0, q7\n\t"
                                      "vmin.s16 q0, q0, q1\n\t"));
}

#else

/* All channels of four pixels, the last of which is `last`; strip [blocks][4][16], y [last + 1][channels]. */
NN_SHARED void nn_mve_tiles_range(const nn_mve_tiles *m, const int8_t *strip, int8_t *y, int32_t last)
{
    const int32_t *w = m->weights;
    const uint8_t *places = m->places;
    int32_t c, p, k, block;
    for (c = 0; c < m->channels; ++c) {
        const int32_t blocks = *places++;
        for (p = 0; p <= last; ++p) {
            int32_t sum = w[0];
            for (block = 0; block < blocks; ++block) {
                for (k = 0; k < 16; ++k) {
                    sum += strip[64 * places[block] + 16 * p + k] * nn_mve_byte(w + 3, 16 * block + k);
                }
            }
            y[p * m->channels + c] = nn_mve_result(sum, w[1], w[2], m->zero, m->low, m->high);
        }
        places += blocks;
        w += 3 + 4 * blocks;
    }
}

NN_INLINE void nn_mve_tiles_full(const nn_mve_tiles *m, const int8_t *strip, int8_t *y, int32_t last)
{
    nn_mve_tiles_range(m, strip, y, last);
}

#endif

/* Either, whichever suits. */
NN_INLINE void nn_mve_tiles_4(const nn_mve_tiles *m, const int8_t *strip, int8_t *y, int32_t last)
{
    if (m->zero == -128 && m->low == -128 && m->high == 127) {
        nn_mve_tiles_full(m, strip, y, last);
    } else {
        nn_mve_tiles_range(m, strip, y, last);
    }
}

#endif
