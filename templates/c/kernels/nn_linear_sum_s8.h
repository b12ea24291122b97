#ifndef NN_LINEAR_SUM_S8_H
#define NN_LINEAR_SUM_S8_H

#include "nn_common.h"

/* A sum of two quantised values by one multiplication each, proven right for all values (src/kernels/linear-sum.ts). */
typedef struct nn_linear_sum {
    int32_t a, b; /* what a step of either operand is in the result, times 2^shift */
    int32_t start;
    int32_t shift; /* 0 = no sum */
    int32_t out_min, out_max;
} nn_linear_sum;

NN_INLINE int8_t nn_linear_sum_one(const nn_linear_sum *sum, int32_t a, int32_t b)
{
    const int32_t y = (a * sum->a + b * sum->b + sum->start) >> sum->shift;
    return (int8_t)(nn_clamp(y - sum->out_min, 0, sum->out_max - sum->out_min) + sum->out_min);
}

/* y = a + b of count values, bit-exact with TFLite's int8 ADD. y may be a or b, or overlap them if it starts before. */
NN_PART void nn_linear_sum_s8(const nn_linear_sum *sum, const int8_t *a, const int8_t *b, int8_t *y, int32_t count)
{
    int32_t i = 0;
#if !defined(NN_OPTIMIZE_SIZE)
    for (; i + 4 <= count; i += 4) {
        y[0] = nn_linear_sum_one(sum, a[0], b[0]);
        y[1] = nn_linear_sum_one(sum, a[1], b[1]);
        y[2] = nn_linear_sum_one(sum, a[2], b[2]);
        y[3] = nn_linear_sum_one(sum, a[3], b[3]);
        a += 4;
        b += 4;
        y += 4;
    }
#endif
    for (; i < count; ++i) {
        *y++ = nn_linear_sum_one(sum, *a++, *b++);
    }
}

#endif
