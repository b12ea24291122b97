#ifndef NN_CONV2D_S8_H
#define NN_CONV2D_S8_H

#include "nn_common.h"
#include "nn_matmul_s8.h"

/* depth = kernel_h * kernel_w * in_c / groups */
typedef struct nn_conv2d_s8_layer {
    const int8_t *weights;     /* per group: blocks of 4 output channels [depth][4], then those left over [depth] */
    const int32_t *bias;       /* [classes][out_c], less in_zero * sum of weights; NULL where the numbers hold it */
    const int32_t *numbers;    /* as nn_channel_bias takes them */
    const uint8_t *row_class;  /* [out_h]: bias row = row_class[y] * col_classes + col_class[x]; NULL = row 0 */
    const uint8_t *col_class;  /* [out_w] */
    NN_INT col_classes;
    NN_INT batch;
    NN_INT in_h, in_w, in_c;
    NN_INT out_h, out_w, out_c;
    NN_INT groups;
    NN_INT kernel_h, kernel_w;
    NN_INT stride_h, stride_w;
    NN_INT dilation_h, dilation_w;
    NN_INT pad_top, pad_left;
    int8_t plain; /* as nn_output takes it */
    int8_t in_zero, out_zero, out_min, out_max;
    const int32_t *sum; /* NN_SUM_COUNT numbers of the add that follows, or NULL */
} nn_conv2d_s8_layer;

/* One row of taps of one group: strip [kernel_w][channels] from image row `row` (channels of a pixel in_c apart). */
NN_INLINE void nn_conv2d_s8_taps(const nn_conv2d_s8_layer *layer, const int8_t *row, int32_t left, int8_t *strip,
                                 int32_t channels)
{
    int32_t tap;
    for (tap = 0; tap < layer->kernel_w; ++tap) {
        const int32_t column = left + tap * layer->dilation_w;
        if (column < 0 || column >= layer->in_w) {
            nn_fill_bytes(strip, (int8_t)layer->in_zero, (size_t)channels);
        } else {
            nn_copy_bytes(strip, row + column * layer->in_c, (size_t)channels);
        }
        strip += channels;
    }
}

/* The window of one pixel and group: strip [kernel_h][kernel_w][channels], taps outside the image read as in_zero. */
NN_PART void nn_conv2d_s8_gather(const nn_conv2d_s8_layer *layer, const int8_t *x, int32_t x_row, int32_t top,
                                 int32_t left, int8_t *strip, int32_t channels)
{
    const int32_t width = layer->kernel_w * channels;
    const int32_t whole = left >= 0 && left + layer->kernel_w <= layer->in_w && layer->dilation_w == 1 &&
                          layer->groups == 1;
    int32_t tap;
    for (tap = 0; tap < layer->kernel_h; ++tap) {
        const int32_t y = top + tap * layer->dilation_h;
        if (y < 0 || y >= layer->in_h) {
            nn_fill_bytes(strip, (int8_t)layer->in_zero, (size_t)width);
        } else {
            const int8_t *const row = x + (y - x_row) * layer->in_w * layer->in_c;
            if (whole) {
                nn_copy_bytes(strip, row + left * layer->in_c, (size_t)width);
            } else {
                nn_conv2d_s8_taps(layer, row, left, strip, channels);
            }
        }
        strip += width;
    }
}

/* Bias of an output pixel from channel `first` on; NULL where the numbers hold it. */
NN_INLINE const int32_t *nn_conv2d_s8_bias(const nn_conv2d_s8_layer *layer, int32_t y, int32_t x, int32_t first)
{
    if (layer->bias == NULL || layer->row_class == NULL) {
        return layer->bias == NULL ? NULL : layer->bias + first;
    }
    return layer->bias + (layer->row_class[y] * layer->col_classes + layer->col_class[x]) * layer->out_c + first;
}

/* Two pixels at a time (one at the end): gather their windows, then all channels; group by group. */
NN_INLINE void nn_conv2d_s8_range(const nn_conv2d_s8_layer *layer, const int8_t *x, int32_t x_row, const int8_t *skip,
                                  int8_t *y, int32_t y_row, int32_t rows, int8_t *scratch)
{
    const int32_t channels = layer->in_c / layer->groups;
    const int32_t depth = layer->kernel_h * layer->kernel_w * channels;
    const int32_t out_channels = layer->out_c / layer->groups;
    const int32_t pixels = rows * layer->out_w;
    int8_t *const skips = scratch + 2 * depth;
    nn_matmul_s8 m = {NULL, {NULL, NULL}, NULL, layer->plain, depth, out_channels, layer->out_zero,
                      layer->out_min, layer->out_max, layer->sum};
    int32_t out_y = y_row;
    int32_t out_x = 0;
    int32_t pixel;
    for (pixel = 0; pixel < pixels; pixel += 2) {
        const int32_t count = nn_min(2, pixels - pixel);
        const int32_t first_y = out_y;
        const int32_t first_x = out_x;
        int32_t group;
        if (NN_IS_SUM(layer->sum)) {
            nn_copy_bytes(skips, skip, (size_t)(count * layer->out_c));
            skip += 2 * layer->out_c;
        }
        for (group = 0; group < layer->groups; ++group) {
            const int32_t first = group * out_channels;
            int32_t i;
            out_y = first_y;
            out_x = first_x;
            for (i = 0; i < count; ++i) {
                nn_conv2d_s8_gather(layer, x + group * channels, x_row, out_y * layer->stride_h - layer->pad_top,
                                    out_x * layer->stride_w - layer->pad_left, scratch + i * depth, channels);
                m.bias[i] = nn_conv2d_s8_bias(layer, out_y, out_x, first);
                if (++out_x == layer->out_w) {
                    out_x = 0;
                    ++out_y;
                }
            }
            m.weights = layer->weights + first * depth;
            m.numbers = layer->numbers + 2 * first;
            if (pixels % 2 == 0 || count == 2) {
                nn_matmul_s8_run(&m, scratch, 2, y + first, skips + first, layer->out_c);
            } else {
                m.bias[1] = m.bias[0];
                nn_matmul_s8_run(&m, scratch, 1, y + first, skips + first, layer->out_c);
            }
        }
        y += 2 * layer->out_c;
    }
}

/*
 * Output rows [y_row, y_row + rows) of nn_conv2d_s8, one image.
 * x          row x_row of the input; rows that the windows touch must be there
 * y          row y_row of the output
 */
NN_KERNEL void nn_conv2d_s8_rows(const nn_conv2d_s8_layer *layer, const int8_t *x, int32_t x_row, int8_t *y,
                                 int32_t y_row, int32_t rows, int8_t *scratch)
{
    nn_conv2d_s8_range(layer, x, x_row, y, y, y_row, rows, scratch);
}

/*
 * Convolution: any window, stride, dilation, padding, groups. Bit-exact with TFLite's int8 CONV_2D.
 * x          [batch][in_h][in_w][in_c]
 * y          [batch][out_h][out_w][out_c]; may overlap x from the distance on that the planner computes
 * scratch    2 * depth bytes
 */
NN_KERNEL void nn_conv2d_s8(const nn_conv2d_s8_layer *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_conv2d_s8_range(layer, x, 0, y, y, 0, layer->out_h, scratch);
        x += layer->in_h * layer->in_w * layer->in_c;
        y += layer->out_h * layer->out_w * layer->out_c;
    }
}

/*
 * nn_conv2d_s8, then the sum with a skip tensor. Bit-exact with TFLite's int8 CONV_2D followed by ADD.
 * skip       as y; may be y, or overlap it if y starts before it
 * scratch    2 * (depth + out_c) bytes
 */
NN_KERNEL void nn_conv2d_s8_add(const nn_conv2d_s8_layer *layer, const int8_t *x, const int8_t *skip, int8_t *y,
                                int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_conv2d_s8_range(layer, x, 0, skip, y, 0, layer->out_h, scratch);
        x += layer->in_h * layer->in_w * layer->in_c;
        skip += layer->out_h * layer->out_w * layer->out_c;
        y += layer->out_h * layer->out_w * layer->out_c;
    }
}

#endif
