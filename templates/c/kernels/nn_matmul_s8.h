#ifndef NN_MATMUL_S8_H
#define NN_MATMUL_S8_H

#include "nn_common.h"
#include "nn_sum_s8.h"

/* One matrix of weights and what follows the sums. */
typedef struct nn_matmul_s8 {
    const int8_t *weights;     /* blocks of 4 channels [depth][4], then the channels left over, each [depth] */
    const int32_t *bias[2];    /* [channels], of either pixel; NULL where the numbers hold it */
    const int32_t *numbers;    /* as nn_channel_bias takes them */
    int32_t plain;             /* as nn_output takes it */
    int32_t depth;
    int32_t channels;
    int32_t out_zero, out_min, out_max;
    const int32_t *sum; /* numbers of an add that follows (a = result, b = skip), or NULL */
} nn_matmul_s8;

/* One result. skip is read only when m->sum is there. */
NN_PART int8_t nn_matmul_s8_result(const nn_matmul_s8 *m, int32_t acc, int32_t channel, const int8_t *skip)
{
    const int32_t v = nn_channel_output(m->numbers, channel, acc, m->plain, m->out_zero, m->out_min, m->out_max);
    return !NN_IS_SUM(m->sum) ? (int8_t)v : nn_sum_s8(m->sum, v, skip[channel], 1);
}

/* Where the sum of a channel starts. */
NN_INLINE int32_t nn_matmul_s8_start(const nn_matmul_s8 *m, int32_t pixel, int32_t channel)
{
    return m->bias[pixel] == NULL ? nn_channel_bias(m->numbers, channel) : m->bias[pixel][channel];
}

/* acc[channel] += x . w for 4 channels; x [depth], w [depth][4]. */
NN_INLINE void nn_dot_4x1_s8(const int8_t *w, const int8_t *x, int32_t depth, int32_t acc[4])
{
    int32_t a0 = acc[0], a1 = acc[1], a2 = acc[2], a3 = acc[3];
    int32_t n = depth;
#define NN_STEP(i)             \
    do {                       \
        const int32_t v = x[i]; \
        a0 += v * w[4 * (i)];   \
        a1 += v * w[4 * (i) + 1]; \
        a2 += v * w[4 * (i) + 2]; \
        a3 += v * w[4 * (i) + 3]; \
    } while (0)
#if !defined(NN_OPTIMIZE_SIZE)
    for (; n >= 4; n -= 4) {
        NN_STEP(0);
        NN_STEP(1);
        NN_STEP(2);
        NN_STEP(3);
        x += 4;
        w += 16;
    }
#endif
    for (; n > 0; --n) {
        NN_STEP(0);
        x += 1;
        w += 4;
    }
#undef NN_STEP
    acc[0] = a0, acc[1] = a1, acc[2] = a2, acc[3] = a3;
}

/* acc[channel], acc[4 + channel] += x . w for 4 channels and 2 pixels; x [2][depth], w [depth][4]. */
NN_INLINE void nn_dot_4x2_s8(const int8_t *w, const int8_t *x, int32_t depth, int32_t acc[8])
{
    int32_t a0 = acc[0], a1 = acc[1], a2 = acc[2], a3 = acc[3];
    int32_t b0 = acc[4], b1 = acc[5], b2 = acc[6], b3 = acc[7];
    int32_t n = depth;
#define NN_STEP(i)                                       \
    do {                                                 \
        const int32_t u = x[i], v = x[depth + (i)];      \
        int32_t c = w[4 * (i)];                          \
        a0 += u * c, b0 += v * c, c = w[4 * (i) + 1];    \
        a1 += u * c, b1 += v * c, c = w[4 * (i) + 2];    \
        a2 += u * c, b2 += v * c, c = w[4 * (i) + 3];    \
        a3 += u * c, b3 += v * c;                        \
    } while (0)
#if !defined(NN_OPTIMIZE_SIZE)
    for (; n >= 4; n -= 4) {
        NN_STEP(0);
        NN_STEP(1);
        NN_STEP(2);
        NN_STEP(3);
        x += 4;
        w += 16;
    }
#endif
    for (; n > 0; --n) {
        NN_STEP(0);
        x += 1;
        w += 4;
    }
#undef NN_STEP
    acc[0] = a0, acc[1] = a1, acc[2] = a2, acc[3] = a3;
    acc[4] = b0, acc[5] = b1, acc[6] = b2, acc[7] = b3;
}

/* x . w of one channel; both [depth]. */
NN_INLINE int32_t nn_dot_1x1_s8(const int8_t *w, const int8_t *x, int32_t depth)
{
    int32_t acc = 0;
    int32_t i;
    for (i = 0; i < depth; ++i) {
        acc += x[i] * w[i];
    }
    return acc;
}

/*
 * All channels of one or two pixels: y = requantised x . weights + bias, then the add if there is one.
 * x          [pixels][depth]; may not overlap y
 * pixels     1 or 2
 * y          pixel p at y + p * step, [channels] each
 * skip       as y; read only with an add
 */
NN_PART void nn_matmul_s8_run(const nn_matmul_s8 *m, const int8_t *x, int32_t pixels, int8_t *y, const int8_t *skip,
                              int32_t step)
{
    const int32_t depth = m->depth;
    const int32_t blocks = m->channels / 4 * 4;
    const int8_t *w = m->weights;
    int32_t o, i;
    for (o = 0; o < blocks; o += 4) {
        int32_t acc[8];
        for (i = 0; i < 4; ++i) {
            acc[i] = nn_matmul_s8_start(m, 0, o + i);
            acc[4 + i] = nn_matmul_s8_start(m, 1, o + i);
        }
        if (pixels == 2) {
            nn_dot_4x2_s8(w, x, depth, acc);
        } else {
            nn_dot_4x1_s8(w, x, depth, acc);
        }
        for (i = 0; i < 4; ++i) {
            y[o + i] = nn_matmul_s8_result(m, acc[i], o + i, skip);
            if (pixels == 2) {
                y[step + o + i] = nn_matmul_s8_result(m, acc[4 + i], o + i, skip + step);
            }
        }
        w += 4 * depth;
    }
    for (o = blocks; o < m->channels; ++o) {
        y[o] = nn_matmul_s8_result(m, nn_matmul_s8_start(m, 0, o) + nn_dot_1x1_s8(w, x, depth), o, skip);
        if (pixels == 2) {
            const int32_t acc = nn_matmul_s8_start(m, 1, o) + nn_dot_1x1_s8(w, x + depth, depth);
            y[step + o] = nn_matmul_s8_result(m, acc, o, skip + step);
        }
        w += depth;
    }
}

#endif
