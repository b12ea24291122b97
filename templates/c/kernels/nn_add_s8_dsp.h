#ifndef NN_ADD_S8_DSP_H
#define NN_ADD_S8_DSP_H

#include "nn_common.h"
#include "nn_dsp_sum_s8.h"

typedef struct nn_add_s8_dsp_layer {
    /* members of nn_dsp_sum; of a difference the second table holds negated operands */
    const int32_t *tables;
    int32_t multiplier, offset, shift, away, out_min, out_max;
    int32_t count; /* elements of either operand */
} nn_add_s8_dsp_layer;

NN_INLINE void nn_add_s8_dsp_all(const nn_add_s8_dsp_layer *layer, const int8_t *a, const int8_t *b, int8_t *y)
{
    const nn_dsp_sum sum = {layer->tables, layer->multiplier, layer->offset, layer->shift,
                            layer->away,   layer->out_min,    layer->out_max};
    nn_dsp_sum_s8(&sum, a, b, y, layer->count);
}

/*
 * Sum of two tensors of the same shape, by tables. Bit-exact with TFLite's int8 ADD.
 * a, b       [count]
 * y          [count]; may be an operand, or overlap it if y starts before it
 */
NN_KERNEL void nn_add_s8__dsp(const nn_add_s8_dsp_layer *layer, const int8_t *a, const int8_t *b, int8_t *y)
{
    nn_add_s8_dsp_all(layer, a, b, y);
}

/* Difference a - b; otherwise as nn_add_s8__dsp. Bit-exact with TFLite's int8 SUB. */
NN_KERNEL void nn_sub_s8__dsp(const nn_add_s8_dsp_layer *layer, const int8_t *a, const int8_t *b, int8_t *y)
{
    nn_add_s8_dsp_all(layer, a, b, y);
}

#endif
