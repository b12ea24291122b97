#ifndef NN_ADD_S8_H
#define NN_ADD_S8_H

#include "nn_broadcast.h"
#include "nn_common.h"
#include "nn_sum_s8.h"

typedef struct nn_add_s8_layer {
    const int32_t *sum;         /* NN_SUM_COUNT numbers */
    const int32_t *axes;        /* as nn_broadcast_offset takes it */
    int32_t outer;              /* product of the outer sizes */
    int32_t run;                /* neighbours */
    int32_t a_step, b_step;     /* 1, or 0: one value for the whole run */
} nn_add_s8_layer;

/* a + sign * b, element by element. */
NN_INLINE void nn_add_s8_signed(const nn_add_s8_layer *layer, const int8_t *a, const int8_t *b, int8_t *y,
                                int32_t sign)
{
    int32_t i, j;
    for (i = 0; i < layer->outer; ++i) {
        const int8_t *p = a + nn_broadcast_offset(layer->axes, i, 1);
        const int8_t *q = b + nn_broadcast_offset(layer->axes, i, 2);
        for (j = 0; j < layer->run; ++j) {
            *y++ = nn_sum_s8(layer->sum, *p, *q, sign);
            p += layer->a_step;
            q += layer->b_step;
        }
    }
}

/*
 * Sum of two tensors, with broadcasting. Bit-exact with TFLite's int8 ADD.
 * a, b       operands
 * y          [outer * run]; may be an operand of the same shape, or overlap it if y starts before it
 */
NN_KERNEL void nn_add_s8(const nn_add_s8_layer *layer, const int8_t *a, const int8_t *b, int8_t *y)
{
    nn_add_s8_signed(layer, a, b, y, 1);
}

/* Difference a - b; otherwise as nn_add_s8. Bit-exact with TFLite's int8 SUB. */
NN_KERNEL void nn_sub_s8(const nn_add_s8_layer *layer, const int8_t *a, const int8_t *b, int8_t *y)
{
    nn_add_s8_signed(layer, a, b, y, -1);
}

#endif
