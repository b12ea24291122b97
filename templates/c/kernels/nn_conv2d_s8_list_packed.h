#ifndef NN_CONV2D_S8_LIST_PACKED_H
#define NN_CONV2D_S8_LIST_PACKED_H

#include "nn_common.h"
#include "nn_conv2d_s8_packed.h"
#include "nn_linear_sum_s8.h"
#include "nn_packed_fours_6x1_s8.h"
#include "nn_packed_list_6x1_s8.h"
#include "nn_packed_strip_s8.h"

typedef struct nn_conv2d_s8_list_packed_layer {
    const uint16_t *list;  /* as in nn_packed_list; NULL where there are fours */
    const uint8_t *fours;  /* as in nn_packed_fours; NULL where there is a list */
    int32_t parts, pieces; /* of fours; else 0 */
    const int32_t *numbers;
    int32_t more;
    int32_t batch;
    int32_t in_h, in_w, in_c;
    int32_t out_h, out_w, out_c;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t in_zero;
    /* members of nn_linear_sum: the add that follows */
    int32_t sum_a, sum_b, sum_start, sum_shift, sum_min, sum_max;
} nn_conv2d_s8_list_packed_layer;

/* All channels of six pixels. */
NN_INLINE void nn_conv2d_s8_list_packed_matmul(const nn_conv2d_s8_list_packed_layer *layer, int32_t fours,
                                               const uint32_t *strip, int8_t *y, const int32_t *offsets)
{
    const int32_t each = layer->more ? NN_PACKED_MORE_NUMBERS : NN_PACKED_NUMBERS;
    const int32_t *const end = layer->numbers + layer->out_c * each;
    if (fours) {
        const nn_packed_fours m = {layer->fours, layer->numbers, end, layer->parts, layer->pieces, layer->more};
        nn_packed_fours_matmul_6(&m, strip, y, offsets);
    } else {
        const nn_packed_list m = {layer->list, layer->numbers, end, layer->more};
        nn_packed_list_matmul_6(&m, strip, y, offsets);
    }
}

/*
 * Six pixels at a time: their windows become a strip, then all channels are written. The last pixel fills up.
 * fours      are there fours, or a list?
 */
NN_INLINE void nn_conv2d_s8_list_packed_range(const nn_conv2d_s8_list_packed_layer *layer, int32_t fours,
                                              const int8_t *x, int32_t x_row, const int8_t *skip, int8_t *y,
                                              int32_t y_row, int32_t rows, int8_t *scratch)
{
    const int32_t channels = layer->out_c;
    const int32_t taps =
        fours ? 8 * layer->parts * layer->pieces : layer->kernel_h * layer->kernel_w * layer->in_c;
    /* The image of dense weights in one chunk. */
    const nn_conv2d_s8_packed_layer image = {NULL, NULL, 1, 0, 1, layer->in_h, layer->in_w, layer->in_c, layer->out_h,
                                             layer->out_w, channels, layer->kernel_h, layer->kernel_w, layer->stride_h,
                                             layer->stride_w, layer->dilation_h, layer->dilation_w, layer->pad_top,
                                             layer->pad_left, layer->in_zero, 0, 0, 0, 0, 0, 0};
    const nn_linear_sum sum = {layer->sum_a, layer->sum_b, layer->sum_start, layer->sum_shift, layer->sum_min,
                               layer->sum_max};
    uint32_t *const strip = (uint32_t *)(void *)scratch;
    int8_t *const outside = scratch + 16 * (taps + 1);
    int8_t *const results = outside + layer->in_c;
    int32_t top = y_row * layer->stride_h - layer->pad_top;
    int32_t column = 0;
    int32_t pixels = rows * layer->out_w;
    int32_t offsets[6];
    nn_packed_offsets(offsets, 6, channels);
    (void)memset(outside, (int)layer->in_zero, (size_t)layer->in_c);
    for (; pixels > 0; pixels -= 6) {
        const int32_t count = nn_min(pixels, 6);
        if (pixels < 6) {
            nn_packed_offsets(offsets, pixels, channels);
        }
        nn_conv2d_s8_packed_strip(&image, x, x_row, top, column, count, strip, outside);
        for (column += 6; column >= layer->out_w; column -= layer->out_w) {
            top += layer->stride_h;
        }
        if (layer->sum_shift == 0) {
            nn_conv2d_s8_list_packed_matmul(layer, fours, strip, y, offsets);
        } else {
            nn_conv2d_s8_list_packed_matmul(layer, fours, strip, results, offsets);
            nn_linear_sum_s8(&sum, results, skip, y, count * channels);
            skip += 6 * channels;
        }
        y += 6 * channels;
    }
}

/* All images of a batch. */
NN_INLINE void nn_conv2d_s8_list_packed_images(const nn_conv2d_s8_list_packed_layer *layer, int32_t fours,
                                               const int8_t *x, const int8_t *skip, int8_t *y, int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_conv2d_s8_list_packed_range(layer, fours, x, 0, skip, y, 0, layer->out_h, scratch);
        x += layer->in_h * layer->in_w * layer->in_c;
        skip += layer->out_h * layer->out_w * layer->out_c;
        y += layer->out_h * layer->out_w * layer->out_c;
    }
}

/*
 * Output rows [y_row, y_row + rows) of nn_conv2d_s8_list__packed, one image.
 * x          row x_row of the input; rows that the windows touch must be there
 * y          row y_row of the output
 */
NN_KERNEL void nn_conv2d_s8_list__packed_rows(const nn_conv2d_s8_list_packed_layer *layer, const int8_t *x,
                                              int32_t x_row, int8_t *y, int32_t y_row, int32_t rows, int8_t *scratch)
{
    nn_conv2d_s8_list_packed_range(layer, 0, x, x_row, y, y, y_row, rows, scratch);
}

/*
 * Convolution with weights many of which are 0: any window, stride, dilation and padding; one group. Bit-exact with
 * TFLite's int8 CONV_2D.
 * x          [batch][in_h][in_w][in_c]
 * y          [batch][out_h][out_w][out_c]; may overlap x from the distance on that the planner computes
 * scratch    16 * (taps + 1) + in_c bytes
 */
NN_KERNEL void nn_conv2d_s8_list__packed(const nn_conv2d_s8_list_packed_layer *layer, const int8_t *x, int8_t *y,
                                         int8_t *scratch)
{
    nn_conv2d_s8_list_packed_images(layer, 0, x, y, y, scratch);
}

/*
 * nn_conv2d_s8_list__packed, then the sum with a skip tensor. Bit-exact with TFLite's int8 CONV_2D followed by ADD.
 * skip       as y; may be y, or overlap it if y starts before it
 * scratch    as without the sum, then 6 * out_c bytes
 */
NN_KERNEL void nn_conv2d_s8_list_add__packed(const nn_conv2d_s8_list_packed_layer *layer, const int8_t *x,
                                             const int8_t *skip, int8_t *y, int8_t *scratch)
{
    nn_conv2d_s8_list_packed_images(layer, 0, x, skip, y, scratch);
}

/* As nn_conv2d_s8_list__packed_rows, with at most two weights of every four. */
NN_KERNEL void nn_conv2d_s8_fours__packed_rows(const nn_conv2d_s8_list_packed_layer *layer, const int8_t *x,
                                               int32_t x_row, int8_t *y, int32_t y_row, int32_t rows, int8_t *scratch)
{
    nn_conv2d_s8_list_packed_range(layer, 1, x, x_row, y, y, y_row, rows, scratch);
}

/* As nn_conv2d_s8_list__packed, with at most two weights of every four; taps are rounded up to whole parts. */
NN_KERNEL void nn_conv2d_s8_fours__packed(const nn_conv2d_s8_list_packed_layer *layer, const int8_t *x, int8_t *y,
                                          int8_t *scratch)
{
    nn_conv2d_s8_list_packed_images(layer, 1, x, y, y, scratch);
}

/* As nn_conv2d_s8_list_add__packed, with at most two weights of every four; taps are rounded up to whole parts. */
NN_KERNEL void nn_conv2d_s8_fours_add__packed(const nn_conv2d_s8_list_packed_layer *layer, const int8_t *x,
                                              const int8_t *skip, int8_t *y, int8_t *scratch)
{
    nn_conv2d_s8_list_packed_images(layer, 1, x, skip, y, scratch);
}

#endif
