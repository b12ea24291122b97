#ifndef NN_CONV2D_1X1_S8_MVE_H
#define NN_CONV2D_1X1_S8_MVE_H

#include "nn_common.h"
#include "nn_mve_matmul_s8.h"
#include "nn_mve_strip_s8.h"

/* A window of one pixel, stride 1: the image is a matrix of pixels x channels. */
typedef struct nn_conv2d_1x1_s8_mve_layer {
    const int32_t *weights; /* as in nn_mve_matrix */
    int32_t pixels;         /* of all images of the batch */
    int32_t width;          /* pixels of a row */
    int32_t in_c, out_c;
    int32_t out_zero, out_min, out_max;
    int32_t chunk; /* pixels that are copied at once */
} nn_conv2d_1x1_s8_mve_layer;

/* Pixels are copied aside before results are written over them. */
NN_INLINE void nn_conv2d_1x1_s8_mve_range(const nn_conv2d_1x1_s8_mve_layer *layer, const int8_t *x, int8_t *y,
                                          int32_t pixels, int8_t *strip)
{
    const int32_t blocks = (layer->in_c + 15) / 16;
    const nn_mve_matrix m = {layer->weights,  blocks,         layer->out_c,
                             layer->out_zero, layer->out_min, layer->out_max};
    for (; pixels > 0; pixels -= layer->chunk) {
        const int32_t count = nn_min(layer->chunk, pixels);
        if (layer->in_c % 16 == 0) {
            nn_mve_copy(strip, x, count * layer->in_c);
        } else {
            const nn_mve_windows copy = {count, layer->in_c, 16 * blocks, layer->in_c, 0, 0};
            nn_mve_copy_windows(&copy, strip, x, 1);
        }
        nn_mve_matmul(&m, strip, y, count);
        x += count * layer->in_c;
        y += count * layer->out_c;
    }
}

/* Output rows [y_row, y_row + rows), one image; x = row x_row of the input, y = row y_row of the output. */
NN_KERNEL void nn_conv2d_1x1_s8__mve_rows(const nn_conv2d_1x1_s8_mve_layer *layer, const int8_t *x, int32_t x_row,
                                          int8_t *y, int32_t y_row, int32_t rows, int8_t *scratch)
{
    nn_conv2d_1x1_s8_mve_range(layer, x + (y_row - x_row) * layer->width * layer->in_c, y, rows * layer->width,
                               scratch);
}

/*
 * Convolution with a 1x1 window and stride 1. Bit-exact with TFLite's int8 CONV_2D.
 * x          [pixels][in_c]
 * y          [pixels][out_c]; may overlap x from the distance on that the planner computes
 * scratch    chunk * in_c bytes, in_c rounded up to 16
 */
NN_KERNEL void nn_conv2d_1x1_s8__mve(const nn_conv2d_1x1_s8_mve_layer *layer, const int8_t *x, int8_t *y,
                                     int8_t *scratch)
{
    nn_conv2d_1x1_s8_mve_range(layer, x, y, layer->pixels, scratch);
}

#endif
