#ifndef NN_QUANTIZE_F32_H
#define NN_QUANTIZE_F32_H

#include "nn_common.h"

typedef struct nn_quantize_f32_layer {
    float scale;
    int32_t zero;
    int32_t count;
} nn_quantize_f32_layer;

/* x / scale, halves away from zero, plus the zero point, clamped. */
NN_INLINE int32_t nn_quantize_f32(const nn_quantize_f32_layer *layer, float x, int32_t low, int32_t high)
{
    const float steps = x / layer->scale;
    /* Beyond any 8-bit value; keeps the conversion in range, whatever x is. */
    const float bounded = steps > -1024.0f ? (steps < 1024.0f ? steps : 1024.0f) : -1024.0f;
    const int32_t whole = (int32_t)bounded;
    const float rest = bounded - (float)whole;
    const int32_t away = rest >= 0.5f ? 1 : rest <= -0.5f ? -1 : 0;
    return nn_clamp(whole + away + layer->zero, low, high);
}

/*
 * Real to stored values. Bit-exact with TFLite's QUANTIZE from float.
 * x          [count]
 * y          [count]; may be x, or overlap it if y starts before it
 */
NN_KERNEL void nn_quantize_f32_s8(const nn_quantize_f32_layer *layer, const float *x, int8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (int8_t)nn_quantize_f32(layer, x[i], -128, 127);
    }
}

/* As nn_quantize_f32_s8, to unsigned bytes. */
NN_KERNEL void nn_quantize_f32_u8(const nn_quantize_f32_layer *layer, const float *x, uint8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = (uint8_t)nn_quantize_f32(layer, x[i], 0, 255);
    }
}

#endif
