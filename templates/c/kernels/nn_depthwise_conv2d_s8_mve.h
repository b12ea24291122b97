#ifndef NN_DEPTHWISE_CONV2D_S8_MVE_H
#define NN_DEPTHWISE_CONV2D_S8_MVE_H

#include "nn_common.h"
#include "nn_mve_depthwise_s8.h"
#include "nn_mve_interleave_s8.h"
#include "nn_mve_strip_s8.h"

/* One output channel per input channel. */
typedef struct nn_depthwise_conv2d_s8_mve_layer {
    const int32_t *weights; /* as in nn_mve_matrix, a row of kernel_h * kernel_w taps per channel */
    int32_t batch;
    int32_t in_h, in_w, in_c;
    int32_t out_h, out_w;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t in_zero, out_zero, out_min, out_max;
} nn_depthwise_conv2d_s8_mve_layer;

/* Channels whose taps become a strip at once; a multiple of 4. */
enum { NN_DEPTHWISE_CONV2D_S8_MVE_CHUNK = 64 };

/* `count` channels of the window from (top, left) on as a strip; outside = as many zeros; x = row x_row. */
NN_INLINE void nn_depthwise_conv2d_s8_mve_load(const nn_depthwise_conv2d_s8_mve_layer *layer, const int8_t *x,
                                               int32_t x_row, int32_t top, int32_t left, int32_t count,
                                               int8_t *strip, const int8_t *outside)
{
    const int32_t taps = layer->kernel_h * layer->kernel_w;
    int32_t row = top;
    int32_t column = 0;
    int32_t tap;
    for (tap = 0; tap < taps; tap += 4) {
        const int8_t *rows[4] = {outside, outside, outside, outside};
        int32_t i;
        for (i = 0; i < nn_min(4, taps - tap); ++i) {
            const int32_t at = left + column * layer->dilation_w;
            if (row >= 0 && row < layer->in_h && at >= 0 && at < layer->in_w) {
                rows[i] = x + ((row - x_row) * layer->in_w + at) * layer->in_c;
            }
            ++column;
            if (column == layer->kernel_w) {
                column = 0;
                row += layer->dilation_h;
            }
        }
        nn_mve_interleave(strip + tap * count, rows, count);
    }
}

/* Chunks of channels of one pixel: their window becomes a strip, then they are written. */
NN_INLINE void nn_depthwise_conv2d_s8_mve_range(const nn_depthwise_conv2d_s8_mve_layer *layer, const int8_t *x,
                                                int32_t x_row, int8_t *y, int32_t y_row, int32_t rows,
                                                int8_t *scratch)
{
    const int32_t blocks = (layer->kernel_h * layer->kernel_w + 15) / 16;
    const int32_t chunk = nn_min(layer->in_c, NN_DEPTHWISE_CONV2D_S8_MVE_CHUNK);
    int8_t *const outside = scratch + 16 * blocks * chunk + 60;
    int32_t out_y, out_x, c;
    nn_mve_fill(outside, layer->in_zero, chunk);
    for (out_y = y_row; out_y < y_row + rows; ++out_y) {
        for (out_x = 0; out_x < layer->out_w; ++out_x) {
            for (c = 0; c < layer->in_c; c += chunk) {
                /* Four channels: 9 words, and 16 per block. */
                const nn_mve_matrix m = {layer->weights + c / 4 * (9 + 16 * blocks),
                                         blocks,
                                         nn_min(chunk, layer->in_c - c),
                                         layer->out_zero,
                                         layer->out_min,
                                         layer->out_max};
                nn_depthwise_conv2d_s8_mve_load(layer, x + c, x_row, out_y * layer->stride_h - layer->pad_top,
                                                out_x * layer->stride_w - layer->pad_left, m.channels, scratch,
                                                outside);
                nn_mve_depthwise_pixel(&m, scratch, y + c);
            }
            y += layer->in_c;
        }
    }
}

/* Output rows [y_row, y_row + rows), one image; x = row x_row of the input, y = row y_row of the output. */
NN_KERNEL void nn_depthwise_conv2d_s8__mve_rows(const nn_depthwise_conv2d_s8_mve_layer *layer, const int8_t *x,
                                                int32_t x_row, int8_t *y, int32_t y_row, int32_t rows,
                                                int8_t *scratch)
{
    nn_depthwise_conv2d_s8_mve_range(layer, x, x_row, y, y_row, rows, scratch);
}

/*
 * Depthwise convolution, any window. Bit-exact with TFLite's int8 DEPTHWISE_CONV_2D.
 * x          [batch][in_h][in_w][in_c]
 * y          [batch][out_h][out_w][in_c]; may overlap x from the distance on that the planner computes
 * scratch    taps, rounded up to 16, and one more times in_c (64 at most) bytes, then 60
 */
NN_KERNEL void nn_depthwise_conv2d_s8__mve(const nn_depthwise_conv2d_s8_mve_layer *layer, const int8_t *x, int8_t *y,
                                           int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_depthwise_conv2d_s8_mve_range(layer, x, 0, y, 0, layer->out_h, scratch);
        x += layer->in_h * layer->in_w * layer->in_c;
        y += layer->out_h * layer->out_w * layer->in_c;
    }
}

#endif
