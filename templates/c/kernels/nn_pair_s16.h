#ifndef NN_PAIR_S16_H
#define NN_PAIR_S16_H

#include "nn_broadcast.h"
#include "nn_common.h"
#include "nn_sum_s8.h"

typedef struct nn_add_s16_layer {
    const int32_t *sum;     /* NN_SUM_COUNT numbers */
    const int32_t *axes;    /* as nn_broadcast_offset takes it */
    int32_t outer;          /* product of the outer sizes */
    int32_t run;            /* neighbours */
    int32_t a_step, b_step; /* 1, or 0: one value for the whole run */
} nn_add_s16_layer;

/* a + sign * b, element by element. */
NN_INLINE void nn_add_s16_signed(const nn_add_s16_layer *layer, const int16_t *a, const int16_t *b, int16_t *y,
                                 int32_t sign)
{
    const int32_t *const n = layer->sum;
    const int32_t unit = (int32_t)1 << n[NN_SUM_LEFT];
    int32_t i, j;
    for (i = 0; i < layer->outer; ++i) {
        const int16_t *p = a + nn_broadcast_offset(layer->axes, i, 1);
        const int16_t *q = b + nn_broadcast_offset(layer->axes, i, 2);
        for (j = 0; j < layer->run; ++j) {
            const int32_t left =
                nn_requantize((*p + n[NN_SUM_A_OFFSET]) * unit, n[NN_SUM_A_MULTIPLIER], n[NN_SUM_A_SHIFT]);
            const int32_t right =
                nn_requantize((*q + n[NN_SUM_B_OFFSET]) * unit, n[NN_SUM_B_MULTIPLIER], n[NN_SUM_B_SHIFT]);
            const int32_t sum = nn_requantize(left + sign * right, n[NN_SUM_OUT_MULTIPLIER], n[NN_SUM_OUT_SHIFT]);
            *y++ = (int16_t)nn_clamp(sum + n[NN_SUM_OUT_OFFSET], n[NN_SUM_MIN], n[NN_SUM_MAX]);
            p += layer->a_step;
            q += layer->b_step;
        }
    }
}

/*
 * Sum of two int16 tensors, with broadcasting. Bit-exact with TFLite's int16 ADD.
 * a, b       operands
 * y          [outer * run]; may be an operand of the same shape, or overlap it if y starts before it
 */
NN_KERNEL void nn_add_s16(const nn_add_s16_layer *layer, const int16_t *a, const int16_t *b, int16_t *y)
{
    nn_add_s16_signed(layer, a, b, y, 1);
}

/* Difference a - b; otherwise as nn_add_s16. */
NN_KERNEL void nn_sub_s16(const nn_add_s16_layer *layer, const int16_t *a, const int16_t *b, int16_t *y)
{
    nn_add_s16_signed(layer, a, b, y, -1);
}

typedef struct nn_mul_s16_layer {
    int32_t a_zero, b_zero;
    int32_t multiplier;
    int32_t shift; /* as nn_requantize takes it */
    int32_t out_zero, out_min, out_max;
    const int32_t *axes;    /* as nn_broadcast_offset takes it */
    int32_t outer;          /* product of the outer sizes */
    int32_t run;            /* neighbours */
    int32_t a_step, b_step; /* 1, or 0: one value for the whole run */
} nn_mul_s16_layer;

/* Product of two int16 tensors; otherwise as nn_add_s16. Bit-exact with TFLite's int16 MUL. */
NN_KERNEL void nn_mul_s16(const nn_mul_s16_layer *layer, const int16_t *a, const int16_t *b, int16_t *y)
{
    int32_t i, j;
    for (i = 0; i < layer->outer; ++i) {
        const int16_t *p = a + nn_broadcast_offset(layer->axes, i, 1);
        const int16_t *q = b + nn_broadcast_offset(layer->axes, i, 2);
        for (j = 0; j < layer->run; ++j) {
            const int32_t product = (*p - layer->a_zero) * (*q - layer->b_zero);
            const int32_t v = nn_requantize(product, layer->multiplier, layer->shift) + layer->out_zero;
            *y++ = (int16_t)nn_clamp(v, layer->out_min, layer->out_max);
            p += layer->a_step;
            q += layer->b_step;
        }
    }
}

/* The greater of two stored values of the same parameters; otherwise as nn_add_s16. */
NN_KERNEL void nn_maximum_s16(const nn_broadcast_layer *layer, const int16_t *a, const int16_t *b, int16_t *y)
{
    int32_t i, j;
    for (i = 0; i < layer->outer; ++i) {
        const int16_t *p = a + nn_broadcast_offset(layer->axes, i, 1);
        const int16_t *q = b + nn_broadcast_offset(layer->axes, i, 2);
        for (j = 0; j < layer->run; ++j) {
            *y++ = *p > *q ? *p : *q;
            p += layer->a_step;
            q += layer->b_step;
        }
    }
}

/* The lesser of two; otherwise as nn_maximum_s16. */
NN_KERNEL void nn_minimum_s16(const nn_broadcast_layer *layer, const int16_t *a, const int16_t *b, int16_t *y)
{
    int32_t i, j;
    for (i = 0; i < layer->outer; ++i) {
        const int16_t *p = a + nn_broadcast_offset(layer->axes, i, 1);
        const int16_t *q = b + nn_broadcast_offset(layer->axes, i, 2);
        for (j = 0; j < layer->run; ++j) {
            *y++ = *p < *q ? *p : *q;
            p += layer->a_step;
            q += layer->b_step;
        }
    }
}

#endif
