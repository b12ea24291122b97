#ifndef NN_LOCAL_RESPONSE_NORMALIZATION_F32_H
#define NN_LOCAL_RESPONSE_NORMALIZATION_F32_H

#include "nn_common.h"
#include <math.h>

typedef struct nn_local_response_normalization_f32_layer {
    int32_t rows, depth;
    int32_t radius; /* channels to either side */
    float bias, alpha, beta;
} nn_local_response_normalization_f32_layer;

/* x * (bias + alpha * sum of squares of the channels around) ^ -beta. x, y [rows][depth]; may not overlap. */
NN_KERNEL void nn_local_response_normalization_f32(const nn_local_response_normalization_f32_layer *layer,
                                                   const float *x, float *y)
{
    const int32_t depth = layer->depth;
    int32_t row, c, k;
    for (row = 0; row < layer->rows; ++row) {
        for (c = 0; c < depth; ++c) {
            const int32_t end = nn_min(depth - 1, c + layer->radius);
            float sum = 0.0f;
            for (k = nn_max(0, c - layer->radius); k <= end; ++k) {
                sum += x[k] * x[k];
            }
            y[c] = x[c] * powf(layer->bias + layer->alpha * sum, -layer->beta);
        }
        x += depth;
        y += depth;
    }
}

#endif
