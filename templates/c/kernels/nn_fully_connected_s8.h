#ifndef NN_FULLY_CONNECTED_S8_H
#define NN_FULLY_CONNECTED_S8_H

#include "nn_common.h"
#include "nn_matmul_s8.h"

typedef struct nn_fully_connected_s8_layer {
    const int8_t *weights;     /* blocks of 4 outputs [depth][4], then those left over [depth] */
    const int32_t *bias;       /* [channels], less in_zero * sum of weights; NULL where the numbers hold it */
    const int32_t *numbers;    /* as nn_channel_bias takes them */
    NN_INT rows;
    NN_INT depth, channels;
    int8_t plain; /* as nn_output takes it */
    int8_t out_zero, out_min, out_max;
} nn_fully_connected_s8_layer;

/*
 * y = x . weights + bias. Bit-exact with TFLite's int8 FULLY_CONNECTED.
 * x          [rows][depth]
 * y          [rows][channels]; may not overlap x
 */
NN_KERNEL void nn_fully_connected_s8(const nn_fully_connected_s8_layer *layer, const int8_t *x, int8_t *y)
{
    const int32_t step = layer->channels;
    const nn_matmul_s8 m = {layer->weights, {layer->bias, layer->bias}, layer->numbers, layer->plain, layer->depth,
                            step, layer->out_zero, layer->out_min, layer->out_max, NULL};
    int32_t pair;
    for (pair = 0; pair < layer->rows / 2; ++pair) {
        nn_matmul_s8_run(&m, x, 2, y, y, step);
        x += 2 * layer->depth;
        y += 2 * step;
    }
    if (layer->rows % 2 != 0) {
        nn_matmul_s8_run(&m, x, 1, y, y, step);
    }
}

#endif
