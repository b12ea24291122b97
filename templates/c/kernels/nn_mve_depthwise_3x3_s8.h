#ifndef NN_MVE_DEPTHWISE_3X3_S8_H
#define NN_MVE_DEPTHWISE_3X3_S8_H

#include "nn_common.h"
#include "nn_mve_s8.h"

/*
 * Depthwise 3x3 windows on strips [column][channel][4 rows]: four columns are gathered as four words, so that one
 * register holds 4x4 pixels of a channel. VMLADAV with weights that are 0 outside the window gives a result; with the
 * weights moved by a byte (down) or a word (to the right) the same register gives four.
 */
typedef struct nn_mve_depthwise {
    /* per channel: columns of 3 weights and a zero, a zero word; bias, multiplier, shift to the left */
    const int32_t *weights;
    int32_t channels;
    int32_t width; /* results of a row */
    int32_t zero;  /* of the stored values; their range is that of a byte */
    int32_t step;  /* columns from result to result; 1 for pairs of rows */
} nn_mve_depthwise;

enum { NN_MVE_DEPTHWISE_WORDS = 7 };

#if NN_MVE_ASM

/*
 * r0 weights     r1 strip, r3 results     r2, r4, r6, r8 sums     r5 bias, r7 multiplier, r9 shift
 * r10 step of the strip, r11 results computed twice in the end, r12 step of 4 results
 * q4 weights, q5 zero     q2, q3 offsets
 */
#define NN_MVE_DEPTHWISE_SINGLE(ROUND_1)         \
    ".syntax unified\n\t"                        \
    "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"\
    "vpush {d8, d9, d10, d11, d12, d13, d14, d15}\n\t"\
    "ldm r0, {r0, r4, r5, r7, r10}\n\t"          \
    "vdup.32 q5, r7\n\t"                         \
    "vctp.32 r5\n\t"                             \
    /* offsets of the columns of a window, of results */\
    "mov r6, #0\n\t"                             \
    "lsl r12, r4, #2\n\t"                        \
    "lsl r8, r4, #3\n\t"                         \
    "add r9, r8, r12\n\t"                        \
    "vmov q3[2], q3[0], r6, r8\n\t"              \
    "vmov q3[3], q3[1], r12, r9\n\t"             \
    "lsl r8, r4, #1\n\t"                         \
    "add r9, r8, r4\n\t"                         \
    "vmov q2[2], q2[0], r6, r8\n\t"              \
    "vmov q2[3], q2[1], r4, r9\n\t"              \
    "mul r10, r10, r12\n\t"                      \
    /* fours of results, and how many are computed twice if more than 4 are no multiple of it */\
    "lsrs r6, r5, #2\n\t"                        \
    "it eq\n\t"                                  \
    "moveq r6, #1\n\t"                           \
    "ands r7, r5, #3\n\t"                        \
    "it ne\n\t"                                  \
    "rsbne r7, r7, #4\n\t"                       \
    "cmp r5, #4\n\t"                             \
    "it lt\n\t"                                  \
    "movlt r7, #0\n\t"                           \
    /* end of the weights */                     \
    "rsb r4, r4, r4, lsl #3\n\t"                 \
    "add r5, r0, r4, lsl #2\n\t"                 \
    "push {r1, r2, r5, r6, r7}\n"                \
    "1:\n\t"                                     \
    "pop {r1, r3}\n\t"                           \
    "add r4, r1, #4\n\t"                         \
    "add r5, r3, #1\n\t"                         \
    "push {r4, r5}\n\t"                          \
    "vldrw.u32 q4, [r0], #16\n\t"                \
    "ldm r0!, {r5, r7, r9}\n\t"                  \
    "ldrd r4, r11, [sp, #12]\n\t"                \
    "dls lr, r4\n"                               \
    "2:\n\t"                                     \
    "vldrw.u32 q0, [r1, q3]\n\t"                 \
    "add r1, r1, r10\n\t"                        \
    "vmladav.s8 r2, q0, q4\n\t"                  \
    "vldrw.u32 q1, [r1, q3]\n\t"                 \
    "add r1, r1, r10\n\t"                        \
    "vmladav.s8 r4, q1, q4\n\t"                  \
    "vldrw.u32 q0, [r1, q3]\n\t"                 \
    "add r1, r1, r10\n\t"                        \
    "vmladav.s8 r6, q0, q4\n\t"                  \
    "vldrw.u32 q1, [r1, q3]\n\t"                 \
    "add r1, r1, r10\n\t"                        \
    "vmladav.s8 r8, q1, q4\n\t"                  \
    "vmov q0[2], q0[0], r2, r6\n\t"              \
    "vmov q0[3], q0[1], r4, r8\n\t"              \
    "vadd.i32 q0, q0, r5\n\t"                    \
    "vqrdmulh.s32 q0, q0, r7\n\t"                \
    ROUND_1                                      \
    "vrshl.s32 q0, r9\n\t"                       \
    "vadd.i32 q0, q0, q5\n\t"                    \
    "vqmovnb.s32 q0, q0\n\t"                     \
    "vqmovnb.s16 q0, q0\n\t"                     \
    "vpst\n\t"                                   \
    "vstrbt.32 q0, [r3, q2]\n\t"                 \
    "add r3, r3, r12\n\t"                        \
    "le lr, 2b\n\t"                              \
    "cmp r11, #0\n\t"                            \
    "beq 3f\n\t"                                 \
    "mls r1, r11, r10, r1\n\t"                   \
    "mul r4, r11, r12\n\t"                       \
    "sub r3, r3, r4, lsr #2\n\t"                 \
    "mov r11, #0\n\t"                            \
    "mov r4, #1\n\t"                             \
    "dls lr, r4\n\t"                             \
    "b 2b\n"                                     \
    "3:\n\t"                                     \
    "ldr r4, [sp, #8]\n\t"                       \
    "cmp r0, r4\n\t"                             \
    "bne 1b\n\t"                                 \
    "add sp, sp, #20\n\t"                        \
    "vpop {d8, d9, d10, d11, d12, d13, d14, d15}\n\t"\
    "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"

/*
 * One row of results.
 * strip      [(width - 1) * step + 4][channels][4], to be read as if width were 4 at least
 * y          [width][channels]
 */
NN_MVE_FUNCTION void nn_mve_depthwise_row_up(const nn_mve_depthwise *d NN_MVE_UNUSED,
                                             const int8_t *strip NN_MVE_UNUSED, int8_t *y NN_MVE_UNUSED)
{
    __asm__ volatile(NN_MVE_DEPTHWISE_SINGLE(""));
}

NN_MVE_FUNCTION void nn_mve_depthwise_row_away(const nn_mve_depthwise *d NN_MVE_UNUSED,
                                               const int8_t *strip NN_MVE_UNUSED, int8_t *y NN_MVE_UNUSED)
{
    __asm__ volatile(NN_MVE_DEPTHWISE_SINGLE(NN_MVE_AWAY("q0", "q1")));
}

#else

/* One row of results from rows `first` to `first` + 2 of a strip. */
NN_INLINE void nn_mve_depthwise_any(const nn_mve_depthwise *d, const int8_t *strip, int8_t *y, int32_t first)
{
    int32_t c, i, column, row;
    for (c = 0; c < d->channels; ++c) {
        const int32_t *const w = d->weights + NN_MVE_DEPTHWISE_WORDS * c;
        for (i = 0; i < d->width; ++i) {
            const int8_t *const from = strip + 4 * (i * d->step * d->channels + c) + first;
            int32_t sum = w[4];
            for (column = 0; column < 3; ++column) {
                for (row = 0; row < 3; ++row) {
                    sum += from[4 * column * d->channels + row] * nn_mve_byte(w, 4 * column + row);
                }
            }
            y[i * d->channels + c] = nn_mve_result(sum, w[5], w[6], d->zero, -128, 127);
        }
    }
}

/* One row of results; strip [(width - 1) * step + 3][channels][4], y [width][channels]. */
NN_SHARED void nn_mve_depthwise_row_away(const nn_mve_depthwise *d, const int8_t *strip, int8_t *y)
{
    nn_mve_depthwise_any(d, strip, y, 0);
}

NN_INLINE void nn_mve_depthwise_row_up(const nn_mve_depthwise *d, const int8_t *strip, int8_t *y)
{
    nn_mve_depthwise_row_away(d, strip, y);
}

#endif

#endif
