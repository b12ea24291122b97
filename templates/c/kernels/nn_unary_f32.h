#ifndef NN_UNARY_F32_H
#define NN_UNARY_F32_H

#include "nn_common.h"
#include "nn_common_f32.h"
#include <math.h>

typedef struct nn_unary_f32_layer {
    int32_t count;
} nn_unary_f32_layer;

typedef struct nn_relu_f32_layer {
    int32_t count;
    float out_min, out_max;
} nn_relu_f32_layer;

/*
 * 1 / (1 + exp(-x)).
 * x          [count]
 * y          [count]; may be x, or overlap it if y starts before it
 */
NN_KERNEL void nn_logistic_f32(const nn_unary_f32_layer *layer, const float *x, float *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = 1.0f / (1.0f + expf(-x[i]));
    }
}

/* Hyperbolic tangent; otherwise as nn_logistic_f32. */
NN_KERNEL void nn_tanh_f32(const nn_unary_f32_layer *layer, const float *x, float *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = tanhf(x[i]);
    }
}

/* x clamped to [out_min, out_max]; otherwise as nn_logistic_f32. */
NN_KERNEL void nn_relu_f32(const nn_relu_f32_layer *layer, const float *x, float *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = nn_clamp_f32(x[i], layer->out_min, layer->out_max);
    }
}

#endif
