#ifndef NN_LOG_SOFTMAX_F32_H
#define NN_LOG_SOFTMAX_F32_H

#include "nn_common.h"
#include <math.h>

typedef struct nn_log_softmax_f32_layer {
    int32_t rows, depth;
} nn_log_softmax_f32_layer;

/* Logarithm of softmax, row by row. x, y [rows][depth]; y may be x. */
NN_KERNEL void nn_log_softmax_f32(const nn_log_softmax_f32_layer *layer, const float *x, float *y)
{
    const int32_t depth = layer->depth;
    int32_t row, i;
    for (row = 0; row < layer->rows; ++row) {
        float most = x[0];
        float sum = 0.0f;
        for (i = 1; i < depth; ++i) {
            most = x[i] > most ? x[i] : most;
        }
        for (i = 0; i < depth; ++i) {
            sum += expf(x[i] - most);
        }
        sum = logf(sum);
        for (i = 0; i < depth; ++i) {
            y[i] = x[i] - most - sum;
        }
        x += depth;
        y += depth;
    }
}

#endif
