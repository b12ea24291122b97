#ifndef NN_CONV2D_S8_MVE_H
#define NN_CONV2D_S8_MVE_H

#include "nn_common.h"
#include "nn_mve_matmul_s8.h"
#include "nn_mve_strip_s8.h"
#include "nn_mve_sum_s8.h"
#include "nn_mve_window_s8.h"

typedef struct nn_conv2d_s8_mve_layer {
    const int32_t *weights; /* as in nn_mve_matrix; depth = kernel_h * kernel_w * in_c */
    int32_t batch;
    int32_t in_h, in_w, in_c;
    int32_t out_h, out_w, out_c;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t in_zero, out_zero, out_min, out_max;
    int32_t chunk;      /* pixels whose windows are copied at once */
    const int32_t *sum; /* of the add that follows, as nn_mve_sum_s8 takes it; NULL = none */
    int32_t linear;
} nn_conv2d_s8_mve_layer;

/* Bytes of a window, filled up to whole blocks. */
NN_INLINE int32_t nn_conv2d_s8_mve_bytes(const nn_conv2d_s8_mve_layer *layer)
{
    return (layer->kernel_h * layer->kernel_w * layer->in_c + 15) / 16 * 16;
}

/* A window that the border cuts: [kernel_h][kernel_w][in_c], taps outside the image read as in_zero. x = row x_row. */
NN_PART void nn_conv2d_s8_mve_border(const nn_conv2d_s8_mve_layer *layer, const int8_t *x, int32_t x_row, int32_t top,
                                     int32_t left, int8_t *window)
{
    const int32_t channels = layer->in_c;
    const int32_t row_bytes = layer->kernel_w * channels;
    const int32_t from_y = nn_mve_first_tap(top, layer->dilation_h);
    const int32_t end_y = nn_mve_end_tap(top, layer->dilation_h, layer->kernel_h, layer->in_h);
    const int32_t from_x = nn_mve_first_tap(left, layer->dilation_w);
    const int32_t end_x = nn_mve_end_tap(left, layer->dilation_w, layer->kernel_w, layer->in_w);
    const int8_t *const first = x + ((top + from_y * layer->dilation_h - x_row) * layer->in_w + left +
                                     from_x * layer->dilation_w) * channels;
    nn_mve_fill(window, layer->in_zero, layer->kernel_h * row_bytes);
    if (from_y < end_y && from_x < end_x) {
        /* A row of taps in one piece, or tap by tap. */
        const int32_t taps = layer->dilation_w == 1 ? end_x - from_x : 1;
        const nn_mve_windows inside = {end_y - from_y,
                                       taps * channels,
                                       row_bytes,
                                       layer->dilation_h * layer->in_w * channels,
                                       taps * channels,
                                       layer->dilation_w * channels};
        nn_mve_copy_windows(&inside, window + from_y * row_bytes + from_x * channels, first,
                            layer->dilation_w == 1 ? 1 : end_x - from_x);
    }
}

/* The windows of `count` pixels of an output row, all of them inside the image; x = first tap of the first. */
NN_INLINE void nn_conv2d_s8_mve_inside(const nn_conv2d_s8_mve_layer *layer, const int8_t *x, int32_t count,
                                       int8_t *strip)
{
    const int32_t channels = layer->in_c;
    const nn_mve_windows windows = {layer->kernel_h,
                                    (layer->dilation_w == 1 ? layer->kernel_w : 1) * channels,
                                    layer->kernel_w * channels,
                                    layer->dilation_h * layer->in_w * channels,
                                    nn_conv2d_s8_mve_bytes(layer),
                                    layer->stride_w * channels};
    int32_t tap;
    for (tap = 0; tap < (layer->dilation_w == 1 ? 1 : layer->kernel_w); ++tap) {
        nn_mve_copy_windows(&windows, strip + tap * channels, x + tap * layer->dilation_w * channels, count);
    }
}

/* Pixels are computed in chunks: windows are copied side by side, then all channels are written. */
NN_INLINE void nn_conv2d_s8_mve_range(const nn_conv2d_s8_mve_layer *layer, const int8_t *x, int32_t x_row,
                                      const int8_t *skip, int8_t *y, int32_t y_row, int32_t rows, int8_t *scratch)
{
    const int32_t channels = layer->out_c;
    const int32_t bytes = nn_conv2d_s8_mve_bytes(layer);
    const nn_mve_matrix m = {layer->weights,  bytes / 16,     channels,
                             layer->out_zero, layer->out_min, layer->out_max};
    const int32_t last_top = layer->in_h - (layer->kernel_h - 1) * layer->dilation_h - 1;
    /* One past the last pixel of a row whose window ends inside the image. */
    const int32_t room = layer->in_w - (layer->kernel_w - 1) * layer->dilation_w - 1 + layer->pad_left;
    const int32_t end_inside = room < 0 ? 0 : room / layer->stride_w + 1;
    int8_t *const results = scratch + layer->chunk * bytes;
    int32_t top = y_row * layer->stride_h - layer->pad_top;
    int32_t column = 0;
    int32_t pixels = rows * layer->out_w;
    for (; pixels > 0; pixels -= layer->chunk) {
        const int32_t count = nn_min(layer->chunk, pixels);
        int32_t done = 0;
        while (done < count) {
            const int32_t left = column * layer->stride_w - layer->pad_left;
            int32_t run = 1;
            if (left >= 0 && column < end_inside && top >= 0 && top <= last_top) {
                run = nn_min(count - done, nn_min(end_inside, layer->out_w) - column);
                nn_conv2d_s8_mve_inside(layer, x + ((top - x_row) * layer->in_w + left) * layer->in_c, run,
                                        scratch + done * bytes);
            } else {
                nn_conv2d_s8_mve_border(layer, x, x_row, top, left, scratch + done * bytes);
            }
            done += run;
            column += run;
            if (column == layer->out_w) {
                column = 0;
                top += layer->stride_h;
            }
        }
        if (layer->sum == NULL) {
            nn_mve_matmul(&m, scratch, y, count);
        } else {
            nn_mve_matmul(&m, scratch, results, count);
            nn_mve_sum_s8(layer->sum, layer->linear, results, skip, y, count * channels);
            skip += layer->chunk * channels;
        }
        y += layer->chunk * channels;
    }
}

/*
 * Output rows [y_row, y_row + rows) of nn_conv2d_s8__mve, one image.
 * x          row x_row of the input; rows that the windows touch must be there
 * y          row y_row of the output
 */
NN_KERNEL void nn_conv2d_s8__mve_rows(const nn_conv2d_s8_mve_layer *layer, const int8_t *x, int32_t x_row, int8_t *y,
                                      int32_t y_row, int32_t rows, int8_t *scratch)
{
    nn_conv2d_s8_mve_range(layer, x, x_row, y, y, y_row, rows, scratch);
}

/*
 * Convolution: any window, stride, dilation and padding; one group. Bit-exact with TFLite's int8 CONV_2D.
 * x          [batch][in_h][in_w][in_c]
 * y          [batch][out_h][out_w][out_c]; may overlap x from the distance on that the planner computes
 * scratch    chunk windows, each rounded up to 16 bytes
 */
NN_KERNEL void nn_conv2d_s8__mve(const nn_conv2d_s8_mve_layer *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_conv2d_s8_mve_range(layer, x, 0, y, y, 0, layer->out_h, scratch);
        x += layer->in_h * layer->in_w * layer->in_c;
        y += layer->out_h * layer->out_w * layer->out_c;
    }
}

/*
 * nn_conv2d_s8__mve, then the sum with a skip tensor. Bit-exact with TFLite's int8 CONV_2D followed by ADD.
 * skip       as y; may be y, or overlap it if y starts before it
 * scratch    as without the sum, then chunk * out_c bytes
 */
NN_KERNEL void nn_conv2d_s8_add__mve(const nn_conv2d_s8_mve_layer *layer, const int8_t *x, const int8_t *skip,
                                     int8_t *y, int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_conv2d_s8_mve_range(layer, x, 0, skip, y, 0, layer->out_h, scratch);
        x += layer->in_h * layer->in_w * layer->in_c;
        skip += layer->out_h * layer->out_w * layer->out_c;
        y += layer->out_h * layer->out_w * layer->out_c;
    }
}

#endif
