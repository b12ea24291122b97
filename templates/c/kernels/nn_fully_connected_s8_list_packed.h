#ifndef NN_FULLY_CONNECTED_S8_LIST_PACKED_H
#define NN_FULLY_CONNECTED_S8_LIST_PACKED_H

#include "nn_common.h"
#include "nn_packed_list_dense_s8.h"

typedef struct nn_fully_connected_s8_list_packed_layer {
    const uint16_t *weights; /* as in nn_packed_list_dense */
    const int32_t *offsets;
    int32_t rows;
    int32_t depth, channels;
    uint32_t limit, fraction, factor, begin, middle, away; /* as in nn_packed_list_dense */
} nn_fully_connected_s8_list_packed_layer;

/*
 * y = x . weights + bias, with weights many of which are 0. Bit-exact with TFLite's int8 FULLY_CONNECTED.
 * x          [rows][depth]
 * y          [rows][channels]; may overlap x from the distance on that the planner computes
 * scratch    depth bytes
 */
NN_KERNEL void nn_fully_connected_s8_list__packed(const nn_fully_connected_s8_list_packed_layer *layer, const int8_t *x,
                                                  int8_t *y, int8_t *scratch)
{
    uint8_t *const bytes = (uint8_t *)scratch;
    int32_t row, i;
    for (row = 0; row < layer->rows; ++row) {
        const nn_packed_list_dense d = {layer->weights, layer->offsets, layer->offsets + layer->channels, bytes, y,
                                        layer->limit, layer->fraction, layer->factor, layer->begin, layer->middle,
                                        layer->away};
        for (i = 0; i < layer->depth; ++i) {
            bytes[i] = (uint8_t)(x[i] + 128);
        }
        nn_packed_list_dense_1(&d);
        x += layer->depth;
        y += layer->channels;
    }
}

#endif
