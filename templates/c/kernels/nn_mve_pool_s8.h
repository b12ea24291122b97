#ifndef NN_MVE_POOL_S8_H
#define NN_MVE_POOL_S8_H

#include "nn_common.h"
#include "nn_mve_s8.h"

/* Reductions of a rectangle of pixels to one: averages and means 8 channels at a time, maxima 16. */
typedef struct nn_mve_pool {
    int32_t rows, columns; /* at least 1; of an average or mean 2 to 255 pixels */
    int32_t column_step, row_step;
    int32_t channels;
    /*
     * average: half the pixels, 2^32 / pixels rounded up, least, most
     * mean: added to a sum, multiplier, shift to the left (-1 at most), zero
     * maximum: not used, not used, least, most
     */
    int32_t numbers[4];
} nn_mve_pool;

#if NN_MVE_ASM

/*
 * r0 pixels walked     r1 the channels' first pixel, r2 results     r3 rows left     r4-r12 members, r8 channels left
 * START comes once, INIT, TAP and FINISH for every `lanes` channels.
 */
#define NN_MVE_POOL(lanes, START, INIT, TAP, FINISH) \
    ".syntax unified\n\t"                        \
    "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"\
    "vpush {d8, d9, d10, d11, d12, d13}\n\t"     \
    "ldm r0, {r4, r5, r6, r7, r8, r9, r10, r11, r12}\n\t"\
    "mls r7, r5, r6, r7\n\t"                     \
    START                                        \
    "1:\n\t"                                     \
    "mov r0, r1\n\t"                             \
    "mov r3, r4\n\t"                             \
    INIT                                         \
    "2:\n\t"                                     \
    "dls lr, r5\n"                               \
    "3:\n\t"                                     \
    TAP                                          \
    "add r0, r0, r6\n\t"                         \
    "le lr, 3b\n\t"                              \
    "add r0, r0, r7\n\t"                         \
    "subs r3, r3, #1\n\t"                        \
    "bne 2b\n\t"                                 \
    FINISH                                       \
    "add r1, r1, #" lanes "\n\t"                 \
    "subs r8, r8, #" lanes "\n\t"                \
    "bgt 1b\n\t"                                 \
    "vpop {d8, d9, d10, d11, d12, d13}\n\t"      \
    "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"

/* Sums of 16 bits in q0, then in q1 (even channels) and q2 (odd ones) with 32 bits. */
#define NN_MVE_POOL_INIT_SUM                     \
    "vctp.16 r8\n\t"                             \
    "vmov.i16 q0, #0\n\t"
#define NN_MVE_POOL_TAP_SUM                      \
    "vpst\n\t"                                   \
    "vldrbt.s16 q1, [r0]\n\t"                    \
    "vadd.i16 q0, q0, q1\n\t"
#define NN_MVE_POOL_WIDEN                        \
    "vmovlb.s16 q1, q0\n\t"                      \
    "vmovlt.s16 q2, q0\n\t"

/* The magnitude and half the pixels, divided by the pixels, with the sign of the sum. */
#define NN_MVE_POOL_DIVIDE(q)                    \
    "vabs.s32 q3, " q "\n\t"                     \
    "vadd.i32 q3, q3, r9\n\t"                    \
    "vmulh.u32 q3, q3, q4\n\t"                   \
    "vshr.s32 " q ", " q ", #31\n\t"             \
    "veor q3, q3, " q "\n\t"                     \
    "vsub.i32 " q ", q3, " q "\n\t"
#define NN_MVE_POOL_START_RANGE                  \
    "vdup.32 q4, r10\n\t"                        \
    "vdup.16 q5, r11\n\t"                        \
    "vdup.16 q6, r12\n\t"
#define NN_MVE_POOL_FINISH_AVERAGE               \
    NN_MVE_POOL_WIDEN                            \
    NN_MVE_POOL_DIVIDE("q1")                     \
    NN_MVE_POOL_DIVIDE("q2")                     \
    "vmovnb.i32 q0, q1\n\t"                      \
    "vmovnt.i32 q0, q2\n\t"                      \
    "vmax.s16 q0, q0, q5\n\t"                    \
    "vmin.s16 q0, q0, q6\n\t"                    \
    "vpst\n\t"                                   \
    "vstrbt.16 q0, [r2], #8\n\t"

#define NN_MVE_POOL_SCALE(q)                     \
    "vadd.i32 " q ", " q ", r9\n\t"              \
    "vqrdmulh.s32 " q ", " q ", r10\n\t"         \
    NN_MVE_AWAY(q, "q3")                         \
    "vrshl.s32 " q ", r11\n\t"                   \
    "vadd.i32 " q ", " q ", r12\n\t"
#define NN_MVE_POOL_FINISH_MEAN                  \
    NN_MVE_POOL_WIDEN                            \
    NN_MVE_POOL_SCALE("q1")                      \
    NN_MVE_POOL_SCALE("q2")                      \
    "vqmovnb.s32 q0, q1\n\t"                     \
    "vqmovnt.s32 q0, q2\n\t"                     \
    "vqmovnb.s16 q0, q0\n\t"                     \
    "vpst\n\t"                                   \
    "vstrbt.16 q0, [r2], #8\n\t"

#define NN_MVE_POOL_START_MAX                    \
    "vdup.8 q5, r11\n\t"                         \
    "vdup.8 q6, r12\n\t"
#define NN_MVE_POOL_INIT_MAX                     \
    "vctp.8 r8\n\t"                              \
    "vmov q0, q5\n\t"
#define NN_MVE_POOL_TAP_MAX                      \
    "vpst\n\t"                                   \
    "vldrbt.u8 q1, [r0]\n\t"                     \
    "vmax.s8 q0, q0, q1\n\t"
#define NN_MVE_POOL_FINISH_MAX                   \
    "vmin.s8 q0, q0, q6\n\t"                     \
    "vpst\n\t"                                   \
    "vstrbt.8 q0, [r2], #16\n\t"

/* The average of all channels of a rectangle from x on, halves away from zero; y [channels]. */
NN_MVE_FUNCTION void nn_mve_pool_average(const nn_mve_pool *p NN_MVE_UNUSED, const int8_t *x NN_MVE_UNUSED,
                                         int8_t *y NN_MVE_UNUSED)
{
    __asm__ volatile(NN_MVE_POOL("8", NN_MVE_POOL_START_RANGE, NN_MVE_POOL_INIT_SUM, NN_MVE_POOL_TAP_SUM,
                                 NN_MVE_POOL_FINISH_AVERAGE));
}

/* The mean in another scale. */
NN_MVE_FUNCTION void nn_mve_pool_mean(const nn_mve_pool *p NN_MVE_UNUSED, const int8_t *x NN_MVE_UNUSED,
                                      int8_t *y NN_MVE_UNUSED)
{
    __asm__ volatile(NN_MVE_POOL("8", "", NN_MVE_POOL_INIT_SUM, NN_MVE_POOL_TAP_SUM, NN_MVE_POOL_FINISH_MEAN));
}

/* The greatest value. */
NN_MVE_FUNCTION void nn_mve_pool_max(const nn_mve_pool *p NN_MVE_UNUSED, const int8_t *x NN_MVE_UNUSED,
                                     int8_t *y NN_MVE_UNUSED)
{
    __asm__ volatile(NN_MVE_POOL("16", NN_MVE_POOL_START_MAX, NN_MVE_POOL_INIT_MAX, NN_MVE_POOL_TAP_MAX,
                                 NN_MVE_POOL_FINISH_MAX));
}

#else

/* Sum of one channel. */
NN_INLINE int32_t nn_mve_pool_sum(const nn_mve_pool *p, const int8_t *x)
{
    int32_t sum = 0;
    int32_t i, j;
    for (i = 0; i < p->rows; ++i) {
        for (j = 0; j < p->columns; ++j) {
            sum += x[i * p->row_step + j * p->column_step];
        }
    }
    return sum;
}

/* The average of all channels of a rectangle from x on, halves away from zero; y [channels]. */
NN_SHARED void nn_mve_pool_average(const nn_mve_pool *p, const int8_t *x, int8_t *y)
{
    int32_t c;
    for (c = 0; c < p->channels; ++c) {
        const int32_t sum = nn_mve_pool_sum(p, x + c);
        const uint32_t size = (uint32_t)((sum < 0 ? -sum : sum) + p->numbers[0]);
        const int32_t quotient = (int32_t)(((uint64_t)size * (uint32_t)p->numbers[1]) >> 32);
        y[c] = (int8_t)nn_clamp(sum < 0 ? -quotient : quotient, p->numbers[2], p->numbers[3]);
    }
}

/* The mean in another scale. */
NN_SHARED void nn_mve_pool_mean(const nn_mve_pool *p, const int8_t *x, int8_t *y)
{
    int32_t c;
    for (c = 0; c < p->channels; ++c) {
        const int32_t sum = nn_mve_pool_sum(p, x + c) + p->numbers[0];
        y[c] = nn_mve_result(sum, p->numbers[1], p->numbers[2], p->numbers[3], -128, 127);
    }
}

/* The greatest value. */
NN_SHARED void nn_mve_pool_max(const nn_mve_pool *p, const int8_t *x, int8_t *y)
{
    int32_t c, i, j;
    for (c = 0; c < p->channels; ++c) {
        int32_t greatest = -128;
        for (i = 0; i < p->rows; ++i) {
            for (j = 0; j < p->columns; ++j) {
                greatest = nn_max(greatest, x[c + i * p->row_step + j * p->column_step]);
            }
        }
        y[c] = (int8_t)nn_clamp(greatest, p->numbers[2], p->numbers[3]);
    }
}

#endif

#endif
