#ifndef NN_DEQUANTIZE_F32_H
#define NN_DEQUANTIZE_F32_H

#include "nn_common.h"

typedef struct nn_dequantize_f32_layer {
    float scale;
    int32_t zero;
    int32_t count;
} nn_dequantize_f32_layer;

/*
 * Stored to real values: scale * (x - zero). Bit-exact with TFLite's DEQUANTIZE.
 * x          [count]
 * y          [count]; may overlap x from the distance on that the planner computes
 */
NN_KERNEL void nn_dequantize_s8_f32(const nn_dequantize_f32_layer *layer, const int8_t *x, float *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = layer->scale * (float)(x[i] - layer->zero);
    }
}

/* As nn_dequantize_s8_f32, from unsigned bytes. */
NN_KERNEL void nn_dequantize_u8_f32(const nn_dequantize_f32_layer *layer, const uint8_t *x, float *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = layer->scale * (float)(x[i] - layer->zero);
    }
}

#endif
