#ifndef NN_POOL2D_S16_H
#define NN_POOL2D_S16_H

#include "nn_common.h"

typedef struct nn_pool2d_s16_layer {
    int32_t images;
    int32_t in_h, in_w, channels;
    int32_t out_h, out_w;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w; /* 1 */
    int32_t pad_h, pad_w;
    int32_t out_zero, out_min, out_max;
} nn_pool2d_s16_layer;

/* Mean (halves away from zero) or greatest value of channel c under the window whose first tap is (row, column). */
NN_INLINE int32_t nn_pool2d_s16_value(const nn_pool2d_s16_layer *layer, const int16_t *x, int32_t row, int32_t column,
                                      int32_t c, int32_t average)
{
    const int32_t bottom = nn_min(row + layer->kernel_h, layer->in_h);
    const int32_t right = nn_min(column + layer->kernel_w, layer->in_w);
    int32_t sum = 0;
    int32_t most = -32768;
    int32_t count = 0;
    int32_t i, j;
    for (i = nn_max(row, 0); i < bottom; ++i) {
        for (j = nn_max(column, 0); j < right; ++j) {
            const int32_t v = x[(i * layer->in_w + j) * layer->channels + c];
            sum += v;
            most = nn_max(most, v);
            ++count;
        }
    }
    if (average == 0) {
        return most;
    }
    return sum >= 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
}

NN_INLINE void nn_pool2d_s16(const nn_pool2d_s16_layer *layer, const int16_t *x, int16_t *y, int32_t average)
{
    int32_t image, row, column, c;
    for (image = 0; image < layer->images; ++image) {
        for (row = 0; row < layer->out_h; ++row) {
            for (column = 0; column < layer->out_w; ++column) {
                const int32_t top = row * layer->stride_h - layer->pad_h;
                const int32_t left = column * layer->stride_w - layer->pad_w;
                for (c = 0; c < layer->channels; ++c) {
                    const int32_t v = nn_pool2d_s16_value(layer, x, top, left, c, average);
                    *y++ = (int16_t)nn_clamp(v, layer->out_min, layer->out_max);
                }
            }
        }
        x += layer->in_h * layer->in_w * layer->channels;
    }
}

/*
 * Means of 16-bit values. Bit-exact with TFLite's int16 AVERAGE_POOL_2D.
 * x          [images][in_h][in_w][channels]
 * y          [images][out_h][out_w][channels]; may not overlap
 */
NN_KERNEL void nn_average_pool2d_s16(const nn_pool2d_s16_layer *layer, const int16_t *x, int16_t *y)
{
    nn_pool2d_s16(layer, x, y, 1);
}

/* The greatest values; otherwise as nn_average_pool2d_s16. */
NN_KERNEL void nn_max_pool2d_s16(const nn_pool2d_s16_layer *layer, const int16_t *x, int16_t *y)
{
    nn_pool2d_s16(layer, x, y, 0);
}

#endif
