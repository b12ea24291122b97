#ifndef NN_FULLY_CONNECTED_S8_CODED_H
#define NN_FULLY_CONNECTED_S8_CODED_H

#include "nn_coded_s8.h"
#include "nn_common.h"

typedef struct nn_fully_connected_s8_coded_layer {
    const uint8_t *codes;
    int8_t bias_bits, shift_bits, shift_least, gap_bits, value_bits, positive, negative; /* as in nn_coded_format */
    NN_INT rows;
    NN_INT depth, channels;
    int8_t plain; /* as nn_output takes it */
    int8_t out_zero, out_min, out_max;
} nn_fully_connected_s8_coded_layer;

/* All rows; one copy for all layers. */
NN_SHARED void nn_fully_connected_s8_coded_rows_of(const nn_fully_connected_s8_coded_layer *layer, const int8_t *x,
                                                   int8_t *y, uint8_t *strip)
{
    const nn_coded_s8 m = {{layer->codes, layer->bias_bits, layer->shift_bits, layer->shift_least, layer->gap_bits,
                            layer->value_bits, layer->positive, layer->negative},
                           layer->depth,
                           layer->channels,
                           0,
                           layer->plain,
                           layer->out_zero,
                           layer->out_min,
                           layer->out_max,
                           NULL};
    int32_t row, i;
    for (row = 0; row < layer->rows; ++row) {
        for (i = 0; i < layer->depth; ++i) {
            strip[i] = (uint8_t)(x[i] + 128);
        }
        (void)nn_coded_matmul(&m, 0, 0, layer->channels, strip, 1, 1, y, y);
        x += layer->depth;
        y += layer->channels;
    }
}

/*
 * y = x . weights + bias, with coded weights. Bit-exact with TFLite's int8 FULLY_CONNECTED.
 * x          [rows][depth]
 * y          [rows][channels]; may overlap x from the distance on that the planner computes
 * scratch    depth bytes
 */
NN_KERNEL void nn_fully_connected_s8_coded(const nn_fully_connected_s8_coded_layer *layer, const int8_t *x, int8_t *y,
                                           int8_t *scratch)
{
    nn_fully_connected_s8_coded_rows_of(layer, x, y, (uint8_t *)scratch);
}

#endif
