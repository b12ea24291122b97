#ifndef NN_DEPTHWISE_CONV2D_3X3_S8_MVE_H
#define NN_DEPTHWISE_CONV2D_3X3_S8_MVE_H

#include "nn_common.h"
#include "nn_mve_depthwise_3x3_s8.h"
#include "nn_mve_depthwise_pairs_s8.h"
#include "nn_mve_interleave_s8.h"
#include "nn_mve_strip_s8.h"

/* One output channel per input channel; a window of 3x3 without gaps. */
typedef struct nn_depthwise_conv2d_3x3_s8_mve_layer {
    const int32_t *weights; /* as in nn_mve_depthwise */
    int32_t batch;
    int32_t in_h, in_w, in_c;
    int32_t out_h, out_w;
    int32_t stride_h, stride_w;
    int32_t pad_top, pad_left; /* at most 2 rows */
    int32_t in_zero, out_zero;
    int32_t pairs;   /* are two rows computed at once? strides 1, out_w 2 or at least 4 */
    int32_t columns; /* of a strip, without those behind it that are written or read and not used */
} nn_depthwise_conv2d_3x3_s8_mve_layer;

/* Strip of the rows from `top` on, `count` of which are used. x = row x_row. */
NN_PART void nn_depthwise_conv2d_3x3_s8_mve_load(const nn_depthwise_conv2d_3x3_s8_mve_layer *layer, const int8_t *x,
                                                 int32_t x_row, int32_t top, int32_t count, int8_t *strip)
{
    const int32_t channels = layer->in_c;
    const int32_t row_bytes = layer->in_w * channels;
    const int32_t used = nn_min(layer->in_w, layer->columns - layer->pad_left);
    int8_t *const inside = strip + 4 * layer->pad_left * channels;
    const int8_t *rows[4];
    int32_t i;
    for (i = 0; i < 4; ++i) {
        /* Rows outside the image or not used stand for any that are there. */
        const int32_t row = top + nn_min(i, count - 1);
        rows[i] = x + (nn_clamp(row, nn_max(top, 0), layer->in_h - 1) - x_row) * row_bytes;
    }
    nn_mve_interleave(inside, rows, used * channels);
    nn_mve_fill(inside + 4 * used * channels, layer->in_zero, 4 * channels * (layer->columns - layer->pad_left - used));
    if (top < 0 || top + count > layer->in_h) {
        for (i = 0; i < count; ++i) {
            if (top + i < 0 || top + i >= layer->in_h) {
                nn_mve_fill_row(inside + i, layer->in_zero, used * channels);
            }
        }
    }
}

/* Two rows at a time where that is possible, else one. */
NN_INLINE void nn_depthwise_conv2d_3x3_s8_mve_range(const nn_depthwise_conv2d_3x3_s8_mve_layer *layer, const int8_t *x,
                                                    int32_t x_row, int8_t *y, int32_t y_row, int32_t rows,
                                                    int8_t *strip)
{
    const nn_mve_depthwise d = {layer->weights, layer->in_c, layer->out_w, layer->out_zero, layer->stride_w};
    const int32_t row_bytes = layer->out_w * layer->in_c;
    int32_t top = y_row * layer->stride_h - layer->pad_top;
    nn_mve_fill(strip, layer->in_zero, 4 * layer->pad_left * layer->in_c);
    while (rows > 0) {
        if (layer->pairs && rows > 1) {
            nn_depthwise_conv2d_3x3_s8_mve_load(layer, x, x_row, top, 4, strip);
            if (layer->out_zero == -128) {
                nn_mve_depthwise_pairs_up(&d, strip, y);
            } else {
                nn_mve_depthwise_pairs_away(&d, strip, y);
            }
            rows -= 2;
            top += 2;
            y += 2 * row_bytes;
        } else {
            nn_depthwise_conv2d_3x3_s8_mve_load(layer, x, x_row, top, 3, strip);
            if (layer->out_zero == -128) {
                nn_mve_depthwise_row_up(&d, strip, y);
            } else {
                nn_mve_depthwise_row_away(&d, strip, y);
            }
            rows -= 1;
            top += layer->stride_h;
            y += row_bytes;
        }
    }
}

/* Output rows [y_row, y_row + rows), one image; x = row x_row of the input, y = row y_row of the output. */
NN_KERNEL void nn_depthwise_conv2d_3x3_s8__mve_rows(const nn_depthwise_conv2d_3x3_s8_mve_layer *layer,
                                                    const int8_t *x, int32_t x_row, int8_t *y, int32_t y_row,
                                                    int32_t rows, int8_t *scratch)
{
    nn_depthwise_conv2d_3x3_s8_mve_range(layer, x, x_row, y, y_row, rows, scratch);
}

/*
 * Depthwise convolution, 3x3. Bit-exact with TFLite's int8 DEPTHWISE_CONV_2D.
 * x          [batch][in_h][in_w][in_c]
 * y          [batch][out_h][out_w][in_c]; may overlap x from the distance on that the planner computes
 * scratch    4 bytes per column and channel, and what follows them
 */
NN_KERNEL void nn_depthwise_conv2d_3x3_s8__mve(const nn_depthwise_conv2d_3x3_s8_mve_layer *layer, const int8_t *x,
                                               int8_t *y, int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_depthwise_conv2d_3x3_s8_mve_range(layer, x, 0, y, 0, layer->out_h, scratch);
        x += layer->in_h * layer->in_w * layer->in_c;
        y += layer->out_h * layer->out_w * layer->in_c;
    }
}

#endif
