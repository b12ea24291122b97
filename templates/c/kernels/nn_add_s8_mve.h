#ifndef NN_ADD_S8_MVE_H
#define NN_ADD_S8_MVE_H

#include "nn_common.h"
#include "nn_mve_sum_s8.h"

typedef struct nn_add_s8_mve_layer {
    const int32_t *sum; /* as nn_mve_sum_s8 takes it */
    int32_t linear;
    int32_t count; /* elements of either operand */
} nn_add_s8_mve_layer;

/*
 * Sum of two tensors of the same shape. Bit-exact with TFLite's int8 ADD.
 * a, b       [count]
 * y          [count]; may be an operand, or overlap it if y starts before it
 */
NN_KERNEL void nn_add_s8__mve(const nn_add_s8_mve_layer *layer, const int8_t *a, const int8_t *b, int8_t *y)
{
    nn_mve_sum_s8(layer->sum, layer->linear, a, b, y, layer->count);
}

/* Difference a - b; otherwise as nn_add_s8__mve. Bit-exact with TFLite's int8 SUB. */
NN_KERNEL void nn_sub_s8__mve(const nn_add_s8_mve_layer *layer, const int8_t *a, const int8_t *b, int8_t *y)
{
    nn_mve_sum_s8(layer->sum, layer->linear, a, b, y, layer->count);
}

#endif
