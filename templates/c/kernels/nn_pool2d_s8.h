#ifndef NN_POOL2D_S8_H
#define NN_POOL2D_S8_H

#include "nn_common.h"

typedef struct nn_pool2d_s8_layer {
    NN_INT batch;
    NN_INT in_h, in_w, channels;
    NN_INT out_h, out_w;
    NN_INT filter_h, filter_w;
    NN_INT stride_h, stride_w;
    NN_INT pad_top, pad_left;
    int8_t out_min, out_max;
} nn_pool2d_s8_layer;

/* Rounded average, half away from zero. */
NN_INLINE int32_t nn_pool2d_s8_average(int32_t sum, int32_t count)
{
    return (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
}

/* Channels from c on of one pixel: the average or the greatest over rows x columns taps from x on. */
NN_INLINE void nn_pool2d_s8_pixel(const nn_pool2d_s8_layer *layer, const int8_t *x, int32_t c, int32_t rows,
                                  int32_t columns, int8_t *y, int32_t average)
{
    int32_t i, j;
    for (; c < layer->channels; ++c) {
        const int8_t *row = x + c;
        int32_t sum = 0;
        int32_t greatest = -128;
        for (i = 0; i < rows; ++i) {
            const int8_t *tap = row;
            for (j = 0; j < columns; ++j) {
                sum += *tap;
                greatest = nn_max(greatest, *tap);
                tap += layer->channels;
            }
            row += layer->in_w * layer->channels;
        }
        if (average) {
            greatest = nn_pool2d_s8_average(sum, rows * columns);
        }
        y[c] = (int8_t)nn_clamp(greatest, layer->out_min, layer->out_max);
    }
}

NN_INLINE void nn_pool2d_s8_range(const nn_pool2d_s8_layer *layer, const int8_t *x, int32_t x_row, int8_t *y,
                                  int32_t y_row, int32_t rows, int32_t average)
{
    int32_t out_y, out_x;
    for (out_y = y_row; out_y < y_row + rows; ++out_y) {
        const int32_t top = out_y * layer->stride_h - layer->pad_top;
        const int32_t from_y = nn_max(top, 0);
        const int32_t to_y = nn_min(top + layer->filter_h, layer->in_h);
        for (out_x = 0; out_x < layer->out_w; ++out_x) {
            const int32_t left = out_x * layer->stride_w - layer->pad_left;
            const int32_t from_x = nn_max(left, 0);
            const int32_t to_x = nn_min(left + layer->filter_w, layer->in_w);
            nn_pool2d_s8_pixel(layer, x + ((from_y - x_row) * layer->in_w + from_x) * layer->channels, 0,
                               to_y - from_y, to_x - from_x, y, average);
            y += layer->channels;
        }
    }
}

NN_INLINE void nn_pool2d_s8_images(const nn_pool2d_s8_layer *layer, const int8_t *x, int8_t *y, int32_t average)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_pool2d_s8_range(layer, x, 0, y, 0, layer->out_h, average);
        x += layer->in_h * layer->in_w * layer->channels;
        y += layer->out_h * layer->out_w * layer->channels;
    }
}

/*
 * Average over the taps inside the image. Bit-exact with TFLite's int8 AVERAGE_POOL_2D.
 * x          [batch][in_h][in_w][channels]
 * y          [batch][out_h][out_w][channels]; may overlap x from the distance on that the planner computes
 */
NN_KERNEL void nn_average_pool2d_s8(const nn_pool2d_s8_layer *layer, const int8_t *x, int8_t *y)
{
    nn_pool2d_s8_images(layer, x, y, 1);
}

/* Output rows [y_row, y_row + rows) of nn_average_pool2d_s8, one image; x = row x_row of the input, y = row y_row. */
NN_KERNEL void nn_average_pool2d_s8_rows(const nn_pool2d_s8_layer *layer, const int8_t *x, int32_t x_row, int8_t *y,
                                         int32_t y_row, int32_t rows)
{
    nn_pool2d_s8_range(layer, x, x_row, y, y_row, rows, 1);
}

/*
 * The greatest of the taps inside the image. Bit-exact with TFLite's int8 MAX_POOL_2D.
 * x          [batch][in_h][in_w][channels]
 * y          [batch][out_h][out_w][channels]; may overlap x from the distance on that the planner computes
 */
NN_KERNEL void nn_max_pool2d_s8(const nn_pool2d_s8_layer *layer, const int8_t *x, int8_t *y)
{
    nn_pool2d_s8_images(layer, x, y, 0);
}

/* Output rows [y_row, y_row + rows) of nn_max_pool2d_s8, one image; x = row x_row of the input, y = row y_row. */
NN_KERNEL void nn_max_pool2d_s8_rows(const nn_pool2d_s8_layer *layer, const int8_t *x, int32_t x_row, int8_t *y,
                                     int32_t y_row, int32_t rows)
{
    nn_pool2d_s8_range(layer, x, x_row, y, y_row, rows, 0);
}

#endif
