#ifndef NN_CONV2D_S8_CODED_H
#define NN_CONV2D_S8_CODED_H

#include "nn_coded_s8.h"
#include "nn_common.h"

typedef struct nn_conv2d_s8_coded_layer {
    const uint8_t *codes;
    int8_t bias_bits, shift_bits, shift_least, gap_bits, value_bits, positive, negative; /* as in nn_coded_format */
    int8_t channelwise; /* 1: each output channel has its own input channel */
    NN_INT batch;
    NN_INT in_h, in_w, in_c;
    NN_INT out_h, out_w, out_c;
    NN_INT kernel_h, kernel_w;
    NN_INT stride_h, stride_w;
    NN_INT dilation_h, dilation_w;
    NN_INT pad_top, pad_left;
    int8_t plain; /* as nn_output takes it */
    int8_t in_zero, out_zero, out_min, out_max;
    const int32_t *sum; /* NN_SUM_COUNT numbers of the add that follows, or NULL */
} nn_conv2d_s8_coded_layer;

/* Channels [from, from + count) of a window at (top, left), + 128, to one lane of a strip; outside is in_zero. */
NN_INLINE void nn_conv2d_s8_coded_window(const nn_conv2d_s8_coded_layer *layer, const int8_t *x, int32_t x_row,
                                           int32_t top, int32_t left, int32_t from, int32_t count, uint8_t *lane)
{
    int32_t i, j, c;
    for (i = 0; i < layer->kernel_h; ++i) {
        const int32_t y = top + i * layer->dilation_h;
        for (j = 0; j < layer->kernel_w; ++j) {
            const int32_t column = left + j * layer->dilation_w;
            const int32_t inside = y >= 0 && y < layer->in_h && column >= 0 && column < layer->in_w;
            const int8_t *const values =
                inside ? x + ((y - x_row) * layer->in_w + column) * layer->in_c + from : x;
            for (c = 0; c < count; ++c) {
                *lane = (uint8_t)((inside ? values[c] : layer->in_zero) + 128);
                lane += NN_CODED_LANES;
            }
        }
    }
}

/*
 * A strip of pixels at a time, so that their outputs may be written over them; lanes beyond the last have any values.
 * Always one copy for all layers: who reads bits wants few bytes.
 */
NN_SHARED void nn_conv2d_s8_coded_range(const nn_conv2d_s8_coded_layer *layer, const int8_t *x, int32_t x_row,
                                        const int8_t *skip, int8_t *y, int32_t y_row, int32_t rows, int8_t *scratch)
{
    const int32_t channels = layer->out_c;
    const int32_t window = layer->kernel_h * layer->kernel_w;
    const int32_t apart = layer->channelwise;
    const nn_coded_s8 m = {{layer->codes, layer->bias_bits, layer->shift_bits, layer->shift_least, layer->gap_bits,
                            layer->value_bits, layer->positive, layer->negative},
                           apart ? window : window * layer->in_c,
                           channels,
                           apart,
                           layer->plain,
                           layer->out_zero,
                           layer->out_min,
                           layer->out_max,
                           layer->sum};
    uint8_t *const strip = (uint8_t *)scratch;
    /* Skips of a strip, which outputs of other pixels may be written over. */
    int8_t *const skips = scratch + NN_CODED_LANES * window * layer->in_c;
    const int32_t end = (y_row + rows) * layer->out_w;
    int32_t first = y_row * layer->out_w;
    while (first < end) {
        const int32_t pixels = nn_min(end - first, NN_CODED_LANES);
        uint32_t bit = 0;
        int32_t from, to, i;
        if (NN_IS_SUM(layer->sum)) {
            nn_copy_bytes(skips, skip, (size_t)(pixels * channels));
        }
        for (from = 0; from < channels; from = to) {
            to = apart ? nn_min(from + NN_CODED_CHANNELS, channels) : channels;
            for (i = 0; i < pixels; ++i) {
                const int32_t row = (first + i) / layer->out_w;
                const int32_t column = (first + i) % layer->out_w;
                nn_conv2d_s8_coded_window(layer, x, x_row, row * layer->stride_h - layer->pad_top,
                                          column * layer->stride_w - layer->pad_left, apart ? from : 0,
                                          apart ? to - from : layer->in_c, strip + i);
            }
            bit = nn_coded_matmul(&m, bit, from, to, strip, NN_CODED_LANES, pixels, y, skips);
        }
        skip += pixels * channels;
        y += pixels * channels;
        first += pixels;
    }
}

/* All images of a batch. */
NN_PART void nn_conv2d_s8_coded_images(const nn_conv2d_s8_coded_layer *layer, const int8_t *x, const int8_t *skip,
                                       int8_t *y, int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_conv2d_s8_coded_range(layer, x, 0, skip, y, 0, layer->out_h, scratch);
        x += layer->in_h * layer->in_w * layer->in_c;
        skip += layer->out_h * layer->out_w * layer->out_c;
        y += layer->out_h * layer->out_w * layer->out_c;
    }
}

/*
 * Output rows [y_row, y_row + rows) of nn_conv2d_s8_coded, one image.
 * x          row x_row of the input; rows that the windows touch must be there
 * y          row y_row of the output
 */
NN_KERNEL void nn_conv2d_s8_coded_rows(const nn_conv2d_s8_coded_layer *layer, const int8_t *x, int32_t x_row,
                                       int8_t *y, int32_t y_row, int32_t rows, int8_t *scratch)
{
    nn_conv2d_s8_coded_range(layer, x, x_row, y, y, y_row, rows, scratch);
}

/*
 * Convolution with coded weights: any window, stride, dilation and padding; one group. Bit-exact with TFLite's int8
 * CONV_2D.
 * x          [batch][in_h][in_w][in_c]
 * y          [batch][out_h][out_w][out_c]; may overlap x from the distance on that the planner computes
 * scratch    8 * kernel_h * kernel_w * in_c bytes
 */
NN_KERNEL void nn_conv2d_s8_coded(const nn_conv2d_s8_coded_layer *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    nn_conv2d_s8_coded_images(layer, x, y, y, scratch);
}

/*
 * nn_conv2d_s8_coded, then the sum with a skip tensor. Bit-exact with TFLite's int8 CONV_2D followed by ADD.
 * skip       as y; may be y, or overlap it if y starts before it
 * scratch    as without the sum, then 8 * out_c bytes
 */
NN_KERNEL void nn_conv2d_s8_coded_add(const nn_conv2d_s8_coded_layer *layer, const int8_t *x, const int8_t *skip,
                                      int8_t *y, int8_t *scratch)
{
    nn_conv2d_s8_coded_images(layer, x, skip, y, scratch);
}

/* Output rows [y_row, y_row + rows) of nn_depthwise_conv2d_s8_coded, one image; as nn_conv2d_s8_coded_rows. */
NN_KERNEL void nn_depthwise_conv2d_s8_coded_rows(const nn_conv2d_s8_coded_layer *layer, const int8_t *x, int32_t x_row,
                                                 int8_t *y, int32_t y_row, int32_t rows, int8_t *scratch)
{
    nn_conv2d_s8_coded_range(layer, x, x_row, y, y, y_row, rows, scratch);
}

/*
 * Depthwise convolution with coded weights, as many outputs as inputs. Bit-exact with TFLite's int8 DEPTHWISE_CONV_2D.
 * Arguments as of nn_conv2d_s8_coded.
 * scratch    8 * kernel_h * kernel_w * (in_c, but at most 8) bytes
 */
NN_KERNEL void nn_depthwise_conv2d_s8_coded(const nn_conv2d_s8_coded_layer *layer, const int8_t *x, int8_t *y,
                                            int8_t *scratch)
{
    nn_conv2d_s8_coded_images(layer, x, y, y, scratch);
}

#endif
