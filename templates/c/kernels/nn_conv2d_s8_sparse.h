#ifndef NN_CONV2D_S8_SPARSE_H
#define NN_CONV2D_S8_SPARSE_H

#include "nn_common.h"
#include "nn_sparse_s8.h"

typedef struct nn_conv2d_s8_sparse_layer {
    const uint8_t *weights; /* as in nn_sparse_s8.h */
    NN_INT kept, parts;
    const int32_t *bias;    /* [out_c], less in_zero * sum of weights; NULL where the numbers hold it */
    const int32_t *numbers; /* as nn_channel_bias takes them */
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
} nn_conv2d_s8_sparse_layer;

/* The window at (top, left) to one lane of a strip; outside the image is in_zero. */
NN_PART void nn_conv2d_s8_sparse_window(const nn_conv2d_s8_sparse_layer *layer, const int8_t *x, int32_t x_row,
                                        int32_t top, int32_t left, int8_t *lane)
{
    const int32_t channels = layer->in_c;
    int32_t i, j, c;
    for (i = 0; i < layer->kernel_h; ++i) {
        const int32_t y = top + i * layer->dilation_h;
        for (j = 0; j < layer->kernel_w; ++j) {
            const int32_t column = left + j * layer->dilation_w;
            if (y >= 0 && y < layer->in_h && column >= 0 && column < layer->in_w) {
                const int8_t *const values = x + ((y - x_row) * layer->in_w + column) * channels;
                for (c = 0; c < channels; ++c) {
                    *lane = values[c];
                    lane += NN_SPARSE_LANES;
                }
            } else {
                for (c = 0; c < channels; ++c) {
                    *lane = layer->in_zero;
                    lane += NN_SPARSE_LANES;
                }
            }
        }
    }
}

/*
 * A strip of pixels at a time, so that their outputs may be written over them; lanes beyond the last have any values.
 * kept       the layer's, 0 where it is a list
 */
NN_INLINE void nn_conv2d_s8_sparse_range(const nn_conv2d_s8_sparse_layer *layer, int32_t kept, const int8_t *x,
                                         int32_t x_row, const int8_t *skip, int8_t *y, int32_t y_row, int32_t rows,
                                         int8_t *scratch)
{
    const int32_t channels = layer->out_c;
    const int32_t taps =
        kept == 0 ? layer->kernel_h * layer->kernel_w * layer->in_c : layer->parts * (16 / kept);
    const nn_sparse_s8 s = {layer->weights, kept, layer->parts,
                            {NULL, {layer->bias, layer->bias}, layer->numbers, layer->plain, 0, channels,
                             layer->out_zero, layer->out_min, layer->out_max, layer->sum}};
    /* Skips of a strip, which outputs of other pixels may be written over. */
    int8_t *const skips = scratch + NN_SPARSE_LANES * taps;
    int32_t left = rows * layer->out_w;
    int32_t row = y_row;
    int32_t column = 0;
    while (left > 0) {
        const int32_t pixels = nn_min(left, NN_SPARSE_LANES);
        int32_t i;
        for (i = 0; i < pixels; ++i) {
            nn_conv2d_s8_sparse_window(layer, x, x_row, row * layer->stride_h - layer->pad_top,
                                       column * layer->stride_w - layer->pad_left, scratch + i);
            column += 1;
            if (column == layer->out_w) {
                column = 0;
                row += 1;
            }
        }
        if (NN_IS_SUM(layer->sum)) {
            nn_copy_bytes(skips, skip, (size_t)(pixels * channels));
        }
        nn_sparse_matmul(&s, scratch, NN_SPARSE_LANES, pixels, y, skips);
        skip += pixels * channels;
        y += pixels * channels;
        left -= pixels;
    }
}

/* All images of a batch. */
NN_INLINE void nn_conv2d_s8_sparse_images(const nn_conv2d_s8_sparse_layer *layer, int32_t kept, const int8_t *x,
                                          const int8_t *skip, int8_t *y, int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_conv2d_s8_sparse_range(layer, kept, x, 0, skip, y, 0, layer->out_h, scratch);
        x += layer->in_h * layer->in_w * layer->in_c;
        skip += layer->out_h * layer->out_w * layer->out_c;
        y += layer->out_h * layer->out_w * layer->out_c;
    }
}

/*
 * Output rows [y_row, y_row + rows) of nn_conv2d_s8_list, one image.
 * x          row x_row of the input; rows that the windows touch must be there
 * y          row y_row of the output
 */
NN_KERNEL void nn_conv2d_s8_list_rows(const nn_conv2d_s8_sparse_layer *layer, const int8_t *x, int32_t x_row, int8_t *y,
                                      int32_t y_row, int32_t rows, int8_t *scratch)
{
    nn_conv2d_s8_sparse_range(layer, 0, x, x_row, y, y, y_row, rows, scratch);
}

/*
 * Convolution with weights many of which are 0: any window, stride, dilation and padding; one group. Bit-exact with
 * TFLite's int8 CONV_2D.
 * x          [batch][in_h][in_w][in_c]
 * y          [batch][out_h][out_w][out_c]; may overlap x from the distance on that the planner computes
 * scratch    8 * kernel_h * kernel_w * in_c bytes
 */
NN_KERNEL void nn_conv2d_s8_list(const nn_conv2d_s8_sparse_layer *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    nn_conv2d_s8_sparse_images(layer, 0, x, y, y, scratch);
}

/*
 * nn_conv2d_s8_list, then the sum with a skip tensor. Bit-exact with TFLite's int8 CONV_2D followed by ADD.
 * skip       as y; may be y, or overlap it if y starts before it
 * scratch    as without the sum, then 8 * out_c bytes
 */
NN_KERNEL void nn_conv2d_s8_list_add(const nn_conv2d_s8_sparse_layer *layer, const int8_t *x, const int8_t *skip,
                                     int8_t *y, int8_t *scratch)
{
    nn_conv2d_s8_sparse_images(layer, 0, x, skip, y, scratch);
}

/* As nn_conv2d_s8_list_rows, with at most two weights of every four. */
NN_KERNEL void nn_conv2d_s8_fours_rows(const nn_conv2d_s8_sparse_layer *layer, const int8_t *x, int32_t x_row,
                                       int8_t *y, int32_t y_row, int32_t rows, int8_t *scratch)
{
    nn_conv2d_s8_sparse_range(layer, layer->kept, x, x_row, y, y, y_row, rows, scratch);
}

/*
 * As nn_conv2d_s8_list, with at most two weights of every four.
 * scratch    8 bytes per tap, rounded up to whole parts
 */
NN_KERNEL void nn_conv2d_s8_fours(const nn_conv2d_s8_sparse_layer *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    nn_conv2d_s8_sparse_images(layer, layer->kept, x, y, y, scratch);
}

/* As nn_conv2d_s8_list_add, with at most two weights of every four. */
NN_KERNEL void nn_conv2d_s8_fours_add(const nn_conv2d_s8_sparse_layer *layer, const int8_t *x, const int8_t *skip,
                                      int8_t *y, int8_t *scratch)
{
    nn_conv2d_s8_sparse_images(layer, layer->kept, x, skip, y, scratch);
}

#endif
