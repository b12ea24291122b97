#ifndef NN_SOFTMAX_S8_S16_H
#define NN_SOFTMAX_S8_S16_H

#include "nn_softmax_s8.h"

NN_INLINE void nn_softmax_s8_s16_row(const nn_softmax_s8_layer *layer, const int8_t *x, int16_t *y)
{
    int32_t greatest = -128;
    int32_t sum = 0;
    int32_t i, zeros, scale;
    for (i = 0; i < layer->depth; ++i) {
        greatest = nn_max(greatest, x[i]);
    }
    for (i = 0; i < layer->depth; ++i) {
        if (x[i] - greatest >= layer->diff_min) {
            sum += nn_round_halves(nn_softmax_s8_exp(layer, x[i] - greatest), 11);
        }
    }
    zeros = nn_leading_zeros(sum);
    scale = nn_reciprocal((int32_t)(((uint32_t)sum << zeros) - ((uint32_t)1 << 31)));
    for (i = 0; i < layer->depth; ++i) {
        int32_t v = 0;
        if (x[i] - greatest >= layer->diff_min) {
            v = nn_high_multiply(scale, nn_softmax_s8_exp(layer, x[i] - greatest));
            v = nn_round_halves(v, 12 - zeros + 31 - 16 - 1);
        }
        y[i] = (int16_t)nn_clamp(v - 32768, -32768, 32767);
    }
}

/*
 * Softmax over the last axis; the output has scale 1/65536 and zero point -32768. Bit-exact with TFLite Micro's.
 * x          [rows][depth]
 * y          [rows][depth], no part of x
 */
NN_KERNEL void nn_softmax_s8_s16(const nn_softmax_s8_layer *layer, const int8_t *x, int16_t *y)
{
    int32_t row;
    for (row = 0; row < layer->rows; ++row) {
        nn_softmax_s8_s16_row(layer, x, y);
        x += layer->depth;
        y += layer->depth;
    }
}

#endif
