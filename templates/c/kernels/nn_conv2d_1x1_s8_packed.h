#ifndef NN_CONV2D_1X1_S8_PACKED_H
#define NN_CONV2D_1X1_S8_PACKED_H

#include "nn_common.h"
#include "nn_packed_matmul_s8.h"
#include "nn_packed_strip_s8.h"

/* A window of one pixel, stride 1: the image is a matrix of pixels x channels. */
typedef struct nn_conv2d_1x1_s8_packed_layer {
    const uint8_t *weights; /* as in nn_packed_matrix */
    const int32_t *numbers;
    NN_INT pixels; /* of all images of the batch */
    NN_INT width;  /* pixels of a row */
    NN_INT in_c, out_c;
    NN_INT away; /* as in nn_packed_matrix */
} nn_conv2d_1x1_s8_packed_layer;

/* Six pixels at a time become a strip, so that their outputs may be written over them; the last one fills up. */
NN_INLINE void nn_conv2d_1x1_s8_packed_range(const nn_conv2d_1x1_s8_packed_layer *layer, const int8_t *x, int8_t *y,
                                             int32_t pixels, uint32_t *strip)
{
    const int32_t depth = layer->in_c;
    const int32_t channels = layer->out_c;
    const nn_packed_matrix m = nn_packed_matrix_of(layer->weights, layer->numbers, channels, depth, 1,
                                                   layer->away);
    int32_t offsets[6];
    nn_packed_offsets(offsets, 6, channels);
    for (; pixels > 0; pixels -= 6) {
        if (pixels < 6) {
            nn_packed_offsets(offsets, pixels, channels);
        }
        (void)nn_packed_strip_6(nn_packed_strip_begin(strip), x, depth, nn_min(pixels, 6), depth, strip);
        nn_packed_matmul_6(&m, strip, y, offsets);
        x += 6 * depth;
        y += 6 * channels;
    }
}

/* Output rows [y_row, y_row + rows), one image; x = row x_row of the input, y = row y_row of the output. */
NN_KERNEL void nn_conv2d_1x1_s8__packed_rows(const nn_conv2d_1x1_s8_packed_layer *layer, const int8_t *x, int32_t x_row,
                                             int8_t *y, int32_t y_row, int32_t rows, int8_t *scratch)
{
    nn_conv2d_1x1_s8_packed_range(layer, x + (y_row - x_row) * layer->width * layer->in_c, y, rows * layer->width,
                                  (uint32_t *)(void *)scratch);
}

/*
 * Convolution with a 1x1 window and stride 1. Bit-exact with TFLite's int8 CONV_2D.
 * x          [pixels][in_c]
 * y          [pixels][out_c]; may overlap x from the distance on that the planner computes
 * scratch    16 * (in_c + 1) bytes
 */
NN_KERNEL void nn_conv2d_1x1_s8__packed(const nn_conv2d_1x1_s8_packed_layer *layer, const int8_t *x, int8_t *y,
                                        int8_t *scratch)
{
    nn_conv2d_1x1_s8_packed_range(layer, x, y, layer->pixels, (uint32_t *)(void *)scratch);
}

#endif
