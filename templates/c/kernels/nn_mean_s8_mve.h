#ifndef NN_MEAN_S8_MVE_H
#define NN_MEAN_S8_MVE_H

#include "nn_common.h"
#include "nn_mean_s8.h"
#include "nn_mve_pool_s8.h"

/* As nn_mean_s8, of 1 to 255 values; layer->shift >= 0. */
NN_KERNEL void nn_mean_s8__mve(const nn_mean_s8_layer *layer, const int8_t *x, int8_t *y)
{
    const int32_t inner = layer->kept2;
    const int32_t middle = layer->reduced1 * inner;
    const nn_mve_pool pool = {layer->reduced0,
                              layer->reduced1,
                              inner,
                              layer->kept1 * middle,
                              inner,
                              {-layer->zeros, layer->multiplier, -1 - layer->shift, layer->out_zero}};
    int32_t a, b;
    for (a = 0; a < layer->kept0; ++a) {
        for (b = 0; b < layer->kept1; ++b) {
            nn_mve_pool_mean(&pool, x + b * middle, y);
            y += inner;
        }
        x += layer->reduced0 * layer->kept1 * middle;
    }
}

#endif
