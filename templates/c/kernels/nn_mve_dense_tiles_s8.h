#ifndef NN_MVE_DENSE_TILES_S8_H
#define NN_MVE_DENSE_TILES_S8_H

#include "nn_common.h"
#include "nn_mve_dense_s8.h"

/* Four channels of one row of values at a time; of their weights only tiles of 4 channels x 16 values are there. */

typedef struct nn_mve_dense_tiles {
    /* as in nn_mve_dense, but for the weights: [tiles][4][16] */
    const int32_t *weights;
    const uint16_t *places; /* of 4 channels: how many tiles, then the value where each begins */
    int32_t channels;
    int32_t zero, low, high;
    int32_t multiplier, shift;
} nn_mve_dense_tiles;

#if NN_MVE_ASM

/* As NN_MVE_BODY_4X1, with r9 places, r10 tiles. */
#define NN_MVE_TILES_4X1(SCALE)                  \
    ".syntax unified\n\t"                        \
    "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"\
    "vpush {d8, d9, d10, d11, d12, d13, d14, d15}\n\t"\
    "mov r5, r1\n\t"                             \
    "mov r7, r2\n\t"                             \
    "ldm r0, {r1, r2, r3, r4, r6, r8, r9, r10}\n\t"\
    "mov r11, r4\n\t"                            \
    "vdup.16 q4, r6\n\t"                         \
    "vdup.16 q5, r8\n\t"                         \
    "mov r12, r9\n\t"                            \
    "vdup.32 q7, r10\n\t"                        \
    "add r8, r7, r3\n\t"                         \
    "mov r9, r2\n"                               \
    "1:\n\t"                                     \
    "ldm r1!, {r0, r2, r4, r6}\n\t"              \
    "ldrh r10, [r9], #2\n\t"                     \
    "wls lr, r10, 3f\n"                          \
    "2:\n\t"                                     \
    "ldrh r3, [r9], #2\n\t"                      \
    "vldrb.u8 q1, [r1], #16\n\t"                 \
    "add r3, r5, r3\n\t"                         \
    "vldrb.u8 q0, [r3]\n\t"                      \
    "vmladava.s8 r0, q0, q1\n\t"                 \
    "vldrb.u8 q2, [r1], #16\n\t"                 \
    "vmladava.s8 r2, q0, q2\n\t"                 \
    "vldrb.u8 q1, [r1], #16\n\t"                 \
    "vmladava.s8 r4, q0, q1\n\t"                 \
    "vldrb.u8 q2, [r1], #16\n\t"                 \
    "vmladava.s8 r6, q0, q2\n\t"                 \
    "le lr, 2b\n"                                \
    "3:\n\t"                                     \
    NN_MVE_FINISH_4X1(SCALE)

/*
 * All channels of one row of values, each with its own scale; shifts to the right by 1 at least.
 * x          up to 15 values behind those that there are weights for are read
 * y          [channels]
 */
NN_MVE_FUNCTION void nn_mve_dense_tiles_each(const nn_mve_dense_tiles *m NN_MVE_UNUSED, const int8_t *x NN_MVE_UNUSED,
                                             int8_t *y NN_MVE_UNUSED)
{
    __asm__ volatile(NN_MVE_TILES_4X1(NN_MVE_SCALE_EACH));
}

/* The same with one scale for all. */
NN_MVE_FUNCTION void nn_mve_dense_tiles_all(const nn_mve_dense_tiles *m NN_MVE_UNUSED, const int8_t *x NN_MVE_UNUSED,
                                            int8_t *y NN_MVE_UNUSED)
{
    __asm__ volatile(NN_MVE_TILES_4X1(NN_MVE_SCALE_ALL));
}

#else

/* All channels of one row of values; x and 15 values behind it, y [channels]. */
NN_SHARED void nn_mve_dense_tiles_each(const nn_mve_dense_tiles *m, const int8_t *x, int8_t *y)
{
    const int32_t *w = m->weights;
    const uint16_t *places = m->places;
    int32_t c, i, k, tile;
    for (c = 0; c < m->channels; c += 4) {
        const int32_t tiles = *places++;
        const int32_t *const bias = w;
        const int32_t *const scale = w + 4 + 16 * tiles;
        w += 4;
        for (i = 0; i < nn_min(4, m->channels - c); ++i) {
            const int32_t multiplier = m->multiplier != 0 ? m->multiplier : scale[i];
            const int32_t shift = m->multiplier != 0 ? m->shift : nn_mve_byte(scale + 4, i);
            int32_t sum = bias[i];
            for (tile = 0; tile < tiles; ++tile) {
                for (k = 0; k < 16; ++k) {
                    sum += x[places[tile] + k] * nn_mve_byte(w, 64 * tile + 16 * i + k);
                }
            }
            y[c + i] = nn_mve_result(sum, multiplier, shift, m->zero, m->low, m->high);
        }
        places += tiles;
        w = m->multiplier != 0 ? scale : scale + 5;
    }
}

NN_INLINE void nn_mve_dense_tiles_all(const nn_mve_dense_tiles *m, const int8_t *x, int8_t *y)
{
    nn_mve_dense_tiles_each(m, x, y);
}

#endif

#endif
