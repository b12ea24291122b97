#ifndef NN_FULLY_CONNECTED_S8_PACKED_H
#define NN_FULLY_CONNECTED_S8_PACKED_H

#include "nn_common.h"
#include "nn_packed_dense_s8.h"

typedef struct nn_fully_connected_s8_packed_layer {
    const uint32_t *weights; /* as in nn_packed_dense, for depth rounded up to a multiple of 3 */
    const int32_t *offsets;
    int32_t rows;
    int32_t depth, channels;
    uint32_t limit, fraction, factor, begin, middle, away; /* as in nn_packed_dense */
} nn_fully_connected_s8_packed_layer;

/* One row of inputs + 128 up to depth, then 0; returns the sum of those that are there. */
NN_INLINE uint32_t nn_fully_connected_s8_packed_copy(const int8_t *x, int32_t depth, int32_t whole, uint8_t *bytes)
{
    uint32_t sum = 0;
    int32_t i;
    for (i = 0; i < depth; ++i) {
        const uint32_t value = (uint32_t)(x[i] + 128);
        bytes[i] = (uint8_t)value;
        sum += value;
    }
    for (; i < whole; ++i) {
        bytes[i] = 0;
    }
    return sum;
}

/*
 * y = x . weights + bias. Bit-exact with TFLite's int8 FULLY_CONNECTED.
 * x          [rows][depth]
 * y          [rows][channels]; may overlap x from the distance on that the planner computes
 * scratch    depth bytes, rounded up to a multiple of 3
 */
NN_KERNEL void nn_fully_connected_s8__packed(const nn_fully_connected_s8_packed_layer *layer, const int8_t *x,
                                             int8_t *y, int8_t *scratch)
{
    uint8_t *const bytes = (uint8_t *)scratch;
    const int32_t threes = (layer->depth + 2) / 3;
    const int32_t over = threes % NN_PACKED_THREES;
    const int32_t whole = layer->channels / 4 * 4;
    const int32_t left = layer->channels - whole;
    int32_t row;
    for (row = 0; row < layer->rows; ++row) {
        const uint32_t added = nn_fully_connected_s8_packed_copy(x, layer->depth, 3 * threes, bytes) * 128u;
        nn_packed_dense d = {layer->weights, layer->offsets, layer->offsets + whole, bytes, bytes + 3 * threes, y,
                             {0, 0, 0}, over == 0 ? 0 : NN_PACKED_THREES - over, layer->limit, layer->fraction,
                             layer->factor, layer->begin, layer->middle, layer->away, 0x00ff00ffu};
        d.start[0] = 0u - added * 0x01010101u;
        d.start[1] = 0u - added * 0x00010001u;
        d.start[2] = 0u - added * 0x00000101u;
        if (whole > 0) {
            nn_packed_dense_4(&d);
        }
        if (left > 0) {
            int8_t last[4];
            d.offsets_end = d.offsets + 4;
            d.y = last;
            nn_packed_dense_4(&d);
            (void)memcpy(y + whole, last, (size_t)left);
        }
        x += layer->depth;
        y += layer->channels;
    }
}

#endif
