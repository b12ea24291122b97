#ifndef NN_CONV2D_F32_H
#define NN_CONV2D_F32_H

#include "nn_common.h"
#include "nn_common_f32.h"

/* depth = kernel_h * kernel_w * in_c / groups */
typedef struct nn_conv2d_f32_layer {
    const float *weights;     /* per group: blocks of 4 output channels [depth][4], then those left over [depth] */
    const float *bias;        /* [classes][out_c] */
    const uint8_t *row_class; /* [out_h]: bias row = row_class[y] * col_classes + col_class[x]; NULL = row 0 */
    const uint8_t *col_class; /* [out_w] */
    int32_t col_classes;
    int32_t batch;
    int32_t in_h, in_w, in_c;
    int32_t out_h, out_w, out_c;
    int32_t groups;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    float out_min, out_max;
} nn_conv2d_f32_layer;

/*
 * acc[0 .. count) += the window at (top, left), for `count` output channels (4 or 1).
 * x          row x_row of the input, first channel of the group
 * w          [kernel_h][kernel_w][channels][count]
 */
NN_INLINE void nn_conv2d_f32_window(const nn_conv2d_f32_layer *layer, const float *x, int32_t x_row, int32_t top,
                                    int32_t left, const float *w, float *acc, int32_t count)
{
    const int32_t channels = layer->in_c / layer->groups;
    int32_t i, j, c, o;
    for (i = 0; i < layer->kernel_h; ++i) {
        const int32_t y = top + i * layer->dilation_h;
        for (j = 0; j < layer->kernel_w; ++j) {
            const int32_t column = left + j * layer->dilation_w;
            if (y >= 0 && y < layer->in_h && column >= 0 && column < layer->in_w) {
                const float *const pixel = x + ((y - x_row) * layer->in_w + column) * layer->in_c;
                for (c = 0; c < channels; ++c) {
                    for (o = 0; o < count; ++o) {
                        acc[o] += pixel[c] * w[c * count + o];
                    }
                }
            }
            w += channels * count;
        }
    }
}

/* All channels of one output pixel. */
NN_INLINE void nn_conv2d_f32_pixel(const nn_conv2d_f32_layer *layer, const float *x, int32_t x_row, int32_t top,
                                   int32_t left, const float *bias, float *y)
{
    const int32_t channels = layer->in_c / layer->groups;
    const int32_t depth = layer->kernel_h * layer->kernel_w * channels;
    const int32_t out_channels = layer->out_c / layer->groups;
    const int32_t blocks = out_channels / 4 * 4;
    const float *w = layer->weights;
    int32_t group, o, i;
    for (group = 0; group < layer->groups; ++group) {
        for (o = 0; o < blocks; o += 4) {
            float acc[4];
            for (i = 0; i < 4; ++i) {
                acc[i] = bias[o + i];
            }
            nn_conv2d_f32_window(layer, x, x_row, top, left, w, acc, 4);
            for (i = 0; i < 4; ++i) {
                y[o + i] = nn_clamp_f32(acc[i], layer->out_min, layer->out_max);
            }
            w += 4 * depth;
        }
        for (o = blocks; o < out_channels; ++o) {
            float acc = bias[o];
            nn_conv2d_f32_window(layer, x, x_row, top, left, w, &acc, 1);
            y[o] = nn_clamp_f32(acc, layer->out_min, layer->out_max);
            w += depth;
        }
        x += channels;
        bias += out_channels;
        y += out_channels;
    }
}

/*
 * Output rows [y_row, y_row + rows) of nn_conv2d_f32, one image.
 * x          row x_row of the input; rows that the windows touch must be there
 * y          row y_row of the output
 */
NN_KERNEL void nn_conv2d_f32_rows(const nn_conv2d_f32_layer *layer, const float *x, int32_t x_row, float *y,
                                  int32_t y_row, int32_t rows)
{
    int32_t out_y, out_x;
    for (out_y = y_row; out_y < y_row + rows; ++out_y) {
        for (out_x = 0; out_x < layer->out_w; ++out_x) {
            const float *bias = layer->bias;
            if (layer->row_class != NULL) {
                bias += (layer->row_class[out_y] * layer->col_classes + layer->col_class[out_x]) * layer->out_c;
            }
            nn_conv2d_f32_pixel(layer, x, x_row, out_y * layer->stride_h - layer->pad_top,
                                out_x * layer->stride_w - layer->pad_left, bias, y);
            y += layer->out_c;
        }
    }
}

/*
 * Convolution: any window, stride, dilation, padding, groups.
 * x          [batch][in_h][in_w][in_c]
 * y          [batch][out_h][out_w][out_c]; may overlap x from the distance on that the planner computes
 */
NN_KERNEL void nn_conv2d_f32(const nn_conv2d_f32_layer *layer, const float *x, float *y)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_conv2d_f32_rows(layer, x, 0, y, 0, layer->out_h);
        x += layer->in_h * layer->in_w * layer->in_c;
        y += layer->out_h * layer->out_w * layer->out_c;
    }
}

#endif
