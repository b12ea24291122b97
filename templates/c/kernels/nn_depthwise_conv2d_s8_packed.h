#ifndef NN_DEPTHWISE_CONV2D_S8_PACKED_H
#define NN_DEPTHWISE_CONV2D_S8_PACKED_H

#include "nn_common.h"
#include "nn_packed_window_s8.h"

/* One output channel per input channel. */
typedef struct nn_depthwise_conv2d_s8_packed_layer {
    const int8_t *weights; /* [channels][kernel_h][kernel_w] */
    const int32_t *numbers;
    NN_INT any; /* nn_packed_window_any, or nn_packed_window_3x3? */
    NN_INT batch;
    NN_INT in_h, in_w, channels;
    NN_INT out_h, out_w;
    NN_INT kernel_h, kernel_w;
    NN_INT stride_h, stride_w;
    NN_INT dilation_h, dilation_w;
    NN_INT pad_top, pad_left;
    NN_INT in_zero;
} nn_depthwise_conv2d_s8_packed_layer;

/* A piece of the image, in pixels; negative in the padding. */
typedef struct nn_depthwise_conv2d_s8_packed_piece {
    int32_t top, left, rows, columns;
} nn_depthwise_conv2d_s8_packed_piece;

/* A piece copied to scratch [rows][columns][channels]; what lies outside the image reads as in_zero. x = row x_row. */
NN_PART void nn_depthwise_conv2d_s8_packed_copy(const nn_depthwise_conv2d_s8_packed_layer *layer, const int8_t *x,
                                                int32_t x_row, const nn_depthwise_conv2d_s8_packed_piece *p,
                                                int8_t *scratch)
{
    const int32_t channels = layer->channels;
    const int32_t before = nn_clamp(-p->left, 0, p->columns);
    const int32_t end = nn_clamp(layer->in_w - p->left, before, p->columns);
    int32_t i;
    for (i = 0; i < p->rows; ++i) {
        const int32_t y = p->top + i;
        if (y < 0 || y >= layer->in_h) {
            (void)memset(scratch, (int)layer->in_zero, (size_t)(p->columns * channels));
        } else {
            (void)memset(scratch, (int)layer->in_zero, (size_t)(before * channels));
            (void)memcpy(scratch + before * channels,
                         x + ((y - x_row) * layer->in_w + p->left + before) * channels,
                         (size_t)((end - before) * channels));
            (void)memset(scratch + end * channels, (int)layer->in_zero, (size_t)((p->columns - end) * channels));
        }
        scratch += p->columns * channels;
    }
}

/* Up to three pixels from (row, column) on: side by side, or one below the other where rows have just one. */
NN_PART void nn_depthwise_conv2d_s8_packed_three(const nn_depthwise_conv2d_s8_packed_layer *layer, const int8_t *x,
                                                 int32_t x_row, int32_t row, int32_t column, int32_t count, int8_t *y,
                                                 int8_t *scratch)
{
    const int32_t channels = layer->channels;
    const int32_t down = layer->out_w == 1 ? (count - 1) * layer->stride_h : 0;
    const int32_t across = layer->out_w == 1 ? 0 : (count - 1) * layer->stride_w;
    const nn_depthwise_conv2d_s8_packed_piece piece = {row * layer->stride_h - layer->pad_top,
                                                       column * layer->stride_w - layer->pad_left,
                                                       (layer->kernel_h - 1) * layer->dilation_h + 1 + down,
                                                       (layer->kernel_w - 1) * layer->dilation_w + 1 + across};
    const int32_t inside = piece.top >= 0 && piece.left >= 0 && piece.top + piece.rows <= layer->in_h &&
                           piece.left + piece.columns <= layer->in_w;
    const int32_t line = (inside ? layer->in_w : piece.columns) * channels;
    const int32_t step = layer->out_w == 1 ? layer->stride_h * line : layer->stride_w * channels;
    const int32_t numbers = channels * (layer->any ? NN_PACKED_MORE_NUMBERS : NN_PACKED_NUMBERS);
    nn_packed_windows w;
    int32_t i;
    if (!inside) {
        nn_depthwise_conv2d_s8_packed_copy(layer, x, x_row, &piece, scratch);
    }
    w.weights = layer->weights;
    w.numbers = layer->numbers;
    w.numbers_end = layer->numbers + numbers;
    w.x = inside ? x + ((piece.top - x_row) * layer->in_w + piece.left) * channels : scratch;
    w.y = y;
    for (i = 0; i < 3; ++i) {
        w.in[i] = (count == 3 ? i : nn_min(i, count - 1)) * step;
        w.out[i] = (count == 3 ? i : nn_min(i, count - 1)) * channels;
    }
    w.column = layer->dilation_w * channels;
    w.row = layer->dilation_h * line - (layer->kernel_w - (layer->any ? 0 : 1)) * w.column;
    w.rows = layer->kernel_h;
    w.taps = layer->kernel_w;
#if !NN_PACKED_ASM && !defined(NN_OPTIMIZE_SIZE)
    if (count == 3) {
        /* Inlined, with constant offsets. */
        const int32_t row_step = layer->dilation_h * line - layer->kernel_w * w.column;
        nn_packed_window(w, layer->kernel_h, layer->kernel_w, row_step, layer->any);
        return;
    }
#endif
    if (layer->any) {
        nn_packed_window_any(&w);
    } else {
        nn_packed_window_3x3(&w);
    }
}

/*
 * Output rows [y_row, y_row + rows) of nn_depthwise_conv2d_s8__packed, one image.
 * x          row x_row of the input; rows that the windows touch must be there
 * y          row y_row of the output
 */
NN_KERNEL void nn_depthwise_conv2d_s8__packed_rows(const nn_depthwise_conv2d_s8_packed_layer *layer, const int8_t *x,
                                                   int32_t x_row, int8_t *y, int32_t y_row, int32_t rows,
                                                   int8_t *scratch)
{
    const int32_t end = y_row + rows;
    int32_t row = y_row;
    int32_t column = 0;
    while (row < end) {
        const int32_t count = nn_min(3, layer->out_w == 1 ? end - row : layer->out_w - column);
        nn_depthwise_conv2d_s8_packed_three(layer, x, x_row, row, column, count, y, scratch);
        y += count * layer->channels;
        column += layer->out_w == 1 ? 0 : count;
        if (layer->out_w == 1) {
            row += count;
        } else if (column == layer->out_w) {
            column = 0;
            row += 1;
        } else {
            /* the same row goes on */
        }
    }
}

/*
 * Depthwise convolution, one output channel per input channel: any window, stride, dilation, padding. Bit-exact with
 * TFLite's int8 DEPTHWISE_CONV_2D.
 * x          [batch][in_h][in_w][channels]
 * y          [batch][out_h][out_w][channels]; may overlap x from the distance on that the planner computes
 * scratch    a copy of the windows of three pixels if any window crosses the border
 */
NN_KERNEL void nn_depthwise_conv2d_s8__packed(const nn_depthwise_conv2d_s8_packed_layer *layer, const int8_t *x,
                                              int8_t *y, int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_depthwise_conv2d_s8__packed_rows(layer, x, 0, y, 0, layer->out_h, scratch);
        x += layer->in_h * layer->in_w * layer->channels;
        y += layer->out_h * layer->out_w * layer->channels;
    }
}

#endif
