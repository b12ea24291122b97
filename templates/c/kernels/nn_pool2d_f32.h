#ifndef NN_POOL2D_F32_H
#define NN_POOL2D_F32_H

#include "nn_common.h"
#include "nn_common_f32.h"

typedef struct nn_pool2d_f32_layer {
    int32_t batch;
    int32_t in_h, in_w, channels;
    int32_t out_h, out_w;
    int32_t filter_h, filter_w;
    int32_t stride_h, stride_w;
    int32_t pad_top, pad_left;
    float out_min, out_max;
} nn_pool2d_f32_layer;

/* All channels of one pixel: the average or the greatest over rows x columns taps from x on. */
NN_INLINE void nn_pool2d_f32_pixel(const nn_pool2d_f32_layer *layer, const float *x, int32_t rows, int32_t columns,
                                   float *y, int32_t average)
{
    int32_t c, i, j;
    for (c = 0; c < layer->channels; ++c) {
        const float *row = x + c;
        float sum = 0.0f;
        float greatest = *row;
        for (i = 0; i < rows; ++i) {
            const float *tap = row;
            for (j = 0; j < columns; ++j) {
                sum += *tap;
                greatest = *tap > greatest ? *tap : greatest;
                tap += layer->channels;
            }
            row += layer->in_w * layer->channels;
        }
        if (average) {
            greatest = sum / (float)(rows * columns);
        }
        y[c] = nn_clamp_f32(greatest, layer->out_min, layer->out_max);
    }
}

NN_INLINE void nn_pool2d_f32_range(const nn_pool2d_f32_layer *layer, const float *x, int32_t x_row, float *y,
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
            nn_pool2d_f32_pixel(layer, x + ((from_y - x_row) * layer->in_w + from_x) * layer->channels, to_y - from_y,
                                to_x - from_x, y, average);
            y += layer->channels;
        }
    }
}

NN_INLINE void nn_pool2d_f32_images(const nn_pool2d_f32_layer *layer, const float *x, float *y, int32_t average)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_pool2d_f32_range(layer, x, 0, y, 0, layer->out_h, average);
        x += layer->in_h * layer->in_w * layer->channels;
        y += layer->out_h * layer->out_w * layer->channels;
    }
}

/*
 * Average over the taps inside the image.
 * x          [batch][in_h][in_w][channels]
 * y          [batch][out_h][out_w][channels]; may overlap x from the distance on that the planner computes
 */
NN_KERNEL void nn_average_pool2d_f32(const nn_pool2d_f32_layer *layer, const float *x, float *y)
{
    nn_pool2d_f32_images(layer, x, y, 1);
}

/* Output rows [y_row, y_row + rows) of nn_average_pool2d_f32, one image; x = row x_row of the input, y = row y_row. */
NN_KERNEL void nn_average_pool2d_f32_rows(const nn_pool2d_f32_layer *layer, const float *x, int32_t x_row, float *y,
                                          int32_t y_row, int32_t rows)
{
    nn_pool2d_f32_range(layer, x, x_row, y, y_row, rows, 1);
}

/*
 * The greatest of the taps inside the image.
 * x          [batch][in_h][in_w][channels]
 * y          [batch][out_h][out_w][channels]; may overlap x from the distance on that the planner computes
 */
NN_KERNEL void nn_max_pool2d_f32(const nn_pool2d_f32_layer *layer, const float *x, float *y)
{
    nn_pool2d_f32_images(layer, x, y, 0);
}

/* Output rows [y_row, y_row + rows) of nn_max_pool2d_f32, one image; x = row x_row of the input, y = row y_row. */
NN_KERNEL void nn_max_pool2d_f32_rows(const nn_pool2d_f32_layer *layer, const float *x, int32_t x_row, float *y,
                                      int32_t y_row, int32_t rows)
{
    nn_pool2d_f32_range(layer, x, x_row, y, y_row, rows, 0);
}

#endif
