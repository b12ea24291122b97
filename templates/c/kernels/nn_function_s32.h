#ifndef NN_FUNCTION_S32_H
#define NN_FUNCTION_S32_H

#include "nn_common.h"

typedef struct nn_function_s32_layer {
    int32_t count;
    int32_t alpha, beta; /* least and greatest of clip */
} nn_function_s32_layer;

/* Functions of whole numbers, modulo 2^32. x, y [count]; y may be x, or overlap it if y starts before it. */
NN_KERNEL void nn_abs_s32(const nn_function_s32_layer *layer, const int32_t *values, int32_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        const int32_t x = values[i];
        y[i] = x < 0 ? (int32_t)(0u - (uint32_t)x) : x;
    }
}

NN_KERNEL void nn_neg_s32(const nn_function_s32_layer *layer, const int32_t *values, int32_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        const int32_t x = values[i];
        y[i] = (int32_t)(0u - (uint32_t)x);
    }
}

NN_KERNEL void nn_sign_s32(const nn_function_s32_layer *layer, const int32_t *values, int32_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        const int32_t x = values[i];
        y[i] = (x > 0) - (x < 0);
    }
}

NN_KERNEL void nn_square_s32(const nn_function_s32_layer *layer, const int32_t *values, int32_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        const int32_t x = values[i];
        y[i] = (int32_t)((uint32_t)x * (uint32_t)x);
    }
}

NN_KERNEL void nn_clip_s32(const nn_function_s32_layer *layer, const int32_t *values, int32_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        const int32_t x = values[i];
        y[i] = nn_clamp(x, layer->alpha, layer->beta);
    }
}

NN_KERNEL void nn_bitwise_not_s32(const nn_function_s32_layer *layer, const int32_t *values, int32_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        const int32_t x = values[i];
        y[i] = ~x;
    }
}

/* 1 where x is 0, else 0; bytes, otherwise as above. */
NN_KERNEL void nn_not_bool(const nn_function_s32_layer *layer, const uint8_t *x, uint8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = x[i] == 0u ? 1u : 0u;
    }
}

#endif
