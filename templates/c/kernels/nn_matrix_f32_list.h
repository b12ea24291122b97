#ifndef NN_MATRIX_F32_LIST_H
#define NN_MATRIX_F32_LIST_H

#include "nn_common_f32.h"

typedef struct nn_matrix_f32_list_layer {
    const float *weights;   /* those that are not 0, channel after channel */
    const uint16_t *inputs; /* which input each multiplies */
    const int32_t *ends;    /* [channels], where the weights of each channel end */
    const float *bias;      /* [channels] */
    int32_t rows, depth, channels;
    float low, high; /* of the result */
} nn_matrix_f32_list_layer;

/*
 * Rows of x times a matrix that is mostly 0: fully connected layers and convolutions of single pixels. Weights that are
 * 0 are left out; each of the others is read once for four rows.
 * x          [rows][depth]
 * y          [rows][channels]; may overlap x from the distance on that the planner computes
 */
NN_KERNEL void nn_matrix_f32_list(const nn_matrix_f32_list_layer *layer, const float *x, float *y)
{
    const int32_t depth = layer->depth;
    const int32_t channels = layer->channels;
    const float low = layer->low;
    const float high = layer->high;
    int32_t left = layer->rows;
    int32_t o, k;
    for (; left >= 4; left -= 4) {
        k = 0;
        for (o = 0; o < channels; ++o) {
            const int32_t end = layer->ends[o];
            float s0 = layer->bias[o];
            float s1 = s0;
            float s2 = s0;
            float s3 = s0;
            for (; k < end; ++k) {
                const float *const p = x + layer->inputs[k];
                const float w = layer->weights[k];
                s0 += w * p[0];
                s1 += w * p[depth];
                s2 += w * p[2 * depth];
                s3 += w * p[3 * depth];
            }
            y[o] = nn_clamp_f32(s0, low, high);
            y[channels + o] = nn_clamp_f32(s1, low, high);
            y[2 * channels + o] = nn_clamp_f32(s2, low, high);
            y[3 * channels + o] = nn_clamp_f32(s3, low, high);
        }
        x += 4 * depth;
        y += 4 * channels;
    }
    for (; left > 0; --left) {
        k = 0;
        for (o = 0; o < channels; ++o) {
            const int32_t end = layer->ends[o];
            float sum = layer->bias[o];
            for (; k < end; ++k) {
                sum += layer->weights[k] * x[layer->inputs[k]];
            }
            y[o] = nn_clamp_f32(sum, low, high);
        }
        x += depth;
        y += channels;
    }
}

#endif
