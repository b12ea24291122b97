/* CMSIS-NN as TensorFlow Lite Micro calls it. -I DIR/Include and -I DIR of a checkout; its sources become one unit. */
#ifndef PEER_CMSIS_NN_H
#define PEER_CMSIS_NN_H

#include "arm_nnfunctions.h"
#include "peer.h"

#include "Source/BasicMathFunctions/arm_elementwise_add_s8.c"
#include "Source/ConvolutionFunctions/arm_convolve_1_x_n_s8.c"
#include "Source/ConvolutionFunctions/arm_convolve_1x1_s8.c"
#include "Source/ConvolutionFunctions/arm_convolve_1x1_s8_fast.c"
#include "Source/ConvolutionFunctions/arm_convolve_get_buffer_sizes_s8.c"
#include "Source/ConvolutionFunctions/arm_convolve_s8.c"
#include "Source/ConvolutionFunctions/arm_convolve_wrapper_s8.c"
#include "Source/ConvolutionFunctions/arm_depthwise_conv_3x3_s8.c"
#include "Source/ConvolutionFunctions/arm_depthwise_conv_get_buffer_sizes_s8.c"
#include "Source/ConvolutionFunctions/arm_depthwise_conv_s8.c"
#include "Source/ConvolutionFunctions/arm_depthwise_conv_s8_opt.c"
#include "Source/ConvolutionFunctions/arm_depthwise_conv_wrapper_s8.c"
#include "Source/ConvolutionFunctions/arm_nn_depthwise_conv_s8_core.c"
#include "Source/ConvolutionFunctions/arm_nn_mat_mult_kernel_row_offset_s8_s16.c"
#include "Source/ConvolutionFunctions/arm_nn_mat_mult_kernel_s8_s16.c"
#include "Source/ConvolutionFunctions/arm_nn_mat_mult_s8.c"
#include "Source/FullyConnectedFunctions/arm_fully_connected_s8.c"
#include "Source/NNSupportFunctions/arm_nn_depthwise_conv_nt_t_padded_s8.c"
#include "Source/NNSupportFunctions/arm_nn_depthwise_conv_nt_t_s8.c"
#include "Source/NNSupportFunctions/arm_nn_mat_mul_core_1x_s8.c"
#include "Source/NNSupportFunctions/arm_nn_mat_mul_core_4x_s8.c"
#include "Source/NNSupportFunctions/arm_nn_mat_mult_nt_t_s8.c"
#include "Source/NNSupportFunctions/arm_nn_mat_mult_nt_t_s8_s32.c"
#include "Source/NNSupportFunctions/arm_nn_vec_mat_mult_t_s8.c"
#include "Source/NNSupportFunctions/arm_q7_to_q15_with_offset.c"
#include "Source/NNSupportFunctions/arm_s8_to_s16_unordered_with_offset.c"
#include "Source/PoolingFunctions/arm_avgpool_get_buffer_sizes_s8.c"
#include "Source/PoolingFunctions/arm_avgpool_s8.c"
#include "Source/TransposeFunctions/arm_transpose_s8.c"

/* Working memory of all layers. */
static int32_t peer_buffer[16384];
static const cmsis_nn_context peer_context = {peer_buffer, sizeof peer_buffer};

static void peer_conv2d(const peer_conv *p, const int8_t *x, int8_t *y)
{
    const cmsis_nn_conv_params params = {p->input_offset,          p->output_offset,
                                         {p->stride_w, p->stride_h},     {p->pad_w, p->pad_h},
                                         {p->dilation_w, p->dilation_h}, {p->min, p->max}};
    const cmsis_nn_per_channel_quant_params quant = {(int32_t *)p->multiplier, (int32_t *)p->shift};
    const cmsis_nn_dims in = {p->n, p->in_h, p->in_w, p->in_c}, out = {p->n, p->out_h, p->out_w, p->out_c};
    const cmsis_nn_dims filter = {p->out_c, p->kernel_h, p->kernel_w, p->in_c}, bias = {1, 1, 1, p->out_c};
    (void)arm_convolve_wrapper_s8(&peer_context, &params, &quant, &in, x, &filter, p->weights, &bias, p->bias, &out, y);
}

static void peer_depthwise(const peer_conv *p, const int8_t *x, int8_t *y)
{
    const cmsis_nn_dw_conv_params params = {p->input_offset,          p->output_offset,
                                            p->out_c / p->in_c,       {p->stride_w, p->stride_h},
                                            {p->pad_w, p->pad_h},     {p->dilation_w, p->dilation_h},
                                            {p->min, p->max}};
    const cmsis_nn_per_channel_quant_params quant = {(int32_t *)p->multiplier, (int32_t *)p->shift};
    const cmsis_nn_dims in = {p->n, p->in_h, p->in_w, p->in_c}, out = {p->n, p->out_h, p->out_w, p->out_c};
    const cmsis_nn_dims filter = {1, p->kernel_h, p->kernel_w, p->out_c}, bias = {1, 1, 1, p->out_c};
    (void)arm_depthwise_conv_wrapper_s8(&peer_context, &params, &quant, &in, x, &filter, p->weights, &bias, p->bias,
                                        &out, y);
}

static void peer_fully_connected(const peer_conv *p, const int8_t *x, int8_t *y)
{
    const cmsis_nn_context sums = {(void *)p->kernel_sum, 4 * p->out_c};
    const cmsis_nn_fc_params params = {p->input_offset, 0, p->output_offset, {p->min, p->max}};
    const cmsis_nn_per_tensor_quant_params quant = {p->multiplier[0], p->shift[0]};
    const cmsis_nn_dims in = {p->n, 1, 1, p->in_c}, out = {p->n, 1, 1, p->out_c};
    const cmsis_nn_dims filter = {p->in_c, 1, 1, p->out_c}, bias = {1, 1, 1, p->out_c};
    (void)arm_fully_connected_s8(&sums, &params, &quant, &in, x, &filter, p->weights, &bias, p->bias, &out, y);
}

static void peer_sum(const peer_add *p, const int8_t *a, const int8_t *b, int8_t *y)
{
    (void)arm_elementwise_add_s8(a, b, p->a_offset, p->a_multiplier, p->a_shift, p->b_offset, p->b_multiplier,
                                 p->b_shift, p->left_shift, y, p->y_offset, p->y_multiplier, p->y_shift, p->min,
                                 p->max, p->count);
}

static void peer_average_pool(const peer_pool *p, const int8_t *x, int8_t *y)
{
    const cmsis_nn_pool_params params = {{p->stride_w, p->stride_h}, {p->pad_w, p->pad_h}, {p->min, p->max}};
    const cmsis_nn_dims in = {1, p->in_h, p->in_w, p->c}, out = {1, p->out_h, p->out_w, p->c};
    const cmsis_nn_dims filter = {1, p->filter_h, p->filter_w, 1};
    (void)arm_avgpool_s8(&peer_context, &params, &in, x, &filter, &out, y);
}

#endif
