#ifndef NN_FULLY_CONNECTED_S8_BLOCKS_PACKED_H
#define NN_FULLY_CONNECTED_S8_BLOCKS_PACKED_H

#include "nn_common.h"
#include "nn_packed_dense_blocks_s8.h"

typedef struct nn_fully_connected_s8_blocks_packed_layer {
    const uint32_t *blocks; /* as in nn_packed_dense_blocks_s8.h */
    const int32_t *offsets;
    int32_t rows;
    int32_t depth, channels;
    uint32_t limit, fraction, factor, begin, middle, away; /* as in nn_packed_dense */
} nn_fully_connected_s8_blocks_packed_layer;

/* One row of inputs + 128, zeros up to a multiple of 8, and the sums of every eight. */
NN_INLINE void nn_fully_connected_s8_blocks_copy(const int8_t *x, int32_t depth, uint8_t *bytes, uint16_t *sums)
{
    int32_t i, k;
    for (i = 0; i < depth; i += 8) {
        uint32_t sum = 0;
        for (k = 0; k < 8; ++k) {
            const uint32_t value = i + k < depth ? (uint32_t)(x[i + k] + 128) : 0u;
            bytes[i + k] = (uint8_t)value;
            sum += value;
        }
        *sums++ = (uint16_t)sum;
    }
}

/*
 * y = x . weights + bias, with blocks of four channels and eight inputs many of which are 0. Bit-exact with TFLite's
 * int8 FULLY_CONNECTED.
 * x          [rows][depth]
 * y          [rows][channels]; may overlap x from the distance on that the planner computes
 * scratch    10 bytes for every eight inputs
 */
NN_KERNEL void nn_fully_connected_s8_blocks__packed(const nn_fully_connected_s8_blocks_packed_layer *layer,
                                                    const int8_t *x, int8_t *y, int8_t *scratch)
{
    uint8_t *const bytes = (uint8_t *)scratch;
    uint16_t *const sums = (uint16_t *)(void *)(scratch + (layer->depth + 7) / 8 * 8);
    const int32_t whole = layer->channels / 4 * 4;
    const int32_t left = layer->channels - whole;
    int32_t row;
    for (row = 0; row < layer->rows; ++row) {
        nn_packed_dense_blocks b = {{layer->blocks, layer->offsets, layer->offsets + whole, bytes, NULL, y, {0, 0, 0},
                                     0, layer->limit, layer->fraction, layer->factor, layer->begin, layer->middle,
                                     layer->away, 0x00ff00ffu},
                                    sums};
        nn_fully_connected_s8_blocks_copy(x, layer->depth, bytes, sums);
        if (whole > 0) {
            nn_packed_dense_blocks_4(&b);
        }
        if (left > 0) {
            int8_t last[4];
            b.d.offsets_end = b.d.offsets + 4;
            b.d.y = last;
            nn_packed_dense_blocks_4(&b);
            (void)memcpy(y + whole, last, (size_t)left);
        }
        x += layer->depth;
        y += layer->channels;
    }
}

#endif
