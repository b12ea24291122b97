#ifndef NN_FULLY_CONNECTED_S8_BLOCKS_DSP_H
#define NN_FULLY_CONNECTED_S8_BLOCKS_DSP_H

#include "nn_common.h"
#include "nn_dsp_blocks_4x1_s8.h"

typedef struct nn_fully_connected_s8_blocks_layer {
    const int32_t *weights; /* as in nn_dsp_blocks */
    int32_t first, last, length; /* of the stream: words before the first and the last group, and of all */
    int32_t rows;
    int32_t depth, channels;
    int32_t taps;         /* of a block */
    int32_t shared, away; /* as in nn_dsp_dense */
} nn_fully_connected_s8_blocks_layer;

/*
 * y = x . weights + bias, blocks of zeros left out. Bit-exact with TFLite's int8 FULLY_CONNECTED.
 * x          [rows][depth]
 * y          [rows][channels]; may overlap x from the distance on that the planner computes
 * scratch    2 bytes per value in, rounded up to 8 values
 */
NN_KERNEL void nn_fully_connected_s8_blocks__dsp(const nn_fully_connected_s8_blocks_layer *layer, const int8_t *x,
                                                 int8_t *y, int8_t *scratch)
{
    const nn_dsp_blocks m = {layer->weights, layer->taps, layer->shared, layer->away};
    const int32_t *const w = layer->weights;
    const int32_t left = layer->channels % 4;
    int32_t *const strip = (int32_t *)(void *)scratch;
    int32_t row;
    for (row = 0; row < layer->rows; ++row) {
        nn_dsp_dense_strip(strip, x, layer->depth);
        if (layer->channels >= 4) {
            nn_dsp_blocks_groups(&m, w + layer->first, left == 0 ? w + layer->length : w + layer->last, strip, y);
        }
        if (left != 0) {
            int8_t last[4];
            nn_dsp_blocks_groups(&m, w + layer->last, w + layer->length, strip, last);
            (void)memcpy(y + layer->channels - left, last, (size_t)left);
        }
        x += layer->depth;
        y += layer->channels;
    }
}

#endif
