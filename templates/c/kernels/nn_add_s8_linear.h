#ifndef NN_ADD_S8_LINEAR_H
#define NN_ADD_S8_LINEAR_H

#include "nn_common.h"
#include "nn_linear_sum_s8.h"

typedef struct nn_add_s8_linear_layer {
    int32_t count;
    int32_t a, b, start, shift, out_min, out_max; /* as in nn_linear_sum */
} nn_add_s8_linear_layer;

/*
 * y = a + b of tensors of the same shape. Bit-exact with TFLite's int8 ADD.
 * y          may be a or b, or overlap them if it starts before
 */
NN_KERNEL void nn_add_s8_linear(const nn_add_s8_linear_layer *layer, const int8_t *a, const int8_t *b, int8_t *y)
{
    const nn_linear_sum sum = {layer->a, layer->b, layer->start, layer->shift, layer->out_min, layer->out_max};
    nn_linear_sum_s8(&sum, a, b, y, layer->count);
}

/* y = a - b, as nn_add_s8_linear. */
NN_KERNEL void nn_sub_s8_linear(const nn_add_s8_linear_layer *layer, const int8_t *a, const int8_t *b, int8_t *y)
{
    const nn_linear_sum sum = {layer->a, layer->b, layer->start, layer->shift, layer->out_min, layer->out_max};
    nn_linear_sum_s8(&sum, a, b, y, layer->count);
}

#endif
