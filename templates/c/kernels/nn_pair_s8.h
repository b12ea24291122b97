#ifndef NN_PAIR_S8_H
#define NN_PAIR_S8_H

#include "nn_broadcast.h"
#include "nn_common.h"

/* The greater of two stored values of the same parameters; y may be an operand of the same shape. */
NN_KERNEL void nn_maximum_s8(const nn_broadcast_layer *layer, const int8_t *a, const int8_t *b, int8_t *y)
{
    int32_t i, j;
    for (i = 0; i < layer->outer; ++i) {
        const int8_t *p = a + nn_broadcast_offset(layer->axes, i, 1);
        const int8_t *q = b + nn_broadcast_offset(layer->axes, i, 2);
        for (j = 0; j < layer->run; ++j) {
            *y++ = *p > *q ? *p : *q;
            p += layer->a_step;
            q += layer->b_step;
        }
    }
}

/* The lesser of two; otherwise as nn_maximum_s8. */
NN_KERNEL void nn_minimum_s8(const nn_broadcast_layer *layer, const int8_t *a, const int8_t *b, int8_t *y)
{
    int32_t i, j;
    for (i = 0; i < layer->outer; ++i) {
        const int8_t *p = a + nn_broadcast_offset(layer->axes, i, 1);
        const int8_t *q = b + nn_broadcast_offset(layer->axes, i, 2);
        for (j = 0; j < layer->run; ++j) {
            *y++ = *p < *q ? *p : *q;
            p += layer->a_step;
            q += layer->b_step;
        }
    }
}

enum { NN_COMPARE_EQUAL, NN_COMPARE_NOT_EQUAL, NN_COMPARE_LESS, NN_COMPARE_LESS_EQUAL };

typedef struct nn_compare_s8_layer {
    int32_t a_zero, b_zero;
    int32_t a_multiplier, a_shift; /* as nn_requantize takes them, after 8 bits to the left */
    int32_t b_multiplier, b_shift;
    int32_t relation;       /* one of NN_COMPARE_ */
    int32_t swapped;        /* not 0: b is compared to a */
    const int32_t *axes;    /* as nn_broadcast_offset takes it */
    int32_t outer;          /* product of the outer sizes */
    int32_t run;            /* neighbours */
    int32_t a_step, b_step; /* 1, or 0: one value for the whole run */
} nn_compare_s8_layer;

NN_INLINE uint8_t nn_compare(int32_t relation, int32_t a, int32_t b)
{
    if (relation == NN_COMPARE_EQUAL) {
        return a == b ? 1u : 0u;
    }
    if (relation == NN_COMPARE_NOT_EQUAL) {
        return a != b ? 1u : 0u;
    }
    return a < b || (relation == NN_COMPARE_LESS_EQUAL && a == b) ? 1u : 0u;
}

/* Comparison of stored values with broadcasting; y of 0 and 1. Bit-exact with TFLite's int8 EQUAL, LESS and so on. */
NN_KERNEL void nn_compare_s8(const nn_compare_s8_layer *layer, const int8_t *a, const int8_t *b, uint8_t *y)
{
    int32_t i, j;
    for (i = 0; i < layer->outer; ++i) {
        const int8_t *p = a + nn_broadcast_offset(layer->axes, i, 1);
        const int8_t *q = b + nn_broadcast_offset(layer->axes, i, 2);
        for (j = 0; j < layer->run; ++j) {
            const int32_t left = nn_requantize((*p - layer->a_zero) * 256, layer->a_multiplier, layer->a_shift);
            const int32_t right = nn_requantize((*q - layer->b_zero) * 256, layer->b_multiplier, layer->b_shift);
            *y++ = layer->swapped != 0 ? nn_compare(layer->relation, right, left)
                                       : nn_compare(layer->relation, left, right);
            p += layer->a_step;
            q += layer->b_step;
        }
    }
}

typedef struct nn_prelu_s8_layer {
    int32_t a_zero, b_zero, out_zero;
    int32_t positive_multiplier, positive_shift; /* of values >= 0, as nn_requantize takes them */
    int32_t negative_multiplier, negative_shift; /* of products of values < 0 and alpha */
    const int32_t *axes;    /* as nn_broadcast_offset takes it */
    int32_t outer;          /* product of the outer sizes */
    int32_t run;            /* neighbours */
    int32_t a_step, b_step; /* 1, or 0: one value for the whole run */
} nn_prelu_s8_layer;

/* a, or a * b where a is below 0. Bit-exact with TFLite's int8 PRELU; y may be a, if of the same shape. */
NN_KERNEL void nn_prelu_s8(const nn_prelu_s8_layer *layer, const int8_t *a, const int8_t *b, int8_t *y)
{
    int32_t i, j;
    for (i = 0; i < layer->outer; ++i) {
        const int8_t *p = a + nn_broadcast_offset(layer->axes, i, 1);
        const int8_t *q = b + nn_broadcast_offset(layer->axes, i, 2);
        for (j = 0; j < layer->run; ++j) {
            const int32_t x = *p - layer->a_zero;
            const int32_t v =
                x >= 0 ? nn_requantize(x, layer->positive_multiplier, layer->positive_shift)
                       : nn_requantize(x * (*q - layer->b_zero), layer->negative_multiplier, layer->negative_shift);
            *y++ = (int8_t)nn_clamp(v + layer->out_zero, -128, 127);
            p += layer->a_step;
            q += layer->b_step;
        }
    }
}

typedef struct nn_squared_difference_s8_layer {
    int32_t a_zero, b_zero, out_zero;
    int32_t a_multiplier, a_shift; /* as nn_requantize takes them, after 7 bits to the left */
    int32_t b_multiplier, b_shift;
    int32_t out_multiplier, out_shift;
    const int32_t *axes;    /* as nn_broadcast_offset takes it */
    int32_t outer;          /* product of the outer sizes */
    int32_t run;            /* neighbours */
    int32_t a_step, b_step; /* 1, or 0: one value for the whole run */
} nn_squared_difference_s8_layer;

/* (a - b) * (a - b). Bit-exact with TFLite's int8 SQUARED_DIFFERENCE; y may be an operand of the same shape. */
NN_KERNEL void nn_squared_difference_s8(const nn_squared_difference_s8_layer *layer, const int8_t *a, const int8_t *b,
                                        int8_t *y)
{
    int32_t i, j;
    for (i = 0; i < layer->outer; ++i) {
        const int8_t *p = a + nn_broadcast_offset(layer->axes, i, 1);
        const int8_t *q = b + nn_broadcast_offset(layer->axes, i, 2);
        for (j = 0; j < layer->run; ++j) {
            const int32_t left = nn_requantize((*p - layer->a_zero) * 128, layer->a_multiplier, layer->a_shift);
            const int32_t right = nn_requantize((*q - layer->b_zero) * 128, layer->b_multiplier, layer->b_shift);
            const int32_t v = nn_requantize((left - right) * (left - right), layer->out_multiplier, layer->out_shift);
            *y++ = (int8_t)nn_clamp(v + layer->out_zero, -128, 127);
            p += layer->a_step;
            q += layer->b_step;
        }
    }
}

#endif
