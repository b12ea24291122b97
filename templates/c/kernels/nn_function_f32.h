#ifndef NN_FUNCTION_F32_H
#define NN_FUNCTION_F32_H

#include "nn_common.h"
#include "nn_common_f32.h"
#include <math.h>

typedef struct nn_function_f32_layer {
    int32_t count;
    float alpha, beta; /* of functions that take them */
} nn_function_f32_layer;

enum {
    NN_F_ABS,
    NN_F_NEG,
    NN_F_SIGN,
    NN_F_SQUARE,
    NN_F_EXP,
    NN_F_LOG,
    NN_F_SQRT,
    NN_F_RSQRT,
    NN_F_RECIPROCAL,
    NN_F_FLOOR,
    NN_F_CEIL,
    NN_F_TRUNC,
    NN_F_ROUND,
    NN_F_SIN,
    NN_F_COS,
    NN_F_TAN,
    NN_F_ASIN,
    NN_F_ACOS,
    NN_F_ATAN,
    NN_F_SINH,
    NN_F_COSH,
    NN_F_ASINH,
    NN_F_ACOSH,
    NN_F_ATANH,
    NN_F_ERF,
    NN_F_SOFTPLUS,
    NN_F_SOFTSIGN,
    NN_F_MISH,
    NN_F_SWISH,
    NN_F_HARD_SWISH,
    NN_F_GELU,
    NN_F_GELU_TANH,
    NN_F_HARD_SIGMOID,
    NN_F_ELU,
    NN_F_SELU,
    NN_F_CELU,
    NN_F_THRESHOLDED_RELU,
    NN_F_LEAKY_RELU,
    NN_F_CLIP,
    NN_F_SHRINK
};

/* log(1 + exp(x)) */
NN_INLINE float nn_softplus(float x)
{
    return (x > 0.0f ? x : 0.0f) + log1pf(expf(-fabsf(x)));
}

/* The function of that number; kernels name a constant, so that only one case is left. */
NN_INLINE float nn_function_of(int32_t function, float x, float alpha, float beta)
{
    switch (function) {
    case NN_F_ABS:
        return fabsf(x);
    case NN_F_NEG:
        return -x;
    case NN_F_SIGN:
        return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : 0.0f;
    case NN_F_SQUARE:
        return x * x;
    case NN_F_EXP:
        return expf(x);
    case NN_F_LOG:
        return logf(x);
    case NN_F_SQRT:
        return sqrtf(x);
    case NN_F_RSQRT:
        return 1.0f / sqrtf(x);
    case NN_F_RECIPROCAL:
        return 1.0f / x;
    case NN_F_FLOOR:
        return floorf(x);
    case NN_F_CEIL:
        return ceilf(x);
    case NN_F_TRUNC:
        return truncf(x);
    case NN_F_ROUND:
        return rintf(x);
    case NN_F_SIN:
        return sinf(x);
    case NN_F_COS:
        return cosf(x);
    case NN_F_TAN:
        return tanf(x);
    case NN_F_ASIN:
        return asinf(x);
    case NN_F_ACOS:
        return acosf(x);
    case NN_F_ATAN:
        return atanf(x);
    case NN_F_SINH:
        return sinhf(x);
    case NN_F_COSH:
        return coshf(x);
    case NN_F_ASINH:
        return asinhf(x);
    case NN_F_ACOSH:
        return acoshf(x);
    case NN_F_ATANH:
        return atanhf(x);
    case NN_F_ERF:
        return erff(x);
    case NN_F_SOFTPLUS:
        return nn_softplus(x);
    case NN_F_SOFTSIGN:
        return x / (1.0f + fabsf(x));
    case NN_F_MISH:
        return x * tanhf(nn_softplus(x));
    case NN_F_SWISH:
        return x / (1.0f + expf(-x));
    case NN_F_HARD_SWISH:
        return x * nn_clamp_f32(x + 3.0f, 0.0f, 6.0f) / 6.0f;
    case NN_F_GELU:
        return 0.5f * x * (1.0f + erff(x * 0.70710678f));
    case NN_F_GELU_TANH:
        return 0.5f * x * (1.0f + tanhf(0.79788456f * (x + 0.044715f * x * x * x)));
    case NN_F_HARD_SIGMOID:
        return nn_clamp_f32(alpha * x + beta, 0.0f, 1.0f);
    case NN_F_ELU:
        return x >= 0.0f ? x : alpha * expm1f(x);
    case NN_F_SELU:
        return beta * (x >= 0.0f ? x : alpha * expm1f(x));
    case NN_F_CELU:
        return x >= 0.0f ? x : alpha * expm1f(x / alpha);
    case NN_F_THRESHOLDED_RELU:
        return x > alpha ? x : 0.0f;
    case NN_F_LEAKY_RELU:
        return x >= 0.0f ? x : alpha * x;
    case NN_F_CLIP:
        return nn_clamp_f32(x, alpha, beta);
    case NN_F_SHRINK:
        return x < -alpha ? x + beta : x > alpha ? x - beta : 0.0f;
    default:
        return x;
    }
}

NN_INLINE void nn_function_f32(const nn_function_f32_layer *layer, const float *x, float *y, int32_t function)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = nn_function_of(function, x[i], layer->alpha, layer->beta);
    }
}

/*
 * Functions of one operand, element by element.
 * x          [count]
 * y          [count]; may be x, or overlap it if y starts before it
 */
NN_KERNEL void nn_abs_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_ABS);
}

NN_KERNEL void nn_neg_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_NEG);
}

NN_KERNEL void nn_sign_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_SIGN);
}

NN_KERNEL void nn_square_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_SQUARE);
}

NN_KERNEL void nn_exp_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_EXP);
}

NN_KERNEL void nn_log_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_LOG);
}

NN_KERNEL void nn_sqrt_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_SQRT);
}

NN_KERNEL void nn_rsqrt_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_RSQRT);
}

NN_KERNEL void nn_reciprocal_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_RECIPROCAL);
}

NN_KERNEL void nn_floor_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_FLOOR);
}

NN_KERNEL void nn_ceil_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_CEIL);
}

NN_KERNEL void nn_trunc_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_TRUNC);
}

NN_KERNEL void nn_round_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_ROUND);
}

NN_KERNEL void nn_sin_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_SIN);
}

NN_KERNEL void nn_cos_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_COS);
}

NN_KERNEL void nn_tan_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_TAN);
}

NN_KERNEL void nn_asin_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_ASIN);
}

NN_KERNEL void nn_acos_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_ACOS);
}

NN_KERNEL void nn_atan_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_ATAN);
}

NN_KERNEL void nn_sinh_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_SINH);
}

NN_KERNEL void nn_cosh_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_COSH);
}

NN_KERNEL void nn_asinh_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_ASINH);
}

NN_KERNEL void nn_acosh_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_ACOSH);
}

NN_KERNEL void nn_atanh_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_ATANH);
}

NN_KERNEL void nn_erf_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_ERF);
}

NN_KERNEL void nn_softplus_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_SOFTPLUS);
}

NN_KERNEL void nn_softsign_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_SOFTSIGN);
}

NN_KERNEL void nn_mish_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_MISH);
}

NN_KERNEL void nn_swish_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_SWISH);
}

NN_KERNEL void nn_hard_swish_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_HARD_SWISH);
}

NN_KERNEL void nn_gelu_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_GELU);
}

NN_KERNEL void nn_gelu_tanh_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_GELU_TANH);
}

NN_KERNEL void nn_hard_sigmoid_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_HARD_SIGMOID);
}

NN_KERNEL void nn_elu_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_ELU);
}

NN_KERNEL void nn_selu_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_SELU);
}

NN_KERNEL void nn_celu_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_CELU);
}

NN_KERNEL void nn_thresholded_relu_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_THRESHOLDED_RELU);
}

NN_KERNEL void nn_leaky_relu_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_LEAKY_RELU);
}

NN_KERNEL void nn_clip_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_CLIP);
}

NN_KERNEL void nn_shrink_f32(const nn_function_f32_layer *layer, const float *x, float *y)
{
    nn_function_f32(layer, x, y, NN_F_SHRINK);
}

/* Is it no number? y [count] of 0 and 1; may be x. */
NN_KERNEL void nn_is_nan_f32(const nn_function_f32_layer *layer, const float *x, uint8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        y[i] = isnan(x[i]) ? 1u : 0u;
    }
}

/* Is it infinite, below 0 if alpha, above if beta? Otherwise as nn_is_nan_f32. */
NN_KERNEL void nn_is_inf_f32(const nn_function_f32_layer *layer, const float *x, uint8_t *y)
{
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        const float wanted = x[i] < 0.0f ? layer->alpha : layer->beta;
        y[i] = isinf(x[i]) && wanted > 0.0f ? 1u : 0u;
    }
}

#endif
