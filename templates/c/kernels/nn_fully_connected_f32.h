#ifndef NN_FULLY_CONNECTED_F32_H
#define NN_FULLY_CONNECTED_F32_H

#include "nn_common.h"
#include "nn_common_f32.h"

typedef struct nn_fully_connected_f32_layer {
    const float *weights; /* [channels][depth] */
    const float *bias;    /* [channels] */
    int32_t rows;
    int32_t depth, channels;
    float out_min, out_max;
} nn_fully_connected_f32_layer;

/*
 * y = x . weights + bias.
 * x          [rows][depth]
 * y          [rows][channels]; may not overlap x
 */
NN_KERNEL void nn_fully_connected_f32(const nn_fully_connected_f32_layer *layer, const float *x, float *y)
{
    int32_t row, o, k;
    for (row = 0; row < layer->rows; ++row) {
        const float *w = layer->weights;
        for (o = 0; o < layer->channels; ++o) {
            float acc = layer->bias[o];
            for (k = 0; k < layer->depth; ++k) {
                acc += x[k] * w[k];
            }
            *y++ = nn_clamp_f32(acc, layer->out_min, layer->out_max);
            w += layer->depth;
        }
        x += layer->depth;
    }
}

#endif
