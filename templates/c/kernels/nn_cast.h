#ifndef NN_CAST_H
#define NN_CAST_H

#include "nn_common.h"

typedef struct nn_cast_layer {
    int32_t count;
} nn_cast_layer;

/* Cut off towards zero and kept within the bounds, which float32 holds; no number becomes 0. */
NN_INLINE int32_t nn_cut(float x, float low, float high)
{
    if (!(x > low)) {
        return x <= low ? (int32_t)low : 0;
    }
    return x < high ? (int32_t)x : (int32_t)high;
}

/* The same numbers in another type: x, y [count]; may not overlap. */
NN_KERNEL void nn_cast_f32_s8(const nn_cast_layer *layer, const float *x, int8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (int8_t)nn_cut(x[i], -128.0f, 127.0f);
    }
}

NN_KERNEL void nn_cast_f32_u8(const nn_cast_layer *layer, const float *x, uint8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (uint8_t)nn_cut(x[i], 0.0f, 255.0f);
    }
}

NN_KERNEL void nn_cast_f32_s16(const nn_cast_layer *layer, const float *x, int16_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (int16_t)nn_cut(x[i], -32768.0f, 32767.0f);
    }
}

NN_KERNEL void nn_cast_f32_s32(const nn_cast_layer *layer, const float *x, int32_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = x[i] >= 2147483648.0f ? INT32_MAX : nn_cut(x[i], -2147483648.0f, 2147483520.0f);
    }
}

NN_KERNEL void nn_cast_f32_bool(const nn_cast_layer *layer, const float *x, uint8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = x[i] != 0.0f ? 1u : 0u;
    }
}

NN_KERNEL void nn_cast_s8_f32(const nn_cast_layer *layer, const int8_t *x, float *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (float)x[i];
    }
}

NN_KERNEL void nn_cast_s8_u8(const nn_cast_layer *layer, const int8_t *x, uint8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (uint8_t)x[i];
    }
}

NN_KERNEL void nn_cast_s8_s16(const nn_cast_layer *layer, const int8_t *x, int16_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (int16_t)x[i];
    }
}

NN_KERNEL void nn_cast_s8_s32(const nn_cast_layer *layer, const int8_t *x, int32_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (int32_t)x[i];
    }
}

NN_KERNEL void nn_cast_s8_bool(const nn_cast_layer *layer, const int8_t *x, uint8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = x[i] != 0 ? 1u : 0u;
    }
}

NN_KERNEL void nn_cast_u8_f32(const nn_cast_layer *layer, const uint8_t *x, float *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (float)x[i];
    }
}

NN_KERNEL void nn_cast_u8_s8(const nn_cast_layer *layer, const uint8_t *x, int8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (int8_t)x[i];
    }
}

NN_KERNEL void nn_cast_u8_s16(const nn_cast_layer *layer, const uint8_t *x, int16_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (int16_t)x[i];
    }
}

NN_KERNEL void nn_cast_u8_s32(const nn_cast_layer *layer, const uint8_t *x, int32_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (int32_t)x[i];
    }
}

NN_KERNEL void nn_cast_u8_bool(const nn_cast_layer *layer, const uint8_t *x, uint8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = x[i] != 0u ? 1u : 0u;
    }
}

NN_KERNEL void nn_cast_s16_f32(const nn_cast_layer *layer, const int16_t *x, float *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (float)x[i];
    }
}

NN_KERNEL void nn_cast_s16_s8(const nn_cast_layer *layer, const int16_t *x, int8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (int8_t)x[i];
    }
}

NN_KERNEL void nn_cast_s16_u8(const nn_cast_layer *layer, const int16_t *x, uint8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (uint8_t)x[i];
    }
}

NN_KERNEL void nn_cast_s16_s32(const nn_cast_layer *layer, const int16_t *x, int32_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (int32_t)x[i];
    }
}

NN_KERNEL void nn_cast_s16_bool(const nn_cast_layer *layer, const int16_t *x, uint8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = x[i] != 0 ? 1u : 0u;
    }
}

NN_KERNEL void nn_cast_s32_f32(const nn_cast_layer *layer, const int32_t *x, float *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (float)x[i];
    }
}

NN_KERNEL void nn_cast_s32_s8(const nn_cast_layer *layer, const int32_t *x, int8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (int8_t)x[i];
    }
}

NN_KERNEL void nn_cast_s32_u8(const nn_cast_layer *layer, const int32_t *x, uint8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (uint8_t)x[i];
    }
}

NN_KERNEL void nn_cast_s32_s16(const nn_cast_layer *layer, const int32_t *x, int16_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (int16_t)x[i];
    }
}

NN_KERNEL void nn_cast_s32_bool(const nn_cast_layer *layer, const int32_t *x, uint8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = x[i] != 0 ? 1u : 0u;
    }
}

#endif
