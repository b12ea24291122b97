#ifndef NN_SOFTMAX_F32_H
#define NN_SOFTMAX_F32_H

#include "nn_common.h"
#include <math.h>

typedef struct nn_softmax_f32_layer {
    int32_t rows, depth;
    float beta;
} nn_softmax_f32_layer;

NN_INLINE void nn_softmax_f32_row(const nn_softmax_f32_layer *layer, const float *x, float *y)
{
    float greatest = x[0];
    float sum = 0.0f;
    int32_t i;
    for (i = 1; i < layer->depth; ++i) {
        greatest = x[i] > greatest ? x[i] : greatest;
    }
    for (i = 0; i < layer->depth; ++i) {
        const float power = expf((x[i] - greatest) * layer->beta);
        sum += power;
        y[i] = power;
    }
    for (i = 0; i < layer->depth; ++i) {
        y[i] /= sum;
    }
}

/*
 * Softmax over the last axis.
 * x          [rows][depth]
 * y          [rows][depth]; may be x, or overlap it if y starts before it
 */
NN_KERNEL void nn_softmax_f32(const nn_softmax_f32_layer *layer, const float *x, float *y)
{
    int32_t row;
    for (row = 0; row < layer->rows; ++row) {
        nn_softmax_f32_row(layer, x, y);
        x += layer->depth;
        y += layer->depth;
    }
}

#endif
