#ifndef NN_CONV2D_1X1_S8_H
#define NN_CONV2D_1X1_S8_H

#include "nn_common.h"
#include "nn_matmul_s8.h"

/* A window of one pixel, stride 1: the image is a matrix of pixels x channels. */
typedef struct nn_conv2d_1x1_s8_layer {
    const int8_t *weights;     /* blocks of 4 output channels [in_c][4], then those left over [in_c] */
    const int32_t *bias;       /* [out_c], less in_zero * sum of weights; NULL where the numbers hold it */
    const int32_t *numbers;    /* as nn_channel_bias takes them */
    NN_INT pixels;            /* of all images of the batch */
    NN_INT width;             /* pixels of a row */
    NN_INT in_c, out_c;
    int8_t plain; /* as nn_output takes it */
    int8_t out_zero, out_min, out_max;
    const int32_t *sum; /* NN_SUM_COUNT numbers of the add that follows, or NULL */
} nn_conv2d_1x1_s8_layer;

/* Two pixels at a time (one at the end) are copied aside, so that their outputs may be written over them. */
NN_INLINE void nn_conv2d_1x1_s8_range(const nn_conv2d_1x1_s8_layer *layer, const int8_t *x, const int8_t *skip,
                                      int8_t *y, int32_t pixels, int8_t *scratch)
{
    const int32_t depth = layer->in_c;
    const int32_t channels = layer->out_c;
    int8_t *const skips = scratch + 2 * depth;
    const nn_matmul_s8 m = {layer->weights, {layer->bias, layer->bias}, layer->numbers, layer->plain, depth,
                            channels, layer->out_zero, layer->out_min, layer->out_max, layer->sum};
    int32_t pair;
    for (pair = 0; pair < pixels / 2; ++pair) {
        nn_copy_bytes(scratch, x, (size_t)(2 * depth));
        if (NN_IS_SUM(layer->sum)) {
            nn_copy_bytes(skips, skip, (size_t)(2 * channels));
            skip += 2 * channels;
        }
        nn_matmul_s8_run(&m, scratch, 2, y, skips, channels);
        x += 2 * depth;
        y += 2 * channels;
    }
    if (pixels % 2 != 0) {
        nn_copy_bytes(scratch, x, (size_t)depth);
        if (NN_IS_SUM(layer->sum)) {
            nn_copy_bytes(skips, skip, (size_t)channels);
        }
        nn_matmul_s8_run(&m, scratch, 1, y, skips, channels);
    }
}

/* Output rows [y_row, y_row + rows) of nn_conv2d_1x1_s8, one image; x = row x_row of the input, y = row y_row. */
NN_KERNEL void nn_conv2d_1x1_s8_rows(const nn_conv2d_1x1_s8_layer *layer, const int8_t *x, int32_t x_row, int8_t *y,
                                     int32_t y_row, int32_t rows, int8_t *scratch)
{
    nn_conv2d_1x1_s8_range(layer, x + (y_row - x_row) * layer->width * layer->in_c, y, y, rows * layer->width,
                           scratch);
}

/*
 * Convolution with a 1x1 window and stride 1. Bit-exact with TFLite's int8 CONV_2D.
 * x          [pixels][in_c]
 * y          [pixels][out_c]; may be x if out_c <= in_c, else overlap it from the distance on that the planner computes
 * scratch    2 * in_c bytes
 */
NN_KERNEL void nn_conv2d_1x1_s8(const nn_conv2d_1x1_s8_layer *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    nn_conv2d_1x1_s8_range(layer, x, y, y, layer->pixels, scratch);
}

/*
 * nn_conv2d_1x1_s8, then the sum with a skip tensor. Bit-exact with TFLite's int8 CONV_2D followed by ADD.
 * skip       as y; may be y, or overlap it if y starts before it
 * scratch    2 * (in_c + out_c) bytes
 */
NN_KERNEL void nn_conv2d_1x1_s8_add(const nn_conv2d_1x1_s8_layer *layer, const int8_t *x, const int8_t *skip,
                                    int8_t *y, int8_t *scratch)
{
    nn_conv2d_1x1_s8_range(layer, x, skip, y, layer->pixels, scratch);
}

#endif
