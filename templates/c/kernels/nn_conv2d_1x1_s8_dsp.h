#ifndef NN_CONV2D_1X1_S8_DSP_H
#define NN_CONV2D_1X1_S8_DSP_H

#include "nn_common.h"
#include "nn_dsp_matmul_s8.h"
#include "nn_dsp_strip_s8.h"

/* A window of one pixel, stride 1: the image is a matrix of pixels x channels. */
typedef struct nn_conv2d_1x1_s8_dsp_layer {
    const int32_t *weights; /* as in nn_dsp_matrix */
    int32_t whole, length;  /* as in nn_dsp_matrix */
    int32_t pixels;         /* of all images of the batch */
    int32_t width;          /* pixels of a row */
    int32_t in_c, out_c;    /* in_c >= 4 */
    int32_t form, away;     /* as in nn_dsp_matrix */
} nn_conv2d_1x1_s8_dsp_layer;

/* Three pixels at a time are copied aside, so that their outputs may be written over them; the last one fills up. */
NN_INLINE void nn_conv2d_1x1_s8_dsp_range(const nn_conv2d_1x1_s8_dsp_layer *layer, const int8_t *x, int8_t *y,
                                          int32_t pixels, int32_t *strip)
{
    const int32_t depth = layer->in_c;
    const int32_t channels = layer->out_c;
    const nn_dsp_matrix m = {layer->weights, layer->whole,  layer->length, (depth + 3) / 4,
                             channels,       layer->form, layer->away};
    for (; pixels > 0; pixels -= 3) {
        const int32_t second = nn_min(1, pixels - 1);
        const int32_t third = nn_min(2, pixels - 1);
        (void)nn_dsp_expand_run(strip, x, x + second * depth, x + third * depth, depth);
        nn_dsp_matmul_3(&m, strip, y, y + second * channels, y + third * channels);
        x += 3 * depth;
        y += 3 * channels;
    }
}

/* Output rows [y_row, y_row + rows), one image; x = row x_row of the input, y = row y_row of the output. */
NN_KERNEL void nn_conv2d_1x1_s8__dsp_rows(const nn_conv2d_1x1_s8_dsp_layer *layer, const int8_t *x, int32_t x_row,
                                          int8_t *y, int32_t y_row, int32_t rows, int8_t *scratch)
{
    nn_conv2d_1x1_s8_dsp_range(layer, x + (y_row - x_row) * layer->width * layer->in_c, y, rows * layer->width,
                               (int32_t *)(void *)scratch);
}

/*
 * Convolution with a 1x1 window and stride 1. Bit-exact with TFLite's int8 CONV_2D.
 * x          [pixels][in_c]
 * y          [pixels][out_c]; may overlap x from the distance on that the planner computes
 * scratch    6 bytes per input channel, rounded up to 4 channels
 */
NN_KERNEL void nn_conv2d_1x1_s8__dsp(const nn_conv2d_1x1_s8_dsp_layer *layer, const int8_t *x, int8_t *y,
                                     int8_t *scratch)
{
    nn_conv2d_1x1_s8_dsp_range(layer, x, y, layer->pixels, (int32_t *)(void *)scratch);
}

#endif
