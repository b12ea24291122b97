#ifndef NN_MEAN_S8_H
#define NN_MEAN_S8_H

#include "nn_common.h"

/* x seen as [kept0][reduced0][kept1][reduced1][kept2] */
typedef struct nn_mean_s8_layer {
    int32_t kept0, reduced0, kept1, reduced1, kept2;
    int32_t zeros; /* zero point of the input * number of values in a sum */
    int32_t multiplier;
    int32_t shift; /* as nn_requantize takes it */
    int32_t out_zero;
} nn_mean_s8_layer;

/* Sum over both reduced axes from x on. */
NN_INLINE int32_t nn_mean_s8_sum(const nn_mean_s8_layer *layer, const int8_t *x)
{
    const int32_t inner = layer->kept2;
    const int32_t outer = layer->kept1 * layer->reduced1 * inner;
    int32_t sum = 0;
    int32_t i, j;
    for (i = 0; i < layer->reduced0; ++i) {
        for (j = 0; j < layer->reduced1; ++j) {
            sum += x[i * outer + j * inner];
        }
    }
    return sum;
}

/*
 * Mean over some axes. Bit-exact with TFLite Micro's int8 MEAN.
 * x          [kept0][reduced0][kept1][reduced1][kept2]
 * y          [kept0][kept1][kept2]; may overlap x from the distance on that the planner computes
 */
NN_KERNEL void nn_mean_s8(const nn_mean_s8_layer *layer, const int8_t *x, int8_t *y)
{
    const int32_t inner = layer->kept2;
    const int32_t middle = layer->reduced1 * inner;
    int32_t a, b, c;
    for (a = 0; a < layer->kept0; ++a) {
        for (b = 0; b < layer->kept1; ++b) {
            for (c = 0; c < inner; ++c) {
                const int32_t sum = nn_mean_s8_sum(layer, x + b * middle + c) - layer->zeros;
                const int32_t v = nn_requantize(sum, layer->multiplier, layer->shift) + layer->out_zero;
                *y++ = (int8_t)nn_clamp(v, -128, 127);
            }
        }
        x += layer->reduced0 * layer->kept1 * middle;
    }
}

#endif
