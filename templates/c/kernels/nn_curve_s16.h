#ifndef NN_CURVE_S16_H
#define NN_CURVE_S16_H

#include "nn_common.h"
#include "nn_leading_zeros.h"

typedef struct nn_curve_s16_layer {
    int32_t count;
    int32_t multiplier, shift; /* to steps of 1 / 12288 */
    const uint16_t *table;     /* [256] logistic function at steps of 1 / 24, 65536 = 1 */
} nn_curve_s16_layer;

/* Input in steps of 1 / 12288. */
NN_INLINE int32_t nn_curve_input(const nn_curve_s16_layer *layer, int32_t x)
{
    const int32_t half = layer->shift > 0 ? (int32_t)1 << (layer->shift - 1) : 0;
    return (x * layer->multiplier + half) >> layer->shift;
}

/* The table at |x|, between its entries in a straight line; `bits` of x lie between two of them. */
NN_INLINE uint32_t nn_curve_between(const uint16_t *table, uint32_t size, uint32_t bits, uint32_t beyond)
{
    const uint32_t at = size >> bits;
    uint32_t low;
    if (at >= 255u) {
        return beyond << bits;
    }
    low = table[at];
    return (low << bits) + (size & (((uint32_t)1 << bits) - 1u)) * (table[at + 1u] - low);
}

/*
 * 1 / (1 + exp(-x)), steps of 1 / 32768. Bit-exact with TFLite's int16 LOGISTIC.
 * x, y       [count]; y may be x
 */
NN_KERNEL void nn_logistic_s16(const nn_curve_s16_layer *layer, const int16_t *x, int16_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        const int32_t v = nn_curve_input(layer, x[i]);
        const uint32_t size = v < 0 ? 0u - (uint32_t)v : (uint32_t)v;
        const uint32_t half = size >> 9 >= 255u ? (uint32_t)0x7fff << 10 : nn_curve_between(layer->table, size, 9u, 0u);
        const uint32_t full = v >= 0 ? half + ((uint32_t)1 << 9) : ((uint32_t)1 << 25) - half + ((uint32_t)1 << 9) - 1u;
        y[i] = (int16_t)(full >> 10);
    }
}

/* Hyperbolic tangent; otherwise as nn_logistic_s16. Bit-exact with TFLite's int16 TANH. */
NN_KERNEL void nn_tanh_s16(const nn_curve_s16_layer *layer, const int16_t *x, int16_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        const int32_t v = nn_curve_input(layer, x[i]);
        const uint32_t size = v < 0 ? 0u - (uint32_t)v : (uint32_t)v;
        const int32_t above = (int32_t)nn_curve_between(layer->table, size, 8u, 0xffffu) - ((int32_t)1 << 23);
        const int32_t full = v >= 0 ? above + 128 : 127 - above;
        y[i] = (int16_t)(full >> 8);
    }
}

typedef struct nn_softmax_s16_layer {
    int32_t rows, depth;
    int32_t multiplier, shift;   /* differences to steps of 10 / 65535, as nn_requantize takes them */
    const int16_t *exponentials; /* [513] exp from -10 to 0 */
    const int16_t *reciprocals;  /* [513] 1 / (1 + x) from 0 to 1 */
} nn_softmax_s16_layer;

/* A table of 512 steps over all 16-bit values, between its entries in a straight line. */
NN_INLINE int32_t nn_table_s16(const int16_t *table, int32_t value)
{
    const int32_t at = 256 + (value >> 7);
    const int32_t slope = table[at + 1] - table[at];
    return table[at] + ((slope * (value & 127) + 64) >> 7);
}

typedef struct nn_tabled_s16_layer {
    int32_t count;
    const int16_t *table; /* [513] */
} nn_tabled_s16_layer;

/*
 * Any function of 16-bit values.
 * x, y       [count]; y may be x
 */
NN_KERNEL void nn_tabled_s16(const nn_tabled_s16_layer *layer, const int16_t *x, int16_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (int16_t)nn_table_s16(layer->table, x[i]);
    }
}

/* Exponential of a stored value, 32767 = 1. */
NN_INLINE int32_t nn_softmax_exp_s16(const nn_softmax_s16_layer *layer, int32_t difference)
{
    const int32_t steps = nn_requantize(difference, layer->multiplier, layer->shift) + 32767;
    return nn_table_s16(layer->exponentials, nn_clamp(steps, -32768, 32767));
}

/*
 * Softmax of 16-bit values, row by row, steps of 1 / 32768. As TFLite's int16 SOFTMAX.
 * x, y       [rows][depth]; may not overlap
 */
NN_KERNEL void nn_softmax_s16(const nn_softmax_s16_layer *layer, const int16_t *x, int16_t *y)
{
    int32_t row, i;
    for (row = 0; row < layer->rows; ++row) {
        int32_t most = x[0];
        int32_t sum = 0;
        int32_t zeros, shifted, reciprocal;
        for (i = 1; i < layer->depth; ++i) {
            most = nn_max(most, x[i]);
        }
        for (i = 0; i < layer->depth; ++i) {
            y[i] = (int16_t)nn_softmax_exp_s16(layer, x[i] - most);
            sum += y[i];
        }
        zeros = nn_leading_zeros(sum);
        shifted = (int32_t)((((int64_t)sum << (zeros - 1)) + 8192) >> 14) - 98304;
        reciprocal = nn_table_s16(layer->reciprocals, nn_clamp(shifted, -32768, 32767));
        for (i = 0; i < layer->depth; ++i) {
            const int64_t half = (int64_t)1 << (30 - zeros);
            const int32_t v = (int32_t)(((int64_t)y[i] * reciprocal + half) >> (31 - zeros));
            y[i] = (int16_t)nn_clamp(v, 0, 32767);
        }
        x += layer->depth;
        y += layer->depth;
    }
}

#endif
