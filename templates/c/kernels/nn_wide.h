#ifndef NN_WIDE_H
#define NN_WIDE_H

#include "nn_common.h"

/*
 * Convolutions, depthwise convolutions and fully connected layers of 16-bit activations, and of 8-bit ones with weights
 * of 9 bits: plain loops. Weights are [out_c][kernel_h][kernel_w][in_c / groups].
 */

/* x * multiplier / 2^shift, rounded once: bit-exact with TFLite's MultiplyByQuantizedMultiplier of wide sums. */
NN_INLINE int32_t nn_requantize_wide(int64_t x, int32_t multiplier, int32_t shift)
{
    return (int32_t)((x * multiplier + ((int64_t)1 << (shift - 1))) >> shift);
}

/* First and last tap of a window that lie inside the image: taps [*first, *end) from `start` on. */
NN_INLINE void nn_wide_taps(int32_t start, int32_t taps, int32_t dilation, int32_t size, int32_t *first, int32_t *end)
{
    *first = start < 0 ? (dilation - 1 - start) / dilation : 0;
    *end = start >= size ? 0 : nn_min(taps, (size - start + dilation - 1) / dilation);
}

typedef struct nn_wide_s16_layer {
    int32_t images;
    int32_t in_h, in_w, in_c;
    int32_t out_h, out_w, out_c;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_h, pad_w;
    int32_t groups;
    const int8_t *weights;
    const int32_t *bias;       /* [out_c], or NULL */
    const int32_t *multiplier; /* [out_c]; 15 bits, unless narrow */
    const int32_t *shift;      /* [out_c], as nn_requantize_wide takes it; narrow: as nn_requantize does */
    int32_t in_zero;
    int32_t out_zero, out_min, out_max;
    int32_t narrow; /* not 0: sums of 32 bits */
} nn_wide_s16_layer;

/* One output, without zero point: the window of channel o, whose first tap lies on (row, column) of image x. */
NN_INLINE int32_t nn_wide_s16_value(const nn_wide_s16_layer *layer, const int16_t *x, int32_t row, int32_t column,
                                       int32_t o)
{
    const int32_t depth = layer->in_c / layer->groups;
    const int8_t *const weights = layer->weights + o * layer->kernel_h * layer->kernel_w * depth;
    int64_t sum = layer->bias != NULL ? layer->bias[o] : 0;
    int32_t top, bottom, left, right, ky, kx, c;
    nn_wide_taps(row, layer->kernel_h, layer->dilation_h, layer->in_h, &top, &bottom);
    nn_wide_taps(column, layer->kernel_w, layer->dilation_w, layer->in_w, &left, &right);
    x += o / (layer->out_c / layer->groups) * depth;
    for (ky = top; ky < bottom; ++ky) {
        const int16_t *const line = x + (row + ky * layer->dilation_h) * layer->in_w * layer->in_c;
        for (kx = left; kx < right; ++kx) {
            const int16_t *const p = line + (column + kx * layer->dilation_w) * layer->in_c;
            const int8_t *const q = weights + (ky * layer->kernel_w + kx) * depth;
            for (c = 0; c < depth; ++c) {
                sum += (p[c] - layer->in_zero) * q[c];
            }
        }
    }
    return layer->narrow != 0 ? nn_requantize((int32_t)sum, layer->multiplier[o], layer->shift[o])
                                  : nn_requantize_wide(sum, layer->multiplier[o], layer->shift[o]);
}

/*
 * 16-bit activations.
 * x          [images][in_h][in_w][in_c]
 * y          [images][out_h][out_w][out_c]; may not overlap x
 */
NN_KERNEL void nn_wide_s16(const nn_wide_s16_layer *layer, const int16_t *x, int16_t *y)
{
    int32_t image, row, column, o;
    for (image = 0; image < layer->images; ++image) {
        for (row = 0; row < layer->out_h; ++row) {
            for (column = 0; column < layer->out_w; ++column) {
                const int32_t top = row * layer->stride_h - layer->pad_h;
                const int32_t left = column * layer->stride_w - layer->pad_w;
                for (o = 0; o < layer->out_c; ++o) {
                    const int32_t v = nn_wide_s16_value(layer, x, top, left, o) + layer->out_zero;
                    *y++ = (int16_t)nn_clamp(v, layer->out_min, layer->out_max);
                }
            }
        }
        x += layer->in_h * layer->in_w * layer->in_c;
    }
}

typedef struct nn_wide_s8_w16_layer {
    int32_t images;
    int32_t in_h, in_w, in_c;
    int32_t out_h, out_w, out_c;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_h, pad_w;
    int32_t groups;
    const int16_t *weights;
    const int32_t *bias;       /* [out_c], or NULL */
    const int32_t *multiplier; /* [out_c] */
    const int32_t *shift;      /* [out_c], as nn_requantize takes it */
    int32_t in_zero;
    int32_t out_zero, out_min, out_max;
} nn_wide_s8_w16_layer;

/* One output, without zero point: the window of channel o, whose first tap lies on (row, column) of image x. */
NN_INLINE int32_t nn_wide_s8_w16_value(const nn_wide_s8_w16_layer *layer, const int8_t *x, int32_t row, int32_t column,
                                       int32_t o)
{
    const int32_t depth = layer->in_c / layer->groups;
    const int16_t *const weights = layer->weights + o * layer->kernel_h * layer->kernel_w * depth;
    int32_t sum = layer->bias != NULL ? layer->bias[o] : 0;
    int32_t top, bottom, left, right, ky, kx, c;
    nn_wide_taps(row, layer->kernel_h, layer->dilation_h, layer->in_h, &top, &bottom);
    nn_wide_taps(column, layer->kernel_w, layer->dilation_w, layer->in_w, &left, &right);
    x += o / (layer->out_c / layer->groups) * depth;
    for (ky = top; ky < bottom; ++ky) {
        const int8_t *const line = x + (row + ky * layer->dilation_h) * layer->in_w * layer->in_c;
        for (kx = left; kx < right; ++kx) {
            const int8_t *const p = line + (column + kx * layer->dilation_w) * layer->in_c;
            const int16_t *const q = weights + (ky * layer->kernel_w + kx) * depth;
            for (c = 0; c < depth; ++c) {
                sum += (p[c] - layer->in_zero) * q[c];
            }
        }
    }
    return nn_requantize(sum, layer->multiplier[o], layer->shift[o]);
}

/*
 * 8-bit activations, weights of 9 bits.
 * x          [images][in_h][in_w][in_c]
 * y          [images][out_h][out_w][out_c]; may not overlap x
 */
NN_KERNEL void nn_wide_s8_w16(const nn_wide_s8_w16_layer *layer, const int8_t *x, int8_t *y)
{
    int32_t image, row, column, o;
    for (image = 0; image < layer->images; ++image) {
        for (row = 0; row < layer->out_h; ++row) {
            for (column = 0; column < layer->out_w; ++column) {
                const int32_t top = row * layer->stride_h - layer->pad_h;
                const int32_t left = column * layer->stride_w - layer->pad_w;
                for (o = 0; o < layer->out_c; ++o) {
                    const int32_t v = nn_wide_s8_w16_value(layer, x, top, left, o) + layer->out_zero;
                    *y++ = (int8_t)nn_clamp(v, layer->out_min, layer->out_max);
                }
            }
        }
        x += layer->in_h * layer->in_w * layer->in_c;
    }
}

#endif
