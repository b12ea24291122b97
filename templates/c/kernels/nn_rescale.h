#ifndef NN_RESCALE_H
#define NN_RESCALE_H

#include "nn_common.h"

typedef struct nn_rescale_layer {
    int32_t count;
    int32_t in_zero;
    int32_t multiplier, shift;                   /* of values >= 0, as nn_requantize takes them */
    int32_t negative_multiplier, negative_shift; /* of values < 0 */
    int32_t out_zero, out_min, out_max;
} nn_rescale_layer;

/* Stored value to stored value. */
NN_INLINE int32_t nn_rescaled(const nn_rescale_layer *layer, int32_t stored)
{
    const int32_t x = stored - layer->in_zero;
    const int32_t v = x >= 0 ? nn_requantize(x, layer->multiplier, layer->shift)
                             : nn_requantize(x, layer->negative_multiplier, layer->negative_shift);
    return nn_clamp(v + layer->out_zero, layer->out_min, layer->out_max);
}

/*
 * Stored values with other parameters, two slopes and bounds: requantisation, activations, leaky ones.
 * x, y       [count]; y may be x where both have the same type
 */
NN_KERNEL void nn_rescale_s16_s16(const nn_rescale_layer *layer, const int16_t *x, int16_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (int16_t)nn_rescaled(layer, x[i]);
    }
}

NN_KERNEL void nn_rescale_s16_s8(const nn_rescale_layer *layer, const int16_t *x, int8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (int8_t)nn_rescaled(layer, x[i]);
    }
}

NN_KERNEL void nn_rescale_s8_s16(const nn_rescale_layer *layer, const int8_t *x, int16_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (int16_t)nn_rescaled(layer, x[i]);
    }
}

NN_KERNEL void nn_rescale_s16_s32(const nn_rescale_layer *layer, const int16_t *x, int32_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = nn_rescaled(layer, x[i]);
    }
}

NN_KERNEL void nn_rescale_s8_s32(const nn_rescale_layer *layer, const int8_t *x, int32_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = nn_rescaled(layer, x[i]);
    }
}

NN_KERNEL void nn_rescale_s32_s16(const nn_rescale_layer *layer, const int32_t *x, int16_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (int16_t)nn_rescaled(layer, x[i]);
    }
}

NN_KERNEL void nn_rescale_s32_s8(const nn_rescale_layer *layer, const int32_t *x, int8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (int8_t)nn_rescaled(layer, x[i]);
    }
}

typedef struct nn_real_s16_layer {
    float scale;
    int32_t zero;
    int32_t count;
} nn_real_s16_layer;

/* Real to stored values, halves away from zero. Bit-exact with TFLite's QUANTIZE from float. */
NN_KERNEL void nn_quantize_f32_s16(const nn_real_s16_layer *layer, const float *x, int16_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        const float steps = x[i] / layer->scale;
        const float bounded = steps > -70000.0f ? (steps < 70000.0f ? steps : 70000.0f) : -70000.0f;
        const int32_t whole = (int32_t)bounded;
        const float rest = bounded - (float)whole;
        const int32_t away = rest >= 0.5f ? 1 : rest <= -0.5f ? -1 : 0;
        y[i] = (int16_t)nn_clamp(whole + away + layer->zero, -32768, 32767);
    }
}

/* Stored values to real ones. */
NN_KERNEL void nn_dequantize_s16_f32(const nn_real_s16_layer *layer, const int16_t *x, float *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = layer->scale * (float)(x[i] - layer->zero);
    }
}

/* The same of 32 bits. */
NN_KERNEL void nn_dequantize_s32_f32(const nn_real_s16_layer *layer, const int32_t *x, float *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = layer->scale * (float)(x[i] - layer->zero);
    }
}

#endif
