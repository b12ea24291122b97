#ifndef NN_POOL2D_S8_MVE_H
#define NN_POOL2D_S8_MVE_H

#include "nn_common.h"
#include "nn_mve_pool_s8.h"
#include "nn_pool2d_s8.h"

/* Pixel by pixel; the average of one pixel is its maximum. */
NN_INLINE void nn_pool2d_s8_mve_range(const nn_pool2d_s8_layer *layer, const int8_t *x, int32_t x_row, int8_t *y,
                                      int32_t y_row, int32_t rows, int32_t average)
{
    const int32_t channels = layer->channels;
    int32_t out_y, out_x;
    for (out_y = y_row; out_y < y_row + rows; ++out_y) {
        const int32_t top = out_y * layer->stride_h - layer->pad_top;
        const int32_t from_y = nn_max(top, 0);
        const int32_t high = nn_min(top + layer->filter_h, layer->in_h) - from_y;
        for (out_x = 0; out_x < layer->out_w; ++out_x) {
            const int32_t left = out_x * layer->stride_w - layer->pad_left;
            const int32_t from_x = nn_max(left, 0);
            const int32_t wide = nn_min(left + layer->filter_w, layer->in_w) - from_x;
            const int32_t count = high * wide;
            const nn_mve_pool pool = {high,
                                      wide,
                                      channels,
                                      layer->in_w * channels,
                                      channels,
                                      {count / 2, (int32_t)(0xffffffffu / (uint32_t)count + 1u), layer->out_min,
                                       layer->out_max}};
            const int8_t *const first = x + ((from_y - x_row) * layer->in_w + from_x) * channels;
            if (average && count > 1) {
                nn_mve_pool_average(&pool, first, y);
            } else {
                nn_mve_pool_max(&pool, first, y);
            }
            y += channels;
        }
    }
}

NN_INLINE void nn_pool2d_s8_mve_images(const nn_pool2d_s8_layer *layer, const int8_t *x, int8_t *y, int32_t average)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_pool2d_s8_mve_range(layer, x, 0, y, 0, layer->out_h, average);
        x += layer->in_h * layer->in_w * layer->channels;
        y += layer->out_h * layer->out_w * layer->channels;
    }
}

/* As nn_average_pool2d_s8, of at most 255 taps. */
NN_KERNEL void nn_average_pool2d_s8__mve(const nn_pool2d_s8_layer *layer, const int8_t *x, int8_t *y)
{
    nn_pool2d_s8_mve_images(layer, x, y, 1);
}

/* Output rows [y_row, y_row + rows) of it, one image; x = row x_row of the input, y = row y_row. */
NN_KERNEL void nn_average_pool2d_s8__mve_rows(const nn_pool2d_s8_layer *layer, const int8_t *x, int32_t x_row,
                                              int8_t *y, int32_t y_row, int32_t rows)
{
    nn_pool2d_s8_mve_range(layer, x, x_row, y, y_row, rows, 1);
}

/* As nn_max_pool2d_s8. */
NN_KERNEL void nn_max_pool2d_s8__mve(const nn_pool2d_s8_layer *layer, const int8_t *x, int8_t *y)
{
    nn_pool2d_s8_mve_images(layer, x, y, 0);
}

/* Output rows [y_row, y_row + rows) of it, one image; x = row x_row of the input, y = row y_row. */
NN_KERNEL void nn_max_pool2d_s8__mve_rows(const nn_pool2d_s8_layer *layer, const int8_t *x, int32_t x_row, int8_t *y,
                                          int32_t y_row, int32_t rows)
{
    nn_pool2d_s8_mve_range(layer, x, x_row, y, y_row, rows, 0);
}

#endif
