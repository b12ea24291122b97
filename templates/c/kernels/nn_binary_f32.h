#ifndef NN_BINARY_F32_H
#define NN_BINARY_F32_H

#include "nn_broadcast.h"
#include "nn_common.h"
#include "nn_common_f32.h"

typedef struct nn_binary_f32_layer {
    float out_min, out_max;
    const int32_t *axes;    /* as nn_broadcast_offset takes it */
    int32_t outer;          /* product of the outer sizes */
    int32_t run;            /* neighbours */
    int32_t a_step, b_step; /* 1, or 0: one value for the whole run */
} nn_binary_f32_layer;

enum { NN_BINARY_ADD, NN_BINARY_SUB, NN_BINARY_MUL };

NN_INLINE void nn_binary_f32(const nn_binary_f32_layer *layer, const float *a, const float *b, float *y,
                             int32_t operation)
{
    int32_t i, j;
    for (i = 0; i < layer->outer; ++i) {
        const float *p = a + nn_broadcast_offset(layer->axes, i, 1);
        const float *q = b + nn_broadcast_offset(layer->axes, i, 2);
        for (j = 0; j < layer->run; ++j) {
            const float v = operation == NN_BINARY_ADD ? *p + *q : operation == NN_BINARY_SUB ? *p - *q : *p * *q;
            *y++ = nn_clamp_f32(v, layer->out_min, layer->out_max);
            p += layer->a_step;
            q += layer->b_step;
        }
    }
}

/*
 * Sum of two float tensors, with broadcasting.
 * a, b       operands
 * y          [outer * run]; may be an operand of the same shape, or overlap it if y starts before it
 */
NN_KERNEL void nn_add_f32(const nn_binary_f32_layer *layer, const float *a, const float *b, float *y)
{
    nn_binary_f32(layer, a, b, y, NN_BINARY_ADD);
}

/* Difference a - b; otherwise as nn_add_f32. */
NN_KERNEL void nn_sub_f32(const nn_binary_f32_layer *layer, const float *a, const float *b, float *y)
{
    nn_binary_f32(layer, a, b, y, NN_BINARY_SUB);
}

/* Product a * b; otherwise as nn_add_f32. */
NN_KERNEL void nn_mul_f32(const nn_binary_f32_layer *layer, const float *a, const float *b, float *y)
{
    nn_binary_f32(layer, a, b, y, NN_BINARY_MUL);
}

#endif
