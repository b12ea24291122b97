#ifndef NN_CONV2D_S8_DSP_H
#define NN_CONV2D_S8_DSP_H

#include "nn_common.h"
#include "nn_dsp_matmul_s8.h"
#include "nn_dsp_strip_s8.h"
#include "nn_dsp_sum_s8.h"

typedef struct nn_conv2d_s8_dsp_layer {
    const int32_t *weights; /* as in nn_dsp_matrix */
    int32_t whole, length;  /* as in nn_dsp_matrix */
    int32_t batch;
    int32_t in_h, in_w, in_c;
    int32_t out_h, out_w, out_c;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t in_zero;
    int32_t blocks; /* of 4 taps: of the window's bytes if it is copied first, else of each tap's channels */
    int32_t copied; /* few channels: windows are copied, then unpacked; else in_c >= 4 */
    int32_t form, away; /* as in nn_dsp_matrix */
    /* members of nn_dsp_sum; tables = NULL without an add */
    const int32_t *sum_tables;
    int32_t sum_multiplier, sum_offset, sum_shift, sum_away, sum_min, sum_max;
} nn_conv2d_s8_dsp_layer;

/* Where the windows of three output pixels start in the image; in pixels, negative in the padding. */
typedef struct nn_conv2d_s8_dsp_places {
    int32_t top[3], left[3];
} nn_conv2d_s8_dsp_places;

/* Channels of a pixel, or `outside` beyond the image. row = image row y, read only inside. */
NN_INLINE const int8_t *nn_conv2d_s8_dsp_tap(const nn_conv2d_s8_dsp_layer *layer, const int8_t *row, int32_t y,
                                             int32_t column, const int8_t *outside)
{
    return y >= 0 && y < layer->in_h && column >= 0 && column < layer->in_w ? row + column * layer->in_c : outside;
}

/* Any three windows, unpacked tap by tap; x = image row x_row. */
NN_PART void nn_conv2d_s8_dsp_taps(const nn_conv2d_s8_dsp_layer *layer, const int8_t *x, int32_t x_row,
                                   const nn_conv2d_s8_dsp_places *at, int32_t *strip, const int8_t *outside)
{
    const int32_t row_bytes = layer->in_w * layer->in_c;
    int32_t ky, kx;
    for (ky = 0; ky < layer->kernel_h; ++ky) {
        const int32_t y0 = at->top[0] + ky * layer->dilation_h;
        const int32_t y1 = at->top[1] + ky * layer->dilation_h;
        const int32_t y2 = at->top[2] + ky * layer->dilation_h;
        for (kx = 0; kx < layer->kernel_w; ++kx) {
            const int32_t column = kx * layer->dilation_w;
            const int8_t *const x0 =
                nn_conv2d_s8_dsp_tap(layer, x + (y0 - x_row) * row_bytes, y0, at->left[0] + column, outside);
            const int8_t *const x1 =
                nn_conv2d_s8_dsp_tap(layer, x + (y1 - x_row) * row_bytes, y1, at->left[1] + column, outside);
            const int8_t *const x2 =
                nn_conv2d_s8_dsp_tap(layer, x + (y2 - x_row) * row_bytes, y2, at->left[2] + column, outside);
            strip = nn_dsp_expand_run(strip, x0, x1, x2, layer->in_c);
        }
    }
}

/* Three windows side by side inside the image; x = top left pixel of the first. */
NN_INLINE void nn_conv2d_s8_dsp_inside(const nn_conv2d_s8_dsp_layer *layer, const int8_t *x, int32_t *strip)
{
    const int32_t channels = layer->in_c;
    const int32_t step = layer->stride_w * channels;
    const int32_t width = layer->kernel_w * channels;
    int32_t ky, kx;
    for (ky = 0; ky < layer->kernel_h; ++ky) {
        if (width % 4 == 0 && layer->dilation_w == 1 && (layer->copied || channels % 4 == 0)) {
            strip = nn_dsp_expand_run(strip, x, x + step, x + 2 * step, width);
        } else {
            for (kx = 0; kx < layer->kernel_w; ++kx) {
                const int8_t *const tap = x + kx * layer->dilation_w * channels;
                strip = nn_dsp_expand_run(strip, tap, tap + step, tap + 2 * step, channels);
            }
        }
        x += layer->dilation_h * layer->in_w * channels;
    }
}

/* The window of one pixel as bytes [kernel_h][kernel_w][in_c]; taps outside the image read as in_zero. */
NN_PART void nn_conv2d_s8_dsp_copy(const nn_conv2d_s8_dsp_layer *layer, const int8_t *x, int32_t x_row, int32_t top,
                                   int32_t left, int8_t *window)
{
    const int32_t channels = layer->in_c;
    const int32_t reach = (layer->kernel_w - 1) * layer->dilation_w + 1;
    const int32_t whole = left >= 0 && left + reach <= layer->in_w && layer->dilation_w == 1;
    int32_t ky, kx;
    for (ky = 0; ky < layer->kernel_h; ++ky) {
        const int32_t y = top + ky * layer->dilation_h;
        const int8_t *const row = x + ((y - x_row) * layer->in_w + left) * channels;
        if (y < 0 || y >= layer->in_h) {
            (void)memset(window, (int)layer->in_zero, (size_t)(layer->kernel_w * channels));
        } else if (whole) {
            (void)memcpy(window, row, (size_t)(layer->kernel_w * channels));
        } else {
            for (kx = 0; kx < layer->kernel_w; ++kx) {
                const int32_t column = kx * layer->dilation_w;
                if (left + column >= 0 && left + column < layer->in_w) {
                    (void)memcpy(window + kx * channels, row + column * channels, (size_t)channels);
                } else {
                    (void)memset(window + kx * channels, (int)layer->in_zero, (size_t)channels);
                }
            }
        }
        window += layer->kernel_w * channels;
    }
}

/* A few bytes, in pieces for which compilers know single instructions: then they unroll the loops around. */
NN_INLINE void nn_conv2d_s8_dsp_move(int8_t *to, const int8_t *from, int32_t count)
{
    int32_t i;
    for (i = 0; i + 4 <= count; i += 4) {
        (void)memcpy(to + i, from + i, 4);
    }
    for (; i < count; ++i) {
        to[i] = from[i];
    }
}

/* Three windows side by side inside the image as bytes; x = top left pixel of the first. */
NN_INLINE void nn_conv2d_s8_dsp_copy_inside(const nn_conv2d_s8_dsp_layer *layer, const int8_t *x, int8_t *windows)
{
    const int32_t width = layer->kernel_w * layer->in_c;
    int32_t pixel, ky;
    for (pixel = 0; pixel < 3; ++pixel) {
        for (ky = 0; ky < layer->kernel_h; ++ky) {
            nn_conv2d_s8_dsp_move(windows + pixel * 4 * layer->blocks + ky * width,
                                  x + ky * layer->dilation_h * layer->in_w * layer->in_c, width);
        }
        x += layer->stride_w * layer->in_c;
    }
}

/* The strip of three windows side by side inside the image; x = top left pixel of the first. */
NN_INLINE void nn_conv2d_s8_dsp_strip_inside(const nn_conv2d_s8_dsp_layer *layer, const int8_t *x, int32_t *strip,
                                             int8_t *bytes)
{
    const int32_t depth = 4 * layer->blocks;
    if (!layer->copied || layer->kernel_w * layer->in_c % 4 == 0) {
        nn_conv2d_s8_dsp_inside(layer, x, strip);
    } else {
        nn_conv2d_s8_dsp_copy_inside(layer, x, bytes);
        (void)nn_dsp_expand_3(strip, bytes, bytes + depth, bytes + 2 * depth, layer->blocks);
    }
}

/* The strip of any three windows, from `column` on in the output row whose windows start at image row `top`. */
NN_PART void nn_conv2d_s8_dsp_strip(const nn_conv2d_s8_dsp_layer *layer, const int8_t *x, int32_t x_row, int32_t top,
                                    int32_t column, int32_t count, int32_t *strip, int8_t *bytes)
{
    const int32_t depth = 4 * layer->blocks;
    nn_conv2d_s8_dsp_places at;
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
    if (layer->copied) {
        for (i = 0; i < 3; ++i) {
            nn_conv2d_s8_dsp_copy(layer, x, x_row, at.top[i], at.left[i], bytes + i * depth);
        }
        (void)nn_dsp_expand_3(strip, bytes, bytes + depth, bytes + 2 * depth, layer->blocks);
    } else {
        nn_conv2d_s8_dsp_taps(layer, x, x_row, &at, strip, bytes);
    }
}

/* Three pixels at a time: their windows become a strip, then all channels are written. The last pixel fills up. */
NN_INLINE void nn_conv2d_s8_dsp_range(const nn_conv2d_s8_dsp_layer *layer, const int8_t *x, int32_t x_row,
                                      const int8_t *skip, int8_t *y, int32_t y_row, int32_t rows, int8_t *scratch)
{
    const int32_t channels = layer->out_c;
    const nn_dsp_matrix m = {layer->weights, layer->whole, layer->length, layer->blocks,
                             channels,       layer->form,  layer->away};
    const nn_dsp_sum sum = {layer->sum_tables, layer->sum_multiplier, layer->sum_offset, layer->sum_shift,
                            layer->sum_away, layer->sum_min, layer->sum_max};
    const int32_t last_top = layer->in_h - (layer->kernel_h - 1) * layer->dilation_h - 1;
    const int32_t last_left = layer->in_w - (layer->kernel_w - 1) * layer->dilation_w - 1;
    /* Whole windows side by side are read row by row; copied ones only where a row of taps is in one piece. */
    const int32_t fast = !layer->copied || layer->dilation_w == 1;
    int32_t *const strip = (int32_t *)(void *)scratch;
    int8_t *const bytes = scratch + 24 * layer->blocks;
    int8_t *const results = bytes + (layer->copied ? 12 * layer->blocks : layer->in_c);
    int32_t top = y_row * layer->stride_h - layer->pad_top;
    int32_t column = 0;
    int32_t pixels = rows * layer->out_w;
    if (!layer->copied) {
        (void)memset(bytes, (int)layer->in_zero, (size_t)layer->in_c);
    }
    for (; pixels > 0; pixels -= 3) {
        const int32_t last = nn_min(2, pixels - 1);
        const int32_t second = nn_min(1, last);
        const int32_t left = column * layer->stride_w - layer->pad_left;
        if (fast && last == 2 && column + 3 <= layer->out_w && left >= 0 && left + 2 * layer->stride_w <= last_left &&
            top >= 0 && top <= last_top) {
            nn_conv2d_s8_dsp_strip_inside(layer, x + ((top - x_row) * layer->in_w + left) * layer->in_c, strip, bytes);
        } else {
            nn_conv2d_s8_dsp_strip(layer, x, x_row, top, column, last + 1, strip, bytes);
        }
        for (column += 3; column >= layer->out_w; column -= layer->out_w) {
            top += layer->stride_h;
        }
        if (sum.tables == NULL) {
            nn_dsp_matmul_3(&m, strip, y, y + second * channels, y + last * channels);
        } else {
            nn_dsp_matmul_3(&m, strip, results, results + second * channels, results + last * channels);
            nn_dsp_sum_s8(&sum, results, skip, y, (last + 1) * channels);
            skip += 3 * channels;
        }
        y += 3 * channels;
    }
}

/*
 * Output rows [y_row, y_row + rows) of nn_conv2d_s8__dsp, one image.
 * x          row x_row of the input; rows that the windows touch must be there
 * y          row y_row of the output
 */
NN_KERNEL void nn_conv2d_s8__dsp_rows(const nn_conv2d_s8_dsp_layer *layer, const int8_t *x, int32_t x_row, int8_t *y,
                                      int32_t y_row, int32_t rows, int8_t *scratch)
{
    nn_conv2d_s8_dsp_range(layer, x, x_row, y, y, y_row, rows, scratch);
}

/*
 * Convolution: any window, stride, dilation and padding; one group. Bit-exact with TFLite's int8 CONV_2D.
 * x          [batch][in_h][in_w][in_c]
 * y          [batch][out_h][out_w][out_c]; may overlap x from the distance on that the planner computes
 * scratch    24 bytes per block, then 12 per block if windows are copied, else in_c bytes
 */
NN_KERNEL void nn_conv2d_s8__dsp(const nn_conv2d_s8_dsp_layer *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_conv2d_s8_dsp_range(layer, x, 0, y, y, 0, layer->out_h, scratch);
        x += layer->in_h * layer->in_w * layer->in_c;
        y += layer->out_h * layer->out_w * layer->out_c;
    }
}

/*
 * nn_conv2d_s8__dsp, then the sum with a skip tensor. Bit-exact with TFLite's int8 CONV_2D followed by ADD.
 * skip       as y; may be y, or overlap it if y starts before it
 * scratch    as without the sum, then 3 * out_c bytes
 */
NN_KERNEL void nn_conv2d_s8_add__dsp(const nn_conv2d_s8_dsp_layer *layer, const int8_t *x, const int8_t *skip,
                                     int8_t *y, int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_conv2d_s8_dsp_range(layer, x, 0, skip, y, 0, layer->out_h, scratch);
        x += layer->in_h * layer->in_w * layer->in_c;
        skip += layer->out_h * layer->out_w * layer->out_c;
        y += layer->out_h * layer->out_w * layer->out_c;
    }
}

#endif
