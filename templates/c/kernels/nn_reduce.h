#ifndef NN_REDUCE_H
#define NN_REDUCE_H

#include "nn_common.h"
#include <math.h>

enum { NN_REDUCE_AXES = 4 };

typedef struct nn_reduce_layer {
    const int32_t *kept;    /* [NN_REDUCE_AXES][2], outermost first: size, elements from one to the next in x */
    const int32_t *reduced; /* the same of the axes that go */
    int32_t outputs;
} nn_reduce_layer;

/* Elements from the start of x to the first of output i. */
NN_INLINE int32_t nn_reduce_offset(const int32_t *kept, int32_t i)
{
    int32_t offset = 0;
    int32_t axis;
    for (axis = NN_REDUCE_AXES - 1; axis >= 0 && i > 0; --axis) {
        const int32_t size = kept[2 * axis];
        if (size > 1) {
            offset += i % size * kept[2 * axis + 1];
            i /= size;
        }
    }
    return offset;
}

enum { NN_R_F32_SUM, NN_R_F32_PROD, NN_R_F32_MAX, NN_R_F32_MIN, NN_R_F32_L1, NN_R_F32_SUM_SQUARE };

/* The total so far with one more value; kernels name a constant, so that only one case is left. */
NN_INLINE float nn_reduce_step_f32(int32_t function, float total, float v)
{
    switch (function) {
    case NN_R_F32_SUM:
        return total + v;
    case NN_R_F32_PROD:
        return total * v;
    case NN_R_F32_MAX:
        return total > v ? total : v;
    case NN_R_F32_MIN:
        return total < v ? total : v;
    case NN_R_F32_L1:
        return total + fabsf(v);
    case NN_R_F32_SUM_SQUARE:
        return total + v * v;
    default:
        return total;
    }
}

NN_INLINE float nn_reduce_total_f32(const nn_reduce_layer *layer, const float *x, int32_t function, float total)
{
    const int32_t *const n = layer->reduced;
    int32_t a, b, c, d;
    for (a = 0; a < n[0]; ++a) {
        for (b = 0; b < n[2]; ++b) {
            for (c = 0; c < n[4]; ++c) {
                const float *p = x + a * n[1] + b * n[3] + c * n[5];
                for (d = 0; d < n[6]; ++d) {
                    total = nn_reduce_step_f32(function, total, *p);
                    p += n[7];
                }
            }
        }
    }
    return total;
}

/* Values of some axes brought together. x in its own order, y [outputs]; may not overlap. */
NN_KERNEL void nn_reduce_sum_f32(const nn_reduce_layer *layer, const float *x, float *y)
{
    int32_t i;
    for (i = 0; i < layer->outputs; ++i) {
        const float *const p = x + nn_reduce_offset(layer->kept, i);
        y[i] = nn_reduce_total_f32(layer, p, NN_R_F32_SUM, 0.0f);
    }
}

NN_KERNEL void nn_reduce_prod_f32(const nn_reduce_layer *layer, const float *x, float *y)
{
    int32_t i;
    for (i = 0; i < layer->outputs; ++i) {
        const float *const p = x + nn_reduce_offset(layer->kept, i);
        y[i] = nn_reduce_total_f32(layer, p, NN_R_F32_PROD, 1.0f);
    }
}

NN_KERNEL void nn_reduce_max_f32(const nn_reduce_layer *layer, const float *x, float *y)
{
    int32_t i;
    for (i = 0; i < layer->outputs; ++i) {
        const float *const p = x + nn_reduce_offset(layer->kept, i);
        y[i] = nn_reduce_total_f32(layer, p, NN_R_F32_MAX, *p);
    }
}

NN_KERNEL void nn_reduce_min_f32(const nn_reduce_layer *layer, const float *x, float *y)
{
    int32_t i;
    for (i = 0; i < layer->outputs; ++i) {
        const float *const p = x + nn_reduce_offset(layer->kept, i);
        y[i] = nn_reduce_total_f32(layer, p, NN_R_F32_MIN, *p);
    }
}

NN_KERNEL void nn_reduce_l1_f32(const nn_reduce_layer *layer, const float *x, float *y)
{
    int32_t i;
    for (i = 0; i < layer->outputs; ++i) {
        const float *const p = x + nn_reduce_offset(layer->kept, i);
        y[i] = nn_reduce_total_f32(layer, p, NN_R_F32_L1, 0.0f);
    }
}

NN_KERNEL void nn_reduce_sum_square_f32(const nn_reduce_layer *layer, const float *x, float *y)
{
    int32_t i;
    for (i = 0; i < layer->outputs; ++i) {
        const float *const p = x + nn_reduce_offset(layer->kept, i);
        y[i] = nn_reduce_total_f32(layer, p, NN_R_F32_SUM_SQUARE, 0.0f);
    }
}

/* Square root of the sum of squares; otherwise as above. */
NN_KERNEL void nn_reduce_l2_f32(const nn_reduce_layer *layer, const float *x, float *y)
{
    int32_t i;
    for (i = 0; i < layer->outputs; ++i) {
        const float *const p = x + nn_reduce_offset(layer->kept, i);
        y[i] = sqrtf(nn_reduce_total_f32(layer, p, NN_R_F32_SUM_SQUARE, 0.0f));
    }
}

/* Logarithm of the sum. */
NN_KERNEL void nn_reduce_log_sum_f32(const nn_reduce_layer *layer, const float *x, float *y)
{
    int32_t i;
    for (i = 0; i < layer->outputs; ++i) {
        const float *const p = x + nn_reduce_offset(layer->kept, i);
        y[i] = logf(nn_reduce_total_f32(layer, p, NN_R_F32_SUM, 0.0f));
    }
}

/* Sum of exp(v - most) over the axes that go. */
NN_INLINE float nn_reduce_exp_f32(const nn_reduce_layer *layer, const float *x, float most)
{
    const int32_t *const n = layer->reduced;
    float total = 0.0f;
    int32_t a, b, c, d;
    for (a = 0; a < n[0]; ++a) {
        for (b = 0; b < n[2]; ++b) {
            for (c = 0; c < n[4]; ++c) {
                const float *p = x + a * n[1] + b * n[3] + c * n[5];
                for (d = 0; d < n[6]; ++d) {
                    total += expf(*p - most);
                    p += n[7];
                }
            }
        }
    }
    return total;
}

/* Logarithm of the sum of exponentials, less the greatest value before, so that nothing overflows. */
NN_KERNEL void nn_reduce_log_sum_exp_f32(const nn_reduce_layer *layer, const float *x, float *y)
{
    int32_t i;
    for (i = 0; i < layer->outputs; ++i) {
        const float *const p = x + nn_reduce_offset(layer->kept, i);
        const float most = nn_reduce_total_f32(layer, p, NN_R_F32_MAX, *p);
        y[i] = logf(nn_reduce_exp_f32(layer, p, most)) + most;
    }
}

enum { NN_R_S32_SUM, NN_R_S32_PROD, NN_R_S32_MAX, NN_R_S32_MIN, NN_R_S32_L1, NN_R_S32_SUM_SQUARE };

/* The total so far with one more value; kernels name a constant, so that only one case is left. */
NN_INLINE int32_t nn_reduce_step_s32(int32_t function, int32_t total, int32_t v)
{
    switch (function) {
    case NN_R_S32_SUM:
        return (int32_t)((uint32_t)total + (uint32_t)v);
    case NN_R_S32_PROD:
        return (int32_t)((uint32_t)total * (uint32_t)v);
    case NN_R_S32_MAX:
        return nn_max(total, v);
    case NN_R_S32_MIN:
        return nn_min(total, v);
    case NN_R_S32_L1:
        return (int32_t)((uint32_t)total + (v < 0 ? 0u - (uint32_t)v : (uint32_t)v));
    case NN_R_S32_SUM_SQUARE:
        return (int32_t)((uint32_t)total + (uint32_t)v * (uint32_t)v);
    default:
        return total;
    }
}

NN_INLINE int32_t nn_reduce_total_s32(const nn_reduce_layer *layer, const int32_t *x, int32_t function, int32_t total)
{
    const int32_t *const n = layer->reduced;
    int32_t a, b, c, d;
    for (a = 0; a < n[0]; ++a) {
        for (b = 0; b < n[2]; ++b) {
            for (c = 0; c < n[4]; ++c) {
                const int32_t *p = x + a * n[1] + b * n[3] + c * n[5];
                for (d = 0; d < n[6]; ++d) {
                    total = nn_reduce_step_s32(function, total, *p);
                    p += n[7];
                }
            }
        }
    }
    return total;
}

/* Values of some axes brought together. x in its own order, y [outputs]; may not overlap. */
NN_KERNEL void nn_reduce_sum_s32(const nn_reduce_layer *layer, const int32_t *x, int32_t *y)
{
    int32_t i;
    for (i = 0; i < layer->outputs; ++i) {
        const int32_t *const p = x + nn_reduce_offset(layer->kept, i);
        y[i] = nn_reduce_total_s32(layer, p, NN_R_S32_SUM, 0);
    }
}

NN_KERNEL void nn_reduce_prod_s32(const nn_reduce_layer *layer, const int32_t *x, int32_t *y)
{
    int32_t i;
    for (i = 0; i < layer->outputs; ++i) {
        const int32_t *const p = x + nn_reduce_offset(layer->kept, i);
        y[i] = nn_reduce_total_s32(layer, p, NN_R_S32_PROD, 1);
    }
}

NN_KERNEL void nn_reduce_max_s32(const nn_reduce_layer *layer, const int32_t *x, int32_t *y)
{
    int32_t i;
    for (i = 0; i < layer->outputs; ++i) {
        const int32_t *const p = x + nn_reduce_offset(layer->kept, i);
        y[i] = nn_reduce_total_s32(layer, p, NN_R_S32_MAX, *p);
    }
}

NN_KERNEL void nn_reduce_min_s32(const nn_reduce_layer *layer, const int32_t *x, int32_t *y)
{
    int32_t i;
    for (i = 0; i < layer->outputs; ++i) {
        const int32_t *const p = x + nn_reduce_offset(layer->kept, i);
        y[i] = nn_reduce_total_s32(layer, p, NN_R_S32_MIN, *p);
    }
}

NN_KERNEL void nn_reduce_l1_s32(const nn_reduce_layer *layer, const int32_t *x, int32_t *y)
{
    int32_t i;
    for (i = 0; i < layer->outputs; ++i) {
        const int32_t *const p = x + nn_reduce_offset(layer->kept, i);
        y[i] = nn_reduce_total_s32(layer, p, NN_R_S32_L1, 0);
    }
}

NN_KERNEL void nn_reduce_sum_square_s32(const nn_reduce_layer *layer, const int32_t *x, int32_t *y)
{
    int32_t i;
    for (i = 0; i < layer->outputs; ++i) {
        const int32_t *const p = x + nn_reduce_offset(layer->kept, i);
        y[i] = nn_reduce_total_s32(layer, p, NN_R_S32_SUM_SQUARE, 0);
    }
}

enum { NN_R_S8_MAX, NN_R_S8_MIN };

/* The total so far with one more value; kernels name a constant, so that only one case is left. */
NN_INLINE int32_t nn_reduce_step_s8(int32_t function, int32_t total, int32_t v)
{
    switch (function) {
    case NN_R_S8_MAX:
        return nn_max(total, v);
    case NN_R_S8_MIN:
        return nn_min(total, v);
    default:
        return total;
    }
}

NN_INLINE int32_t nn_reduce_total_s8(const nn_reduce_layer *layer, const int8_t *x, int32_t function, int32_t total)
{
    const int32_t *const n = layer->reduced;
    int32_t a, b, c, d;
    for (a = 0; a < n[0]; ++a) {
        for (b = 0; b < n[2]; ++b) {
            for (c = 0; c < n[4]; ++c) {
                const int8_t *p = x + a * n[1] + b * n[3] + c * n[5];
                for (d = 0; d < n[6]; ++d) {
                    total = nn_reduce_step_s8(function, total, *p);
                    p += n[7];
                }
            }
        }
    }
    return total;
}

/* Values of some axes brought together. x in its own order, y [outputs]; may not overlap. */
NN_KERNEL void nn_reduce_max_s8(const nn_reduce_layer *layer, const int8_t *x, int8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->outputs; ++i) {
        const int8_t *const p = x + nn_reduce_offset(layer->kept, i);
        y[i] = (int8_t)nn_reduce_total_s8(layer, p, NN_R_S8_MAX, *p);
    }
}

NN_KERNEL void nn_reduce_min_s8(const nn_reduce_layer *layer, const int8_t *x, int8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->outputs; ++i) {
        const int8_t *const p = x + nn_reduce_offset(layer->kept, i);
        y[i] = (int8_t)nn_reduce_total_s8(layer, p, NN_R_S8_MIN, *p);
    }
}

enum { NN_R_S16_MAX, NN_R_S16_MIN };

/* The total so far with one more value; kernels name a constant, so that only one case is left. */
NN_INLINE int32_t nn_reduce_step_s16(int32_t function, int32_t total, int32_t v)
{
    switch (function) {
    case NN_R_S16_MAX:
        return nn_max(total, v);
    case NN_R_S16_MIN:
        return nn_min(total, v);
    default:
        return total;
    }
}

NN_INLINE int32_t nn_reduce_total_s16(const nn_reduce_layer *layer, const int16_t *x, int32_t function, int32_t total)
{
    const int32_t *const n = layer->reduced;
    int32_t a, b, c, d;
    for (a = 0; a < n[0]; ++a) {
        for (b = 0; b < n[2]; ++b) {
            for (c = 0; c < n[4]; ++c) {
                const int16_t *p = x + a * n[1] + b * n[3] + c * n[5];
                for (d = 0; d < n[6]; ++d) {
                    total = nn_reduce_step_s16(function, total, *p);
                    p += n[7];
                }
            }
        }
    }
    return total;
}

/* Values of some axes brought together. x in its own order, y [outputs]; may not overlap. */
NN_KERNEL void nn_reduce_max_s16(const nn_reduce_layer *layer, const int16_t *x, int16_t *y)
{
    int32_t i;
    for (i = 0; i < layer->outputs; ++i) {
        const int16_t *const p = x + nn_reduce_offset(layer->kept, i);
        y[i] = (int16_t)nn_reduce_total_s16(layer, p, NN_R_S16_MAX, *p);
    }
}

NN_KERNEL void nn_reduce_min_s16(const nn_reduce_layer *layer, const int16_t *x, int16_t *y)
{
    int32_t i;
    for (i = 0; i < layer->outputs; ++i) {
        const int16_t *const p = x + nn_reduce_offset(layer->kept, i);
        y[i] = (int16_t)nn_reduce_total_s16(layer, p, NN_R_S16_MIN, *p);
    }
}

enum { NN_R_U8_MAX, NN_R_U8_MIN };

/* The total so far with one more value; kernels name a constant, so that only one case is left. */
NN_INLINE int32_t nn_reduce_step_u8(int32_t function, int32_t total, int32_t v)
{
    switch (function) {
    case NN_R_U8_MAX:
        return nn_max(total, v);
    case NN_R_U8_MIN:
        return nn_min(total, v);
    default:
        return total;
    }
}

NN_INLINE int32_t nn_reduce_total_u8(const nn_reduce_layer *layer, const uint8_t *x, int32_t function, int32_t total)
{
    const int32_t *const n = layer->reduced;
    int32_t a, b, c, d;
    for (a = 0; a < n[0]; ++a) {
        for (b = 0; b < n[2]; ++b) {
            for (c = 0; c < n[4]; ++c) {
                const uint8_t *p = x + a * n[1] + b * n[3] + c * n[5];
                for (d = 0; d < n[6]; ++d) {
                    total = nn_reduce_step_u8(function, total, *p);
                    p += n[7];
                }
            }
        }
    }
    return total;
}

/* Values of some axes brought together. x in its own order, y [outputs]; may not overlap. */
NN_KERNEL void nn_reduce_max_u8(const nn_reduce_layer *layer, const uint8_t *x, uint8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->outputs; ++i) {
        const uint8_t *const p = x + nn_reduce_offset(layer->kept, i);
        y[i] = (uint8_t)nn_reduce_total_u8(layer, p, NN_R_U8_MAX, *p);
    }
}

NN_KERNEL void nn_reduce_min_u8(const nn_reduce_layer *layer, const uint8_t *x, uint8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->outputs; ++i) {
        const uint8_t *const p = x + nn_reduce_offset(layer->kept, i);
        y[i] = (uint8_t)nn_reduce_total_u8(layer, p, NN_R_U8_MIN, *p);
    }
}

typedef struct nn_reduce_sum_s8_layer {
    const int32_t *kept;    /* as nn_reduce_layer has them */
    const int32_t *reduced;
    int32_t outputs;
    int32_t zeros;      /* zero point of x, times the values of a sum */
    int32_t multiplier;
    int32_t shift;      /* as nn_requantize takes it */
    int32_t out_zero;
} nn_reduce_sum_s8_layer;

/* Sum of stored values over the axes that go. */
NN_INLINE int32_t nn_reduce_stored(const nn_reduce_sum_s8_layer *layer, const int8_t *x)
{
    const int32_t *const n = layer->reduced;
    int32_t total = 0;
    int32_t a, b, c, d;
    for (a = 0; a < n[0]; ++a) {
        for (b = 0; b < n[2]; ++b) {
            for (c = 0; c < n[4]; ++c) {
                const int8_t *p = x + a * n[1] + b * n[3] + c * n[5];
                for (d = 0; d < n[6]; ++d) {
                    total += *p;
                    p += n[7];
                }
            }
        }
    }
    return total;
}

/* Sums of stored values, in the output's steps. Bit-exact with TFLite's int8 SUM. */
NN_KERNEL void nn_reduce_sum_s8(const nn_reduce_sum_s8_layer *layer, const int8_t *x, int8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->outputs; ++i) {
        const int32_t total = nn_reduce_stored(layer, x + nn_reduce_offset(layer->kept, i)) - layer->zeros;
        const int32_t v = nn_requantize(total, layer->multiplier, layer->shift) + layer->out_zero;
        y[i] = (int8_t)nn_clamp(v, -128, 127);
    }
}

#endif
