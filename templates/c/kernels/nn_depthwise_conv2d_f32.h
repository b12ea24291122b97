#ifndef NN_DEPTHWISE_CONV2D_F32_H
#define NN_DEPTHWISE_CONV2D_F32_H

#include "nn_common.h"
#include "nn_common_f32.h"

/* out_c = in_c * multiples; output channel o reads input channel o / multiples */
typedef struct nn_depthwise_conv2d_f32_layer {
    const float *weights;     /* [out_c][kernel_h][kernel_w] */
    const float *bias;        /* [classes][out_c] */
    const uint8_t *row_class; /* [out_h]: bias row = row_class[y] * col_classes + col_class[x]; NULL = row 0 */
    const uint8_t *col_class; /* [out_w] */
    int32_t col_classes;
    int32_t batch;
    int32_t in_h, in_w, in_c;
    int32_t out_h, out_w;
    int32_t multiples;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    float out_min, out_max;
} nn_depthwise_conv2d_f32_layer;

/* The part of a window that lies inside the image: taps [from, to) of each axis. */
typedef struct nn_taps_f32 {
    int32_t from_y, to_y, from_x, to_x;
} nn_taps_f32;

/* First tap with start + tap * dilation >= 0. */
NN_INLINE int32_t nn_first_tap(int32_t start, int32_t dilation)
{
    return start >= 0 ? 0 : (dilation - 1 - start) / dilation;
}

/* One past the last tap with start + tap * dilation < size, at most taps. */
NN_INLINE int32_t nn_end_tap(int32_t start, int32_t dilation, int32_t size, int32_t taps)
{
    return start >= size ? 0 : nn_min((size - 1 - start) / dilation + 1, taps);
}

/* All channels of one output pixel; x = where the top left tap would be, channel 0. */
NN_INLINE void nn_depthwise_conv2d_f32_pixel(const nn_depthwise_conv2d_f32_layer *layer, const float *x,
                                             int32_t origin, nn_taps_f32 taps, const float *bias, float *y)
{
    const int32_t row = layer->dilation_h * layer->in_w * layer->in_c;
    const int32_t column = layer->dilation_w * layer->in_c;
    const float *w = layer->weights;
    int32_t c, m, i, j;
    for (c = 0; c < layer->in_c; ++c) {
        for (m = 0; m < layer->multiples; ++m) {
            float acc = *bias++;
            for (i = taps.from_y; i < taps.to_y; ++i) {
                for (j = taps.from_x; j < taps.to_x; ++j) {
                    acc += x[origin + c + i * row + j * column] * w[i * layer->kernel_w + j];
                }
            }
            *y++ = nn_clamp_f32(acc, layer->out_min, layer->out_max);
            w += layer->kernel_h * layer->kernel_w;
        }
    }
}

/*
 * Output rows [y_row, y_row + rows) of nn_depthwise_conv2d_f32, one image.
 * x          row x_row of the input; rows that the windows touch must be there
 * y          row y_row of the output
 */
NN_KERNEL void nn_depthwise_conv2d_f32_rows(const nn_depthwise_conv2d_f32_layer *layer, const float *x, int32_t x_row,
                                            float *y, int32_t y_row, int32_t rows)
{
    const int32_t channels = layer->in_c * layer->multiples;
    int32_t out_y, out_x;
    for (out_y = y_row; out_y < y_row + rows; ++out_y) {
        const int32_t top = out_y * layer->stride_h - layer->pad_top;
        nn_taps_f32 taps;
        taps.from_y = nn_first_tap(top, layer->dilation_h);
        taps.to_y = nn_end_tap(top, layer->dilation_h, layer->in_h, layer->kernel_h);
        for (out_x = 0; out_x < layer->out_w; ++out_x) {
            const int32_t left = out_x * layer->stride_w - layer->pad_left;
            const float *bias = layer->bias;
            taps.from_x = nn_first_tap(left, layer->dilation_w);
            taps.to_x = nn_end_tap(left, layer->dilation_w, layer->in_w, layer->kernel_w);
            if (layer->row_class != NULL) {
                bias += (layer->row_class[out_y] * layer->col_classes + layer->col_class[out_x]) * channels;
            }
            nn_depthwise_conv2d_f32_pixel(layer, x, ((top - x_row) * layer->in_w + left) * layer->in_c, taps, bias, y);
            y += channels;
        }
    }
}

/*
 * Depthwise convolution: any window, stride, dilation, padding, multiplier.
 * x          [batch][in_h][in_w][in_c]
 * y          [batch][out_h][out_w][out_c]; may overlap x from the distance on that the planner computes
 */
NN_KERNEL void nn_depthwise_conv2d_f32(const nn_depthwise_conv2d_f32_layer *layer, const float *x, float *y)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_depthwise_conv2d_f32_rows(layer, x, 0, y, 0, layer->out_h);
        x += layer->in_h * layer->in_w * layer->in_c;
        y += layer->out_h * layer->out_w * layer->in_c * layer->multiples;
    }
}

#endif
