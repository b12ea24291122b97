#ifndef NN_MEAN_S8_MVE_H
#define NN_MEAN_S8_MVE_H

#include "nn_common.h"
#include "nn_mean_s8.h"
#include "nn_mve_pool_s8.h"

/* As nn_mean_s8, of 1 to 255 values; layer->shift >= 0. */
NN_KERNEL void nn_mean_s8__mve(const nn_mean_s8_layer *layer, const int8_t *x, int8_t *y)
{
    /* With one reduced axis all that is kept behind it is walked at once. */
    const int32_t merged = layer->reduced1 == 1;
    const int32_t inner = merged ? layer->kept1 * layer->kept2 : layer->kept2;
    const int32_t count = merged ? 1 : layer->kept1;
    const int32_t middle = layer->reduced1 * inner;
    const nn_mve_pool pool = {layer->reduced0,
                              layer->reduced1,
                              inner,
                              count * middle,
                              inner,
                              {-layer->zeros, layer->multiplier, -1 - layer->shift, layer->out_zero}};
    int32_t a, b;
    for (a = 0; a < layer->kept0; ++a) {
        for (b = 0; b < count; ++b) {
            nn_mve_pool_mean(&pool, x + b * middle, y);
            y += inner;
        }
        x += layer->reduced0 * count * middle;
    }
}

#endif
