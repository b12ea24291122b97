#ifndef NN_PAIR_F32_H
#define NN_PAIR_F32_H

#include "nn_broadcast.h"
#include "nn_common.h"
#include <math.h>

enum {
    NN_P_F32_DIV,
    NN_P_F32_FLOOR_DIV,
    NN_P_F32_MOD,
    NN_P_F32_FMOD,
    NN_P_F32_POW,
    NN_P_F32_MAXIMUM,
    NN_P_F32_MINIMUM,
    NN_P_F32_SQUARED_DIFFERENCE,
    NN_P_F32_PRELU,
    NN_P_F32_ATAN2,
    NN_P_F32_EQUAL,
    NN_P_F32_NOT_EQUAL,
    NN_P_F32_LESS,
    NN_P_F32_LESS_EQUAL,
    NN_P_F32_GREATER,
    NN_P_F32_GREATER_EQUAL
};

/* Remainder with the sign of b. */
NN_INLINE float nn_modulo_f32(float a, float b)
{
    const float rest = fmodf(a, b);
    return rest != 0.0f && (rest < 0.0f) != (b < 0.0f) ? rest + b : rest;
}

/* The function of that number; kernels name a constant, so that only one case is left. */
NN_INLINE float nn_pair_of_f32(int32_t function, float a, float b)
{
    switch (function) {
    case NN_P_F32_DIV:
        return a / b;
    case NN_P_F32_FLOOR_DIV:
        return floorf(a / b);
    case NN_P_F32_MOD:
        return nn_modulo_f32(a, b);
    case NN_P_F32_FMOD:
        return fmodf(a, b);
    case NN_P_F32_POW:
        return powf(a, b);
    case NN_P_F32_MAXIMUM:
        return a > b ? a : b;
    case NN_P_F32_MINIMUM:
        return a < b ? a : b;
    case NN_P_F32_SQUARED_DIFFERENCE:
        return (a - b) * (a - b);
    case NN_P_F32_PRELU:
        return a >= 0.0f ? a : a * b;
    case NN_P_F32_ATAN2:
        return atan2f(a, b);
    default:
        return a;
    }
}

NN_INLINE void nn_pair_f32(const nn_broadcast_layer *layer, const float *a, const float *b, float *y,
                           int32_t function)
{
    int32_t i, j;
    for (i = 0; i < layer->outer; ++i) {
        const float *p = a + nn_broadcast_offset(layer->axes, i, 1);
        const float *q = b + nn_broadcast_offset(layer->axes, i, 2);
        for (j = 0; j < layer->run; ++j) {
            *y++ = nn_pair_of_f32(function, *p, *q);
            p += layer->a_step;
            q += layer->b_step;
        }
    }
}

NN_INLINE uint8_t nn_truth_of_f32(int32_t function, float a, float b)
{
    switch (function) {
    case NN_P_F32_EQUAL:
        return a == b ? 1u : 0u;
    case NN_P_F32_NOT_EQUAL:
        return a != b ? 1u : 0u;
    case NN_P_F32_LESS:
        return a < b ? 1u : 0u;
    case NN_P_F32_LESS_EQUAL:
        return a <= b ? 1u : 0u;
    case NN_P_F32_GREATER:
        return a > b ? 1u : 0u;
    case NN_P_F32_GREATER_EQUAL:
        return a >= b ? 1u : 0u;
    default:
        return 0u;
    }
}

NN_INLINE void nn_truth_f32(const nn_broadcast_layer *layer, const float *a, const float *b, uint8_t *y,
                            int32_t function)
{
    int32_t i, j;
    for (i = 0; i < layer->outer; ++i) {
        const float *p = a + nn_broadcast_offset(layer->axes, i, 1);
        const float *q = b + nn_broadcast_offset(layer->axes, i, 2);
        for (j = 0; j < layer->run; ++j) {
            *y++ = nn_truth_of_f32(function, *p, *q);
            p += layer->a_step;
            q += layer->b_step;
        }
    }
}

/*
 * Functions of two float tensors, with broadcasting.
 * a, b       operands
 * y          [outer * run]; may be an operand of the same shape, or overlap it if y starts before it
 */
NN_KERNEL void nn_div_f32(const nn_broadcast_layer *layer, const float *a, const float *b, float *y)
{
    nn_pair_f32(layer, a, b, y, NN_P_F32_DIV);
}

NN_KERNEL void nn_floor_div_f32(const nn_broadcast_layer *layer, const float *a, const float *b, float *y)
{
    nn_pair_f32(layer, a, b, y, NN_P_F32_FLOOR_DIV);
}

NN_KERNEL void nn_mod_f32(const nn_broadcast_layer *layer, const float *a, const float *b, float *y)
{
    nn_pair_f32(layer, a, b, y, NN_P_F32_MOD);
}

NN_KERNEL void nn_fmod_f32(const nn_broadcast_layer *layer, const float *a, const float *b, float *y)
{
    nn_pair_f32(layer, a, b, y, NN_P_F32_FMOD);
}

NN_KERNEL void nn_pow_f32(const nn_broadcast_layer *layer, const float *a, const float *b, float *y)
{
    nn_pair_f32(layer, a, b, y, NN_P_F32_POW);
}

NN_KERNEL void nn_maximum_f32(const nn_broadcast_layer *layer, const float *a, const float *b, float *y)
{
    nn_pair_f32(layer, a, b, y, NN_P_F32_MAXIMUM);
}

NN_KERNEL void nn_minimum_f32(const nn_broadcast_layer *layer, const float *a, const float *b, float *y)
{
    nn_pair_f32(layer, a, b, y, NN_P_F32_MINIMUM);
}

NN_KERNEL void nn_squared_difference_f32(const nn_broadcast_layer *layer, const float *a, const float *b, float *y)
{
    nn_pair_f32(layer, a, b, y, NN_P_F32_SQUARED_DIFFERENCE);
}

NN_KERNEL void nn_prelu_f32(const nn_broadcast_layer *layer, const float *a, const float *b, float *y)
{
    nn_pair_f32(layer, a, b, y, NN_P_F32_PRELU);
}

NN_KERNEL void nn_atan2_f32(const nn_broadcast_layer *layer, const float *a, const float *b, float *y)
{
    nn_pair_f32(layer, a, b, y, NN_P_F32_ATAN2);
}

/* Comparisons: y of 0 and 1; otherwise as above. */
NN_KERNEL void nn_equal_f32(const nn_broadcast_layer *layer, const float *a, const float *b, uint8_t *y)
{
    nn_truth_f32(layer, a, b, y, NN_P_F32_EQUAL);
}

NN_KERNEL void nn_not_equal_f32(const nn_broadcast_layer *layer, const float *a, const float *b, uint8_t *y)
{
    nn_truth_f32(layer, a, b, y, NN_P_F32_NOT_EQUAL);
}

NN_KERNEL void nn_less_f32(const nn_broadcast_layer *layer, const float *a, const float *b, uint8_t *y)
{
    nn_truth_f32(layer, a, b, y, NN_P_F32_LESS);
}

NN_KERNEL void nn_less_equal_f32(const nn_broadcast_layer *layer, const float *a, const float *b, uint8_t *y)
{
    nn_truth_f32(layer, a, b, y, NN_P_F32_LESS_EQUAL);
}

NN_KERNEL void nn_greater_f32(const nn_broadcast_layer *layer, const float *a, const float *b, uint8_t *y)
{
    nn_truth_f32(layer, a, b, y, NN_P_F32_GREATER);
}

NN_KERNEL void nn_greater_equal_f32(const nn_broadcast_layer *layer, const float *a, const float *b, uint8_t *y)
{
    nn_truth_f32(layer, a, b, y, NN_P_F32_GREATER_EQUAL);
}

#endif
