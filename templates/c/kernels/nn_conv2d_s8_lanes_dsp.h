#ifndef NN_CONV2D_S8_LANES_DSP_H
#define NN_CONV2D_S8_LANES_DSP_H

#include "nn_common.h"
#include "nn_dsp_lanes_s8.h"
#include "nn_dsp_sum_s8.h"

/*
 * Convolution with sparse weights, eight pixels of a row at a time. The strip holds words of two pixels
 * (nn_dsp_lanes_s8.h) of the image rows that the windows touch, [kernel_h][in_c][words]: a tap's four are neighbours.
 */
typedef struct nn_conv2d_s8_lanes_layer {
    const int32_t *weights;    /* stream of nn_dsp_lanes_s8.h */
    int32_t length;            /* of the stream, in words */
    const uint16_t *columns;   /* [words] image column of the lower pixel, counted from the left of the first window */
    int32_t words;             /* the upper pixel is 4 * stride_w columns farther */
    int32_t batch;
    int32_t in_h, in_w, in_c;
    int32_t out_h, out_w, out_c;
    int32_t kernel_h, reach_w; /* reach_w: columns from the first to the last tap of a row, both counted */
    int32_t stride_h, stride_w;
    int32_t dilation_h;
    int32_t pad_top, pad_left;
    int32_t in_zero;
    int32_t flat; /* window of one pixel: all pixels count as one row */
    int32_t away; /* do halves of negative sums go away from zero? */
    /* members of nn_dsp_sum; tables = NULL without an add */
    const int32_t *sum_tables;
    int32_t sum_multiplier, sum_offset, sum_shift, sum_away, sum_min, sum_max;
} nn_conv2d_s8_lanes_layer;

/* One image row of the strip; row = its first pixel, or NULL outside the image. outside [in_c]: the zero point. */
NN_INLINE void nn_conv2d_s8_lanes_row(const nn_conv2d_s8_lanes_layer *layer, const int8_t *row, int32_t left,
                                      int32_t width, int32_t *strip, const int8_t *outside)
{
    int32_t i;
    for (i = 0; i < layer->words; ++i) {
        const int32_t low = left + layer->columns[i];
        const int32_t high = low + 4 * layer->stride_w;
        const int8_t *const x0 = row != NULL && low >= 0 && low < width ? row + low * layer->in_c : outside;
        const int8_t *const x1 = row != NULL && high >= 0 && high < width ? row + high * layer->in_c : outside;
        nn_dsp_lanes_expand(strip + i, layer->words, x0, x1, layer->in_c);
    }
}

/* The strip of eight windows that lie inside the image; x = top left pixel of the first. */
NN_INLINE void nn_conv2d_s8_lanes_inside(const nn_conv2d_s8_lanes_layer *layer, const int8_t *x, int32_t *strip)
{
    int32_t ky, i;
    for (ky = 0; ky < layer->kernel_h; ++ky) {
        for (i = 0; i < layer->words; ++i) {
            const int8_t *const low = x + layer->columns[i] * layer->in_c;
            nn_dsp_lanes_expand(strip + i, layer->words, low, low + 4 * layer->stride_w * layer->in_c, layer->in_c);
        }
        x += layer->dilation_h * layer->in_w * layer->in_c;
        strip += layer->in_c * layer->words;
    }
}

/* The strip of any eight windows; x = image row x_row, width = pixels of a row. */
NN_PART void nn_conv2d_s8_lanes_strip(const nn_conv2d_s8_lanes_layer *layer, const int8_t *x, int32_t x_row,
                                      int32_t top, int32_t left, int32_t width, int32_t *strip, const int8_t *outside)
{
    int32_t ky;
    for (ky = 0; ky < layer->kernel_h; ++ky) {
        const int32_t y = top + ky * layer->dilation_h;
        const int8_t *const row = y >= 0 && y < layer->in_h ? x + (y - x_row) * layer->in_w * layer->in_c : NULL;
        nn_conv2d_s8_lanes_row(layer, row, left, width, strip, outside);
        strip += layer->in_c * layer->words;
    }
}

NN_INLINE void nn_conv2d_s8_lanes_matmul(const nn_conv2d_s8_lanes_layer *layer, const int32_t *strip, int8_t *y)
{
    if (layer->away) {
        nn_dsp_lanes_away(layer->weights, layer->weights + layer->length, strip, y, layer->out_c);
    } else {
        nn_dsp_lanes_up(layer->weights, layer->weights + layer->length, strip, y, layer->out_c);
    }
}

/* Eight pixels at a time, row by row; those beyond the end of a row are computed and thrown away. */
NN_INLINE void nn_conv2d_s8_lanes_range(const nn_conv2d_s8_lanes_layer *layer, const int8_t *x, int32_t x_row,
                                        const int8_t *skip, int8_t *y, int32_t y_row, int32_t rows, int8_t *scratch)
{
    const nn_dsp_sum sum = {layer->sum_tables, layer->sum_multiplier, layer->sum_offset, layer->sum_shift,
                            layer->sum_away, layer->sum_min, layer->sum_max};
    const int32_t lines = layer->flat ? 1 : rows;
    const int32_t width = layer->flat ? rows * layer->out_w : layer->out_w;
    const int32_t in_width = layer->flat ? width : layer->in_w;
    const int32_t last_top = layer->in_h - (layer->kernel_h - 1) * layer->dilation_h - 1;
    int32_t *const strip = (int32_t *)(void *)scratch;
    int8_t *const outside = scratch + 4 * layer->kernel_h * layer->in_c * layer->words;
    int8_t *const results = outside + layer->in_c;
    int32_t line;
    (void)memset(outside, (int)layer->in_zero, (size_t)layer->in_c);
    for (line = 0; line < lines; ++line) {
        const int32_t top = (y_row + line) * layer->stride_h - layer->pad_top;
        int32_t column;
        for (column = 0; column < width; column += 8) {
            const int32_t count = nn_min(8, width - column);
            const int32_t left = column * layer->stride_w - layer->pad_left;
            if (left >= 0 && left + 7 * layer->stride_w + layer->reach_w <= in_width && top >= 0 && top <= last_top) {
                nn_conv2d_s8_lanes_inside(layer, x + ((top - x_row) * layer->in_w + left) * layer->in_c, strip);
            } else {
                nn_conv2d_s8_lanes_strip(layer, x, x_row, top, left, in_width, strip, outside);
            }
            if (count == 8 && sum.tables == NULL) {
                nn_conv2d_s8_lanes_matmul(layer, strip, y);
            } else {
                nn_conv2d_s8_lanes_matmul(layer, strip, results);
                if (sum.tables == NULL) {
                    (void)memcpy(y, results, (size_t)(count * layer->out_c));
                } else {
                    nn_dsp_sum_s8(&sum, results, skip, y, count * layer->out_c);
                    skip += count * layer->out_c;
                }
            }
            y += count * layer->out_c;
        }
    }
}

/*
 * Output rows [y_row, y_row + rows) of nn_conv2d_s8_lanes__dsp, one image.
 * x          row x_row of the input; rows that the windows touch must be there
 * y          row y_row of the output
 */
NN_KERNEL void nn_conv2d_s8_lanes__dsp_rows(const nn_conv2d_s8_lanes_layer *layer, const int8_t *x, int32_t x_row,
                                            int8_t *y, int32_t y_row, int32_t rows, int8_t *scratch)
{
    if (layer->flat) {
        x += (y_row - x_row) * layer->in_w * layer->in_c;
        nn_conv2d_s8_lanes_range(layer, x, 0, y, y, 0, rows, scratch);
    } else {
        nn_conv2d_s8_lanes_range(layer, x, x_row, y, y, y_row, rows, scratch);
    }
}

/*
 * Convolution: any window, stride, dilation and padding; one group. Bit-exact with TFLite's int8 CONV_2D.
 * x          [batch][in_h][in_w][in_c]
 * y          [batch][out_h][out_w][out_c]; may overlap x from the distance on that the planner computes
 * scratch    4 * kernel_h * in_c * words + in_c + 8 * out_c bytes
 */
NN_KERNEL void nn_conv2d_s8_lanes__dsp(const nn_conv2d_s8_lanes_layer *layer, const int8_t *x, int8_t *y,
                                       int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_conv2d_s8_lanes_range(layer, x, 0, y, y, 0, layer->out_h, scratch);
        x += layer->in_h * layer->in_w * layer->in_c;
        y += layer->out_h * layer->out_w * layer->out_c;
    }
}

/*
 * nn_conv2d_s8_lanes__dsp, then the sum with a skip tensor. Bit-exact with TFLite's int8 CONV_2D followed by ADD.
 * skip       as y; may be y, or overlap it if y starts before it
 */
NN_KERNEL void nn_conv2d_s8_lanes_add__dsp(const nn_conv2d_s8_lanes_layer *layer, const int8_t *x, const int8_t *skip,
                                           int8_t *y, int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_conv2d_s8_lanes_range(layer, x, 0, skip, y, 0, layer->out_h, scratch);
        x += layer->in_h * layer->in_w * layer->in_c;
        skip += layer->out_h * layer->out_w * layer->out_c;
        y += layer->out_h * layer->out_w * layer->out_c;
    }
}

#endif
