#ifndef NN_TRANSPOSE_CONV_H
#define NN_TRANSPOSE_CONV_H

#include "nn_common.h"
#include "nn_common_f32.h"
#include "nn_wide.h"

/* Row or column of the input whose tap `tap` lies on output `at`; -1 = none. */
NN_INLINE int32_t nn_transpose_source(int32_t at, int32_t pad, int32_t tap, int32_t dilation, int32_t stride,
                                      int32_t size)
{
    const int32_t from = at + pad - tap * dilation;
    return from >= 0 && from % stride == 0 && from / stride < size ? from / stride : -1;
}

typedef struct nn_transpose_conv_f32_layer {
    int32_t images;
    int32_t in_h, in_w, in_c;
    int32_t out_h, out_w, out_c;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_h, pad_w;
    int32_t groups;
    const float *weights; /* [out_c][kernel_h][kernel_w][in_c / groups] */
    const float *bias;    /* [out_c], or NULL */
    float out_min, out_max;
} nn_transpose_conv_f32_layer;

/* Sum of one output value; x is an image. */
NN_INLINE float nn_transpose_sum_f32(const nn_transpose_conv_f32_layer *layer, const float *x, int32_t row,
                                     int32_t column, int32_t o)
{
    const nn_transpose_conv_f32_layer *const w = layer;
    const int32_t depth = w->in_c / w->groups;
    const float *q = layer->weights + o * w->kernel_h * w->kernel_w * depth;
    float sum = layer->bias != NULL ? layer->bias[o] : 0.0f;
    int32_t ky, kx, c;
    x += o / (w->out_c / w->groups) * depth;
    for (ky = 0; ky < w->kernel_h; ++ky) {
        const int32_t y = nn_transpose_source(row, w->pad_h, ky, w->dilation_h, w->stride_h, w->in_h);
        for (kx = 0; kx < w->kernel_w; ++kx) {
            const int32_t at = nn_transpose_source(column, w->pad_w, kx, w->dilation_w, w->stride_w, w->in_w);
            if (y >= 0 && at >= 0) {
                const float *const p = x + (y * w->in_w + at) * w->in_c;
                for (c = 0; c < depth; ++c) {
                    sum += p[c] * q[c];
                }
            }
            q += depth;
        }
    }
    return sum;
}

/*
 * Transposed convolution.
 * x          [images][in_h][in_w][in_c]
 * y          [images][out_h][out_w][out_c]; may not overlap x
 */
NN_KERNEL void nn_transpose_conv_f32(const nn_transpose_conv_f32_layer *layer, const float *x, float *y)
{
    const nn_transpose_conv_f32_layer *const w = layer;
    int32_t image, row, column, o;
    for (image = 0; image < w->images; ++image) {
        for (row = 0; row < w->out_h; ++row) {
            for (column = 0; column < w->out_w; ++column) {
                for (o = 0; o < w->out_c; ++o) {
                    const float sum = nn_transpose_sum_f32(layer, x, row, column, o);
                    *y++ = nn_clamp_f32(sum, layer->out_min, layer->out_max);
                }
            }
        }
        x += w->in_h * w->in_w * w->in_c;
    }
}

typedef struct nn_transpose_conv_s8_layer {
    int32_t images;
    int32_t in_h, in_w, in_c;
    int32_t out_h, out_w, out_c;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_h, pad_w;
    int32_t groups;
    const int8_t *weights;     /* [out_c][kernel_h][kernel_w][in_c / groups] */
    const int32_t *bias;       /* [out_c], or NULL */
    const int32_t *multiplier; /* [out_c] */
    const int32_t *shift;      /* [out_c], as nn_requantize takes it */
    int32_t in_zero;
    int32_t out_zero, out_min, out_max;
} nn_transpose_conv_s8_layer;

/* Accumulator of one output value; x is an image. */
NN_INLINE int32_t nn_transpose_sum_s8(const nn_transpose_conv_s8_layer *layer, const int8_t *x, int32_t row,
                                      int32_t column, int32_t o)
{
    const nn_transpose_conv_s8_layer *const w = layer;
    const int32_t depth = w->in_c / w->groups;
    const int8_t *q = layer->weights + o * w->kernel_h * w->kernel_w * depth;
    int32_t sum = layer->bias != NULL ? layer->bias[o] : 0;
    int32_t ky, kx, c;
    x += o / (w->out_c / w->groups) * depth;
    for (ky = 0; ky < w->kernel_h; ++ky) {
        const int32_t y = nn_transpose_source(row, w->pad_h, ky, w->dilation_h, w->stride_h, w->in_h);
        for (kx = 0; kx < w->kernel_w; ++kx) {
            const int32_t at = nn_transpose_source(column, w->pad_w, kx, w->dilation_w, w->stride_w, w->in_w);
            if (y >= 0 && at >= 0) {
                const int8_t *const p = x + (y * w->in_w + at) * w->in_c;
                for (c = 0; c < depth; ++c) {
                    sum += (p[c] - layer->in_zero) * q[c];
                }
            }
            q += depth;
        }
    }
    return sum;
}

/* On stored values; otherwise as nn_transpose_conv_f32. Bit-exact with TFLite's int8 TRANSPOSE_CONV. */
NN_KERNEL void nn_transpose_conv_s8(const nn_transpose_conv_s8_layer *layer, const int8_t *x, int8_t *y)
{
    const nn_transpose_conv_s8_layer *const w = layer;
    int32_t image, row, column, o;
    for (image = 0; image < w->images; ++image) {
        for (row = 0; row < w->out_h; ++row) {
            for (column = 0; column < w->out_w; ++column) {
                for (o = 0; o < w->out_c; ++o) {
                    const int32_t sum = nn_transpose_sum_s8(layer, x, row, column, o);
                    const int32_t v = nn_requantize(sum, layer->multiplier[o], layer->shift[o]) + layer->out_zero;
                    *y++ = (int8_t)nn_clamp(v, layer->out_min, layer->out_max);
                }
            }
        }
        x += w->in_h * w->in_w * w->in_c;
    }
}

typedef struct nn_transpose_conv_s16_layer {
    int32_t images;
    int32_t in_h, in_w, in_c;
    int32_t out_h, out_w, out_c;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_h, pad_w;
    int32_t groups;
    const int8_t *weights;     /* [out_c][kernel_h][kernel_w][in_c / groups] */
    const int32_t *bias;       /* [out_c], or NULL */
    const int32_t *multiplier; /* [out_c] */
    const int32_t *shift;      /* [out_c], as nn_requantize_wide takes it */
    int32_t in_zero;
    int32_t out_zero, out_min, out_max;
} nn_transpose_conv_s16_layer;

/* Accumulator of one output value; x is an image. */
NN_INLINE int64_t nn_transpose_sum_s16(const nn_transpose_conv_s16_layer *layer, const int16_t *x, int32_t row,
                                       int32_t column, int32_t o)
{
    const nn_transpose_conv_s16_layer *const w = layer;
    const int32_t depth = w->in_c / w->groups;
    const int8_t *q = layer->weights + o * w->kernel_h * w->kernel_w * depth;
    int64_t sum = layer->bias != NULL ? layer->bias[o] : 0;
    int32_t ky, kx, c;
    x += o / (w->out_c / w->groups) * depth;
    for (ky = 0; ky < w->kernel_h; ++ky) {
        const int32_t y = nn_transpose_source(row, w->pad_h, ky, w->dilation_h, w->stride_h, w->in_h);
        for (kx = 0; kx < w->kernel_w; ++kx) {
            const int32_t at = nn_transpose_source(column, w->pad_w, kx, w->dilation_w, w->stride_w, w->in_w);
            if (y >= 0 && at >= 0) {
                const int16_t *const p = x + (y * w->in_w + at) * w->in_c;
                for (c = 0; c < depth; ++c) {
                    sum += (p[c] - layer->in_zero) * q[c];
                }
            }
            q += depth;
        }
    }
    return sum;
}

/* On 16-bit values. Bit-exact with TFLite's int16 TRANSPOSE_CONV. */
NN_KERNEL void nn_transpose_conv_s16(const nn_transpose_conv_s16_layer *layer, const int16_t *x, int16_t *y)
{
    const nn_transpose_conv_s16_layer *const w = layer;
    int32_t image, row, column, o;
    for (image = 0; image < w->images; ++image) {
        for (row = 0; row < w->out_h; ++row) {
            for (column = 0; column < w->out_w; ++column) {
                for (o = 0; o < w->out_c; ++o) {
                    const int64_t sum = nn_transpose_sum_s16(layer, x, row, column, o);
                    const int32_t v = nn_requantize_wide(sum, layer->multiplier[o], layer->shift[o]) + layer->out_zero;
                    *y++ = (int16_t)nn_clamp(v, layer->out_min, layer->out_max);
                }
            }
        }
        x += w->in_h * w->in_w * w->in_c;
    }
}

#endif
