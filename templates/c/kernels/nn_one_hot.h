#ifndef NN_ONE_HOT_H
#define NN_ONE_HOT_H

#include "nn_common.h"

typedef struct nn_one_hot_layer {
    int32_t outer, depth, inner; /* y [outer][depth][inner] */
    const uint8_t *on, *off;     /* one element each */
    int32_t width;               /* bytes of an element */
} nn_one_hot_layer;

/* `on` at the place that an index names, `off` elsewhere. indices [outer][inner]; may not overlap. */
NN_KERNEL void nn_one_hot(const nn_one_hot_layer *layer, const int32_t *indices, void *y)
{
    uint8_t *out = (uint8_t *)y;
    int32_t o, d, i;
    for (o = 0; o < layer->outer; ++o) {
        for (d = 0; d < layer->depth; ++d) {
            for (i = 0; i < layer->inner; ++i) {
                const int32_t index = indices[o * layer->inner + i];
                const int32_t at = index < 0 ? index + layer->depth : index;
                (void)memcpy(out, at == d ? layer->on : layer->off, (size_t)layer->width);
                out += layer->width;
            }
        }
    }
}

#endif
