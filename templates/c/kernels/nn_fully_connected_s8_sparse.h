#ifndef NN_FULLY_CONNECTED_S8_SPARSE_H
#define NN_FULLY_CONNECTED_S8_SPARSE_H

#include "nn_common.h"
#include "nn_sparse_s8.h"

typedef struct nn_fully_connected_s8_sparse_layer {
    const uint8_t *weights; /* as in nn_sparse_s8.h */
    NN_INT kept, parts;
    const int32_t *bias;    /* [channels], less in_zero * sum of weights; NULL where the numbers hold it */
    const int32_t *numbers; /* as nn_channel_bias takes them */
    NN_INT rows;
    NN_INT depth, channels;
    int8_t plain; /* as nn_output takes it */
    int8_t out_zero, out_min, out_max;
} nn_fully_connected_s8_sparse_layer;

/* Eight rows at a time, then one by one; all are copied aside before their outputs are written. */
NN_INLINE void nn_fully_connected_s8_sparse_all(const nn_fully_connected_s8_sparse_layer *layer, int32_t kept,
                                                const int8_t *x, int8_t *y, int8_t *scratch)
{
    const int32_t depth = layer->depth;
    const int32_t channels = layer->channels;
    const nn_sparse_s8 s = {layer->weights, kept, layer->parts,
                            {NULL, {layer->bias, layer->bias}, layer->numbers, layer->plain, 0, channels,
                             layer->out_zero, layer->out_min, layer->out_max, NULL}};
    int32_t left, i, k;
    for (left = layer->rows; left >= NN_SPARSE_LANES; left -= NN_SPARSE_LANES) {
        for (i = 0; i < NN_SPARSE_LANES; ++i) {
            for (k = 0; k < depth; ++k) {
                scratch[NN_SPARSE_LANES * k + i] = x[k];
            }
            x += depth;
        }
        nn_sparse_matmul(&s, scratch, NN_SPARSE_LANES, NN_SPARSE_LANES, y, y);
        y += NN_SPARSE_LANES * channels;
    }
    for (; left > 0; --left) {
        nn_copy_bytes(scratch, x, (size_t)depth);
        nn_sparse_matmul(&s, scratch, 1, 1, y, y);
        x += depth;
        y += channels;
    }
}

/*
 * y = x . weights + bias, with weights many of which are 0. Bit-exact with TFLite's int8 FULLY_CONNECTED.
 * x          [rows][depth]
 * y          [rows][channels]; may overlap x from the distance on that the planner computes
 * scratch    depth bytes, 8 * depth where there are as many rows
 */
NN_KERNEL void nn_fully_connected_s8_list(const nn_fully_connected_s8_sparse_layer *layer, const int8_t *x, int8_t *y,
                                          int8_t *scratch)
{
    nn_fully_connected_s8_sparse_all(layer, 0, x, y, scratch);
}

/*
 * As nn_fully_connected_s8_list, with at most two weights of every four.
 * scratch    as there, depth rounded up to whole parts
 */
NN_KERNEL void nn_fully_connected_s8_fours(const nn_fully_connected_s8_sparse_layer *layer, const int8_t *x, int8_t *y,
                                           int8_t *scratch)
{
    nn_fully_connected_s8_sparse_all(layer, layer->kept, x, y, scratch);
}

#endif
