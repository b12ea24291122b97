#ifndef NN_FULLY_CONNECTED_S8_TILES_MVE_H
#define NN_FULLY_CONNECTED_S8_TILES_MVE_H

#include "nn_common.h"
#include "nn_mve_dense_tiles_s8.h"
#include "nn_mve_strip_s8.h"

typedef struct nn_fully_connected_s8_tiles_mve_layer {
    const int32_t *weights; /* as in nn_mve_dense_tiles */
    const uint16_t *places;
    int32_t rows;
    int32_t depth, channels;
    int32_t multiplier, shift; /* as in nn_mve_dense */
    int32_t out_zero, out_min, out_max;
} nn_fully_connected_s8_tiles_mve_layer;

/*
 * y = x . weights + bias, of the weights only tiles. Bit-exact with TFLite's int8 FULLY_CONNECTED.
 * x          [rows][depth]
 * y          [rows][channels]; may overlap x from the distance on that the planner computes
 * scratch    depth + 15 bytes
 */
NN_KERNEL void nn_fully_connected_s8_tiles__mve(const nn_fully_connected_s8_tiles_mve_layer *layer, const int8_t *x,
                                                int8_t *y, int8_t *scratch)
{
    const nn_mve_dense_tiles m = {layer->weights, layer->places,  layer->channels,   layer->out_zero,
                                  layer->out_min, layer->out_max, layer->multiplier, layer->shift};
    int32_t row;
    for (row = 0; row < layer->rows; ++row) {
        nn_mve_copy(scratch, x, layer->depth);
        if (layer->multiplier != 0) {
            nn_mve_dense_tiles_all(&m, scratch, y);
        } else {
            nn_mve_dense_tiles_each(&m, scratch, y);
        }
        x += layer->depth;
        y += layer->channels;
    }
}

#endif
