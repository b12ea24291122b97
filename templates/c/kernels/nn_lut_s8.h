#ifndef NN_LUT_S8_H
#define NN_LUT_S8_H

#include "nn_common.h"

typedef struct nn_lut_s8_layer {
    const uint8_t *table; /* [256] output bytes by input byte */
    int32_t count;
} nn_lut_s8_layer;

/*
 * Any elementwise function between 8-bit types, signed or not, by table.
 * x          [count] bytes
 * y          [count] bytes; may be x, or overlap it if y starts before it
 */
NN_KERNEL void nn_lut_s8(const nn_lut_s8_layer *layer, const void *x, void *y)
{
    const uint8_t *const in = (const uint8_t *)x;
    uint8_t *const out = (uint8_t *)y;
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        out[i] = layer->table[in[i]];
    }
}

#endif
