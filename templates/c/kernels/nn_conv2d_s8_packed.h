#ifndef NN_CONV2D_S8_PACKED_H
#define NN_CONV2D_S8_PACKED_H

#include "nn_common.h"
#include "nn_linear_sum_s8.h"
#include "nn_packed_matmul_s8.h"
#include "nn_packed_strip_s8.h"

typedef struct nn_conv2d_s8_packed_layer {
    const uint8_t *weights; /* as in nn_packed_matrix */
    const int32_t *numbers;
    int32_t chunks; /* 1, or as many as the window has rows */
    int32_t away;   /* as in nn_packed_matrix */
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
} nn_conv2d_s8_packed_layer;

/* Where the windows of three output pixels start in the image; in pixels, negative in the padding. */
typedef struct nn_conv2d_s8_packed_places {
    int32_t top[3], left[3];
} nn_conv2d_s8_packed_places;

/* Places from `column` on in the output row whose windows start at image row `top`; the last of `count` fills up. */
NN_PART nn_conv2d_s8_packed_places nn_conv2d_s8_packed_locate(const nn_conv2d_s8_packed_layer *layer, int32_t top,
                                                              int32_t column, int32_t count)
{
    nn_conv2d_s8_packed_places at;
    int32_t i;
    for (i = 0; i < 3; ++i) {
        at.top[i] = top;
        at.left[i] = column * layer->stride_w - layer->pad_left;
        if (i + 1 < count) {
            column += 1;
            if (column == layer->out_w) {
                column = 0;
                top += layer->stride_h;
            }
        }
    }
    return at;
}

/* Row ky of any three windows, tap by tap; x = image row x_row, outside = what is read beyond the image. */
NN_PART void nn_conv2d_s8_packed_taps(const nn_conv2d_s8_packed_layer *layer, const int8_t *x, int32_t x_row,
                                      const nn_conv2d_s8_packed_places *at, int32_t ky, uint32_t *strip, uint32_t *head,
                                      const int8_t *outside)
{
    int32_t kx, i;
    for (kx = 0; kx < layer->kernel_w; ++kx) {
        const int8_t *taps[3];
        for (i = 0; i < 3; ++i) {
            const int32_t y = at->top[i] + ky * layer->dilation_h;
            const int32_t column = at->left[i] + kx * layer->dilation_w;
            const int32_t inside = y >= 0 && y < layer->in_h && column >= 0 && column < layer->in_w;
            taps[i] = inside ? x + ((y - x_row) * layer->in_w + column) * layer->in_c : outside;
        }
        nn_packed_strip_3(strip, taps, layer->in_c, head);
        strip += NN_PACKED_TAP * layer->in_c;
    }
}

/* Row ky of three windows inside the image, whose taps lie side by side. */
NN_PART void nn_conv2d_s8_packed_row(const nn_conv2d_s8_packed_layer *layer, const int8_t *x, int32_t x_row,
                                     const nn_conv2d_s8_packed_places *at, int32_t ky, uint32_t *strip, uint32_t *head)
{
    const int8_t *taps[3];
    int32_t i;
    for (i = 0; i < 3; ++i) {
        const int32_t y = at->top[i] + ky * layer->dilation_h - x_row;
        taps[i] = x + (y * layer->in_w + at->left[i]) * layer->in_c;
    }
    nn_packed_strip_3(strip, taps, layer->kernel_w * layer->in_c, head);
}

/* Are the taps of a row of these windows inside the image and side by side? */
NN_INLINE int32_t nn_conv2d_s8_packed_inside(const nn_conv2d_s8_packed_layer *layer,
                                             const nn_conv2d_s8_packed_places *at, int32_t ky)
{
    int32_t inside = layer->dilation_w == 1;
    int32_t i;
    for (i = 0; i < 3; ++i) {
        const int32_t y = at->top[i] + ky * layer->dilation_h;
        inside = inside && y >= 0 && y < layer->in_h && at->left[i] >= 0 &&
                 at->left[i] + layer->kernel_w <= layer->in_w;
    }
    return inside;
}

/* The strip of six windows, `pixels` of them different, from `column` on in the output row that starts at `top`. */
NN_PART void nn_conv2d_s8_packed_strip(const nn_conv2d_s8_packed_layer *layer, const int8_t *x, int32_t x_row,
                                       int32_t top, int32_t column, int32_t pixels, uint32_t *strip,
                                       const int8_t *outside)
{
    const int32_t row = NN_PACKED_TAP * layer->kernel_w * layer->in_c;
    nn_conv2d_s8_packed_places at[2];
    uint32_t *head = strip;
    int32_t ky, i;
    at[0] = nn_conv2d_s8_packed_locate(layer, top, column, nn_min(pixels, 3));
    for (column += nn_min(3, pixels - 1); column >= layer->out_w; column -= layer->out_w) {
        top += layer->stride_h;
    }
    at[1] = nn_conv2d_s8_packed_locate(layer, top, column, nn_max(pixels - 3, 1));
    for (ky = 0; ky < layer->kernel_h; ++ky) {
        if (ky == 0 || layer->chunks > 1) {
            head = strip;
            strip = nn_packed_strip_begin(head);
        }
        for (i = 0; i < 2; ++i) {
            if (nn_conv2d_s8_packed_inside(layer, &at[i], ky)) {
                nn_conv2d_s8_packed_row(layer, x, x_row, &at[i], ky, strip + 2 * i, head + 2 * i);
            } else {
                nn_conv2d_s8_packed_taps(layer, x, x_row, &at[i], ky, strip + 2 * i, head + 2 * i, outside);
            }
        }
        strip += row;
    }
}

/* Six pixels at a time: their windows become a strip, then all channels are written. The last pixel fills up. */
NN_INLINE void nn_conv2d_s8_packed_range(const nn_conv2d_s8_packed_layer *layer, const int8_t *x, int32_t x_row,
                                         const int8_t *skip, int8_t *y, int32_t y_row, int32_t rows, int8_t *scratch)
{
    const int32_t channels = layer->out_c;
    const int32_t taps = layer->kernel_h * layer->kernel_w * layer->in_c;
    const nn_packed_matrix m = nn_packed_matrix_of(layer->weights, layer->numbers, channels, taps / layer->chunks,
                                                   layer->chunks, layer->away);
    const nn_linear_sum sum = {layer->sum_a, layer->sum_b, layer->sum_start, layer->sum_shift, layer->sum_min,
                               layer->sum_max};
    uint32_t *const strip = (uint32_t *)(void *)scratch;
    int8_t *const outside = scratch + 16 * (taps + layer->chunks);
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
        nn_conv2d_s8_packed_strip(layer, x, x_row, top, column, count, strip, outside);
        for (column += 6; column >= layer->out_w; column -= layer->out_w) {
            top += layer->stride_h;
        }
        if (layer->sum_shift == 0) {
            nn_packed_matmul_6(&m, strip, y, offsets);
        } else {
            nn_packed_matmul_6(&m, strip, results, offsets);
            nn_linear_sum_s8(&sum, results, skip, y, count * channels);
            skip += 6 * channels;
        }
        y += 6 * channels;
    }
}

/*
 * Output rows [y_row, y_row + rows) of nn_conv2d_s8__packed, one image.
 * x          row x_row of the input; rows that the windows touch must be there
 * y          row y_row of the output
 */
NN_KERNEL void nn_conv2d_s8__packed_rows(const nn_conv2d_s8_packed_layer *layer, const int8_t *x, int32_t x_row,
                                         int8_t *y, int32_t y_row, int32_t rows, int8_t *scratch)
{
    nn_conv2d_s8_packed_range(layer, x, x_row, y, y, y_row, rows, scratch);
}

/*
 * Convolution: any window, stride, dilation and padding; one group. Bit-exact with TFLite's int8 CONV_2D.
 * x          [batch][in_h][in_w][in_c]
 * y          [batch][out_h][out_w][out_c]; may overlap x from the distance on that the planner computes
 * scratch    16 * (taps + chunks) + in_c bytes
 */
NN_KERNEL void nn_conv2d_s8__packed(const nn_conv2d_s8_packed_layer *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_conv2d_s8_packed_range(layer, x, 0, y, y, 0, layer->out_h, scratch);
        x += layer->in_h * layer->in_w * layer->in_c;
        y += layer->out_h * layer->out_w * layer->out_c;
    }
}

/*
 * nn_conv2d_s8__packed, then the sum with a skip tensor. Bit-exact with TFLite's int8 CONV_2D followed by ADD.
 * skip       as y; may be y, or overlap it if y starts before it
 * scratch    as without the sum, then 6 * out_c bytes
 */
NN_KERNEL void nn_conv2d_s8_add__packed(const nn_conv2d_s8_packed_layer *layer, const int8_t *x, const int8_t *skip,
                                        int8_t *y, int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_conv2d_s8_packed_range(layer, x, 0, skip, y, 0, layer->out_h, scratch);
        x += layer->in_h * layer->in_w * layer->in_c;
        skip += layer->out_h * layer->out_w * layer->out_c;
        y += layer->out_h * layer->out_w * layer->out_c;
    }
}

#endif
