#ifndef NN_DEPTHWISE_CONV2D_S8_H
#define NN_DEPTHWISE_CONV2D_S8_H

#include "nn_common.h"
#include "nn_sum_s8.h"

/* out_c = in_c * multiples; output channel o reads input channel o / multiples */
typedef struct nn_depthwise_conv2d_s8_layer {
    const int8_t *weights;     /* [out_c][kernel_h][kernel_w] */
    const int32_t *bias;       /* [classes][out_c], less in_zero * sum of weights; NULL where the numbers hold it */
    const int32_t *numbers;    /* as nn_channel_bias takes them */
    const uint8_t *row_class;  /* [out_h]: bias row = row_class[y] * col_classes + col_class[x]; NULL = row 0 */
    const uint8_t *col_class;  /* [out_w] */
    NN_INT col_classes;
    NN_INT batch;
    NN_INT in_h, in_w, in_c;
    NN_INT out_h, out_w;
    NN_INT multiples;
    NN_INT kernel_h, kernel_w;
    NN_INT stride_h, stride_w;
    NN_INT dilation_h, dilation_w;
    NN_INT pad_top, pad_left;
    int8_t plain; /* as nn_output takes it */
    int8_t in_zero, out_zero, out_min, out_max;
    const int32_t *sum; /* NN_SUM_COUNT numbers of the add that follows, or NULL */
} nn_depthwise_conv2d_s8_layer;

/* Where the taps of a window lie. */
typedef struct nn_window_s8 {
    const int8_t *first; /* top left tap, channel 0 */
    int32_t row, column; /* bytes from tap to tap */
} nn_window_s8;

/* A window that the border cuts, copied to scratch [kernel_h][kernel_w][in_c]; taps outside read as in_zero. */
NN_PART nn_window_s8 nn_depthwise_conv2d_s8_gather(const nn_depthwise_conv2d_s8_layer *layer, const int8_t *x,
                                                   int32_t x_row, int32_t top, int32_t left, int8_t *scratch)
{
    const int32_t channels = layer->in_c;
    const nn_window_s8 window = {scratch, layer->kernel_w * channels, channels};
    int32_t i, j;
    for (i = 0; i < layer->kernel_h; ++i) {
        const int32_t y = top + i * layer->dilation_h;
        for (j = 0; j < layer->kernel_w; ++j) {
            const int32_t column = left + j * layer->dilation_w;
            if (y < 0 || y >= layer->in_h || column < 0 || column >= layer->in_w) {
                nn_fill_bytes(scratch, (int8_t)layer->in_zero, (size_t)channels);
            } else {
                nn_copy_bytes(scratch, x + ((y - x_row) * layer->in_w + column) * channels, (size_t)channels);
            }
            scratch += channels;
        }
    }
    return window;
}

/* The taps of an output pixel: in place where they all lie inside the image. */
NN_INLINE nn_window_s8 nn_depthwise_conv2d_s8_window(const nn_depthwise_conv2d_s8_layer *layer, const int8_t *x,
                                                     int32_t x_row, int32_t top, int32_t left, int8_t *scratch)
{
    const int32_t bottom = top + (layer->kernel_h - 1) * layer->dilation_h;
    const int32_t right = left + (layer->kernel_w - 1) * layer->dilation_w;
    if (top >= 0 && left >= 0 && bottom < layer->in_h && right < layer->in_w) {
        const nn_window_s8 window = {x + ((top - x_row) * layer->in_w + left) * layer->in_c,
                                     layer->dilation_h * layer->in_w * layer->in_c, layer->dilation_w * layer->in_c};
        return window;
    }
    return nn_depthwise_conv2d_s8_gather(layer, x, x_row, top, left, scratch);
}

/* One channel of one window; w [kernel_h][kernel_w]. */
NN_INLINE int32_t nn_depthwise_conv2d_s8_dot(const nn_depthwise_conv2d_s8_layer *layer, nn_window_s8 window,
                                             const int8_t *x, const int8_t *w)
{
    int32_t acc = 0;
    int32_t i, j;
#if !defined(NN_OPTIMIZE_SIZE)
    if (layer->kernel_h == 3 && layer->kernel_w == 3) {
        const int8_t *const second = x + window.row;
        const int8_t *const third = second + window.row;
        acc = x[0] * w[0] + x[window.column] * w[1] + x[2 * window.column] * w[2];
        acc += second[0] * w[3] + second[window.column] * w[4] + second[2 * window.column] * w[5];
        acc += third[0] * w[6] + third[window.column] * w[7] + third[2 * window.column] * w[8];
        return acc;
    }
#endif
    for (i = 0; i < layer->kernel_h; ++i) {
        for (j = 0; j < layer->kernel_w; ++j) {
            acc += x[j * window.column] * w[j];
        }
        x += window.row;
        w += layer->kernel_w;
    }
    return acc;
}

/* All channels of one output pixel. skip is read only with an add, each element before y's is written. */
NN_INLINE void nn_depthwise_conv2d_s8_pixel(const nn_depthwise_conv2d_s8_layer *layer, nn_window_s8 window,
                                            const int32_t *bias, const int8_t *skip, int8_t *y)
{
    const int32_t taps = layer->kernel_h * layer->kernel_w;
    const int8_t *w = layer->weights;
    int32_t o = 0;
    int32_t c, i;
    for (c = 0; c < layer->in_c; ++c) {
        for (i = 0; i < layer->multiples; ++i, ++o) {
            const int32_t start = bias == NULL ? nn_channel_bias(layer->numbers, o) : bias[o];
            const int32_t acc = start + nn_depthwise_conv2d_s8_dot(layer, window, window.first + c, w);
            const int32_t v = nn_channel_output(layer->numbers, o, acc, layer->plain, layer->out_zero, layer->out_min,
                                                layer->out_max);
            y[o] = !NN_IS_SUM(layer->sum) ? (int8_t)v : nn_sum_s8(layer->sum, v, skip[o], 1);
            w += taps;
        }
    }
}

NN_INLINE void nn_depthwise_conv2d_s8_range(const nn_depthwise_conv2d_s8_layer *layer, const int8_t *x, int32_t x_row,
                                            const int8_t *skip, int8_t *y, int32_t y_row, int32_t rows,
                                            int8_t *scratch)
{
    const int32_t channels = layer->in_c * layer->multiples;
    int32_t out_y, out_x;
    for (out_y = y_row; out_y < y_row + rows; ++out_y) {
        for (out_x = 0; out_x < layer->out_w; ++out_x) {
            const int32_t top = out_y * layer->stride_h - layer->pad_top;
            const int32_t left = out_x * layer->stride_w - layer->pad_left;
            const nn_window_s8 window = nn_depthwise_conv2d_s8_window(layer, x, x_row, top, left, scratch);
            const int32_t *bias = layer->bias;
            if (bias != NULL && layer->row_class != NULL) {
                bias += (layer->row_class[out_y] * layer->col_classes + layer->col_class[out_x]) * channels;
            }
            nn_depthwise_conv2d_s8_pixel(layer, window, bias, skip, y);
            skip += channels;
            y += channels;
        }
    }
}

/*
 * Output rows [y_row, y_row + rows) of nn_depthwise_conv2d_s8, one image.
 * x          row x_row of the input; rows that the windows touch must be there
 * y          row y_row of the output
 */
NN_KERNEL void nn_depthwise_conv2d_s8_rows(const nn_depthwise_conv2d_s8_layer *layer, const int8_t *x, int32_t x_row,
                                           int8_t *y, int32_t y_row, int32_t rows, int8_t *scratch)
{
    nn_depthwise_conv2d_s8_range(layer, x, x_row, y, y, y_row, rows, scratch);
}

/*
 * Depthwise convolution: any window, stride, dilation, padding, multiplier. Bit-exact with TFLite's int8
 * DEPTHWISE_CONV_2D.
 * x          [batch][in_h][in_w][in_c]
 * y          [batch][out_h][out_w][out_c]; may overlap x from the distance on that the planner computes
 * scratch    kernel_h * kernel_w * in_c bytes if any window crosses the border
 */
NN_KERNEL void nn_depthwise_conv2d_s8(const nn_depthwise_conv2d_s8_layer *layer, const int8_t *x, int8_t *y,
                                      int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_depthwise_conv2d_s8_range(layer, x, 0, y, y, 0, layer->out_h, scratch);
        x += layer->in_h * layer->in_w * layer->in_c;
        y += layer->out_h * layer->out_w * layer->in_c * layer->multiples;
    }
}

/*
 * nn_depthwise_conv2d_s8, then the sum with a skip tensor. Bit-exact with TFLite's int8 DEPTHWISE_CONV_2D followed by
 * ADD.
 * skip       as y; may be y, or overlap it if y starts before it
 */
NN_KERNEL void nn_depthwise_conv2d_s8_add(const nn_depthwise_conv2d_s8_layer *layer, const int8_t *x,
                                          const int8_t *skip, int8_t *y, int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_depthwise_conv2d_s8_range(layer, x, 0, skip, y, 0, layer->out_h, scratch);
        x += layer->in_h * layer->in_w * layer->in_c;
        skip += layer->out_h * layer->out_w * layer->in_c * layer->multiples;
        y += layer->out_h * layer->out_w * layer->in_c * layer->multiples;
    }
}

#endif
