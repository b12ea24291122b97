/*
 * The calls that bench/peers.mjs emits for a model, one per layer. A peer implements them: reference.h by plain loops,
 * cmsis-nn.h through a checkout of CMSIS-NN.
 */
#ifndef PEER_H
#define PEER_H

#include <stdint.h>
#include <string.h>

/* Images are [n][h][w][c]. Offsets are those of the TFLite specification: input_offset = -zero point. */
typedef struct peer_conv {
    int32_t n, in_h, in_w, in_c, out_h, out_w, out_c;
    int32_t kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w;
    int32_t input_offset, output_offset, min, max;
    const int8_t *weights; /* [out_c][kernel_h][kernel_w][in_c], depthwise [kernel_h][kernel_w][out_c] */
    const int32_t *bias, *multiplier, *shift;
    const int32_t *kernel_sum; /* fully connected: bias + input_offset * sum of weights */
} peer_conv;

typedef struct peer_add {
    int32_t a_offset, a_multiplier, a_shift, b_offset, b_multiplier, b_shift, left_shift;
    int32_t y_offset, y_multiplier, y_shift, min, max, count;
} peer_add;

typedef struct peer_pool {
    int32_t in_h, in_w, c, out_h, out_w, filter_h, filter_w, stride_h, stride_w, pad_h, pad_w, min, max;
} peer_pool;

#endif
