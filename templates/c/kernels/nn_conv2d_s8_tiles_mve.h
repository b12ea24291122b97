#ifndef NN_CONV2D_S8_TILES_MVE_H
#define NN_CONV2D_S8_TILES_MVE_H

#include "nn_common.h"
#include "nn_mve_strip_s8.h"
#include "nn_mve_sum_s8.h"
#include "nn_mve_tiles_s8.h"
#include "nn_mve_window_s8.h"

typedef struct nn_conv2d_s8_tiles_mve_layer {
    const int32_t *weights; /* as in nn_mve_tiles; each tap's channels fill whole blocks */
    const uint8_t *places;
    int32_t batch;
    int32_t in_h, in_w, in_c;
    int32_t out_h, out_w, out_c;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t in_zero, out_zero, out_min, out_max;
    const int32_t *sum; /* of the add that follows, as nn_mve_sum_s8 takes it; NULL = none */
    int32_t linear;
} nn_conv2d_s8_tiles_mve_layer;

/* Blocks of a window's tap. */
NN_INLINE int32_t nn_conv2d_s8_tiles_mve_blocks(const nn_conv2d_s8_tiles_mve_layer *layer)
{
    return (layer->in_c + 15) / 16;
}

/*
 * Taps [from_y, end_y) x [from_x, end_x) of `count` windows side by side, all of them inside the image.
 * x          the first one's tap (from_y, from_x)
 * strip      its place among the four
 */
NN_INLINE void nn_conv2d_s8_tiles_mve_spread(const nn_conv2d_s8_tiles_mve_layer *layer, const int8_t *x, int32_t from_y,
                                             int32_t end_y, int32_t from_x, int32_t end_x, int32_t count,
                                             int8_t *strip)
{
    const int32_t channels = layer->in_c;
    const int32_t tap_bytes = 64 * nn_conv2d_s8_tiles_mve_blocks(layer);
    /* A row of taps in one piece, or tap by tap. */
    const int32_t whole = channels % 16 == 0 && layer->dilation_w == 1;
    const nn_mve_windows windows = {end_y - from_y,
                                    (whole ? end_x - from_x : 1) * channels,
                                    layer->kernel_w * tap_bytes,
                                    layer->dilation_h * layer->in_w * channels,
                                    16,
                                    layer->stride_w * channels};
    int32_t tap;
    strip += (from_y * layer->kernel_w + from_x) * tap_bytes;
    for (tap = 0; tap < (whole ? 1 : end_x - from_x); ++tap) {
        nn_mve_spread_windows(&windows, strip + tap * tap_bytes, x + tap * layer->dilation_w * channels, count);
    }
}

/* A window that the border cuts: taps outside the image read as in_zero. x = row x_row. */
NN_PART void nn_conv2d_s8_tiles_mve_border(const nn_conv2d_s8_tiles_mve_layer *layer, const int8_t *x, int32_t x_row,
                                           int32_t top, int32_t left, int8_t *strip)
{
    const int32_t blocks = layer->kernel_h * layer->kernel_w * nn_conv2d_s8_tiles_mve_blocks(layer);
    const int32_t from_y = nn_mve_first_tap(top, layer->dilation_h);
    const int32_t end_y = nn_mve_end_tap(top, layer->dilation_h, layer->kernel_h, layer->in_h);
    const int32_t from_x = nn_mve_first_tap(left, layer->dilation_w);
    const int32_t end_x = nn_mve_end_tap(left, layer->dilation_w, layer->kernel_w, layer->in_w);
    int32_t i;
    for (i = 0; i < blocks; ++i) {
        (void)memset(strip + 64 * i, (int)layer->in_zero, 16);
    }
    if (from_y < end_y && from_x < end_x) {
        const int8_t *const first = x + ((top + from_y * layer->dilation_h - x_row) * layer->in_w + left +
                                         from_x * layer->dilation_w) * layer->in_c;
        nn_conv2d_s8_tiles_mve_spread(layer, first, from_y, end_y, from_x, end_x, 1, strip);
    }
}

/* The strip's windows from `count` on become as the one before. */
NN_PART void nn_conv2d_s8_tiles_mve_repeat(const nn_conv2d_s8_tiles_mve_layer *layer, int32_t count, int8_t *strip)
{
    const int32_t blocks = layer->kernel_h * layer->kernel_w * nn_conv2d_s8_tiles_mve_blocks(layer);
    int32_t i, p;
    for (p = 1; p < 4; ++p) {
        for (i = 0; p >= count && i < blocks; ++i) {
            (void)memcpy(strip + 64 * i + 16 * p, strip + 64 * i + 16 * (p - 1), 16);
        }
    }
}

/* Four pixels at a time: their windows become a strip, then all channels are written. */
NN_INLINE void nn_conv2d_s8_tiles_mve_range(const nn_conv2d_s8_tiles_mve_layer *layer, const int8_t *x, int32_t x_row,
                                            const int8_t *skip, int8_t *y, int32_t y_row, int32_t rows,
                                            int8_t *scratch)
{
    const int32_t channels = layer->out_c;
    const nn_mve_tiles m = {layer->weights,  layer->places,  channels,
                            layer->out_zero, layer->out_min, layer->out_max};
    const int32_t taps = layer->kernel_h * layer->kernel_w;
    /* Windows of one pixel follow each other over the ends of rows. */
    const int32_t flat = taps == 1 && layer->stride_h == 1 && layer->stride_w == 1 && layer->out_w == layer->in_w &&
                         layer->out_h == layer->in_h;
    const int32_t last_top = layer->in_h - (layer->kernel_h - 1) * layer->dilation_h - 1;
    /* One past the last pixel of a row whose window ends inside the image. */
    const int32_t room = layer->in_w - (layer->kernel_w - 1) * layer->dilation_w - 1 + layer->pad_left;
    const int32_t end_inside = room < 0 ? 0 : room / layer->stride_w + 1;
    int8_t *const results = scratch + 64 * taps * nn_conv2d_s8_tiles_mve_blocks(layer);
    int32_t top = y_row * layer->stride_h - layer->pad_top;
    int32_t column = 0;
    int32_t pixels = rows * layer->out_w;
    const int8_t *next = x + (top - x_row) * layer->in_w * layer->in_c;
    for (; pixels > 0; pixels -= 4) {
        const int32_t count = nn_min(4, pixels);
        int32_t done = 0;
        if (flat) {
            nn_conv2d_s8_tiles_mve_spread(layer, next, 0, 1, 0, 1, count, scratch);
            next += 4 * layer->in_c;
            done = count;
        }
        while (done < count) {
            const int32_t left = column * layer->stride_w - layer->pad_left;
            int32_t run = 1;
            if (left >= 0 && column < end_inside && top >= 0 && top <= last_top) {
                run = nn_min(count - done, nn_min(end_inside, layer->out_w) - column);
                nn_conv2d_s8_tiles_mve_spread(layer, x + ((top - x_row) * layer->in_w + left) * layer->in_c, 0,
                                              layer->kernel_h, 0, layer->kernel_w, run, scratch + 16 * done);
            } else {
                nn_conv2d_s8_tiles_mve_border(layer, x, x_row, top, left, scratch + 16 * done);
            }
            done += run;
            column += run;
            if (column == layer->out_w) {
                column = 0;
                top += layer->stride_h;
            }
        }
        if (count < 4) {
            nn_conv2d_s8_tiles_mve_repeat(layer, count, scratch);
        }
        if (layer->sum == NULL) {
            nn_mve_tiles_4(&m, scratch, y, count - 1);
        } else {
            nn_mve_tiles_4(&m, scratch, results, count - 1);
            nn_mve_sum_s8(layer->sum, layer->linear, results, skip, y, count * channels);
            skip += 4 * channels;
        }
        y += 4 * channels;
    }
}

/*
 * Output rows [y_row, y_row + rows) of nn_conv2d_s8_tiles__mve, one image.
 * x          row x_row of the input; rows that the windows touch must be there
 * y          row y_row of the output
 */
NN_KERNEL void nn_conv2d_s8_tiles__mve_rows(const nn_conv2d_s8_tiles_mve_layer *layer, const int8_t *x, int32_t x_row,
                                            int8_t *y, int32_t y_row, int32_t rows, int8_t *scratch)
{
    nn_conv2d_s8_tiles_mve_range(layer, x, x_row, y, y, y_row, rows, scratch);
}

/*
 * Convolution with sparse weights: any window, stride, dilation and padding; one group. Bit-exact with TFLite's int8
 * CONV_2D.
 * x          [batch][in_h][in_w][in_c]
 * y          [batch][out_h][out_w][out_c]; may overlap x from the distance on that the planner computes
 * scratch    4 windows, each tap's channels rounded up to 16 bytes
 */
NN_KERNEL void nn_conv2d_s8_tiles__mve(const nn_conv2d_s8_tiles_mve_layer *layer, const int8_t *x, int8_t *y,
                                       int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_conv2d_s8_tiles_mve_range(layer, x, 0, y, y, 0, layer->out_h, scratch);
        x += layer->in_h * layer->in_w * layer->in_c;
        y += layer->out_h * layer->out_w * layer->out_c;
    }
}

/*
 * nn_conv2d_s8_tiles__mve, then the sum with a skip tensor. Bit-exact with TFLite's int8 CONV_2D followed by ADD.
 * skip       as y; may be y, or overlap it if y starts before it
 * scratch    as without the sum, then 4 * out_c bytes
 */
NN_KERNEL void nn_conv2d_s8_tiles_add__mve(const nn_conv2d_s8_tiles_mve_layer *layer, const int8_t *x,
                                           const int8_t *skip, int8_t *y, int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_conv2d_s8_tiles_mve_range(layer, x, 0, skip, y, 0, layer->out_h, scratch);
        x += layer->in_h * layer->in_w * layer->in_c;
        skip += layer->out_h * layer->out_w * layer->out_c;
        y += layer->out_h * layer->out_w * layer->out_c;
    }
}

#endif
