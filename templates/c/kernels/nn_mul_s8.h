#ifndef NN_MUL_S8_H
#define NN_MUL_S8_H

#include "nn_broadcast.h"
#include "nn_common.h"

typedef struct nn_mul_s8_layer {
    int32_t a_zero, b_zero;
    int32_t multiplier;
    int32_t shift; /* as nn_requantize takes it */
    int32_t out_zero, out_min, out_max;
    const int32_t *axes;    /* as nn_broadcast_offset takes it */
    int32_t outer;          /* product of the outer sizes */
    int32_t run;            /* neighbours */
    int32_t a_step, b_step; /* 1, or 0: one value for the whole run */
} nn_mul_s8_layer;

/*
 * Product of two tensors, with broadcasting. Bit-exact with TFLite's int8 MUL.
 * a, b       operands
 * y          [outer * run]; may be an operand of the same shape, or overlap it if y starts before it
 */
NN_KERNEL void nn_mul_s8(const nn_mul_s8_layer *layer, const int8_t *a, const int8_t *b, int8_t *y)
{
    int32_t i, j;
    for (i = 0; i < layer->outer; ++i) {
        const int8_t *p = a + nn_broadcast_offset(layer->axes, i, 1);
        const int8_t *q = b + nn_broadcast_offset(layer->axes, i, 2);
        for (j = 0; j < layer->run; ++j) {
            const int32_t product = (*p - layer->a_zero) * (*q - layer->b_zero);
            const int32_t v = nn_requantize(product, layer->multiplier, layer->shift) + layer->out_zero;
            *y++ = (int8_t)nn_clamp(v, layer->out_min, layer->out_max);
            p += layer->a_step;
            q += layer->b_step;
        }
    }
}

#endif
