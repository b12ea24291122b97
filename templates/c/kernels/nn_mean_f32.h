#ifndef NN_MEAN_F32_H
#define NN_MEAN_F32_H

#include "nn_common.h"

/* x seen as [kept0][reduced0][kept1][reduced1][kept2] */
typedef struct nn_mean_f32_layer {
    int32_t kept0, reduced0, kept1, reduced1, kept2;
} nn_mean_f32_layer;

/* Sum over both reduced axes from x on. */
NN_INLINE float nn_mean_f32_sum(const nn_mean_f32_layer *layer, const float *x)
{
    const int32_t inner = layer->kept2;
    const int32_t outer = layer->kept1 * layer->reduced1 * inner;
    float sum = 0.0f;
    int32_t i, j;
    for (i = 0; i < layer->reduced0; ++i) {
        for (j = 0; j < layer->reduced1; ++j) {
            sum += x[i * outer + j * inner];
        }
    }
    return sum;
}

/*
 * Mean over some axes.
 * x          [kept0][reduced0][kept1][reduced1][kept2]
 * y          [kept0][kept1][kept2]; may overlap x from the distance on that the planner computes
 */
NN_KERNEL void nn_mean_f32(const nn_mean_f32_layer *layer, const float *x, float *y)
{
    const int32_t inner = layer->kept2;
    const int32_t middle = layer->reduced1 * inner;
    const float count = (float)(layer->reduced0 * layer->reduced1);
    int32_t a, b, c;
    for (a = 0; a < layer->kept0; ++a) {
        for (b = 0; b < layer->kept1; ++b) {
            for (c = 0; c < inner; ++c) {
                *y++ = nn_mean_f32_sum(layer, x + b * middle + c) / count;
            }
        }
        x += layer->reduced0 * layer->kept1 * middle;
    }
}

#endif
