#ifndef REFERENCE_S8_H
#define REFERENCE_S8_H

#include "nn_common.h"

/*
 * Convolutions and fully connected layers as plain loops over the definition, in the manner of a library's reference
 * kernels: what bench/reference.mjs measures against. One function serves all layers, zero points are added to each value.
 */

typedef struct reference_s8_layer {
    const int8_t *weights;     /* [out_c][kernel_h][kernel_w][in_c]; depthwise [kernel_h][kernel_w][out_c] */
    const int32_t *bias;       /* [out_c] */
    const int32_t *multiplier; /* [out_c] */
    const int32_t *shift;      /* [out_c], to the left */
    int32_t batch;
    int32_t in_h, in_w, in_c;
    int32_t out_h, out_w, out_c;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t multiples; /* depthwise: outputs per input channel */
    int32_t in_offset, out_offset, out_min, out_max;
} reference_s8_layer;

#define REFERENCE static __attribute__((noinline, unused))

REFERENCE int32_t reference_high_multiply(int32_t a, int32_t b)
{
    const int64_t product = (int64_t)a * b;
    const int32_t nudge = product >= 0 ? ((int32_t)1 << 30) : 1 - ((int32_t)1 << 30);
    if (a == b && a == INT32_MIN) {
        return INT32_MAX;
    }
    return (int32_t)((product + nudge) / ((int64_t)1 << 31));
}

REFERENCE int32_t reference_divide(int32_t x, int32_t exponent)
{
    const int32_t mask = (int32_t)(((int64_t)1 << exponent) - 1);
    const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

REFERENCE int8_t reference_result(const reference_s8_layer *layer, int32_t acc, int32_t channel)
{
    const int32_t shift = layer->shift[channel];
    const int32_t left = shift > 0 ? shift : 0;
    const int32_t right = shift > 0 ? 0 : -shift;
    const int32_t scaled = reference_divide(
        reference_high_multiply((int32_t)((uint32_t)acc << left), layer->multiplier[channel]), right);
    return (int8_t)nn_clamp(scaled + layer->out_offset, layer->out_min, layer->out_max);
}

REFERENCE void reference_conv2d_s8(const reference_s8_layer *layer, const int8_t *x, int8_t *y)
{
    int32_t n, oy, ox, o, ky, kx, i;
    for (n = 0; n < layer->batch; ++n) {
        for (oy = 0; oy < layer->out_h; ++oy) {
            for (ox = 0; ox < layer->out_w; ++ox) {
                for (o = 0; o < layer->out_c; ++o) {
                    int32_t acc = 0;
                    for (ky = 0; ky < layer->kernel_h; ++ky) {
                        const int32_t iy = oy * layer->stride_h - layer->pad_top + ky * layer->dilation_h;
                        for (kx = 0; kx < layer->kernel_w; ++kx) {
                            const int32_t ix = ox * layer->stride_w - layer->pad_left + kx * layer->dilation_w;
                            if (iy < 0 || iy >= layer->in_h || ix < 0 || ix >= layer->in_w) {
                                continue;
                            }
                            for (i = 0; i < layer->in_c; ++i) {
                                const int32_t value = x[((n * layer->in_h + iy) * layer->in_w + ix) * layer->in_c + i];
                                const int32_t weight =
                                    layer->weights[((o * layer->kernel_h + ky) * layer->kernel_w + kx) * layer->in_c + i];
                                acc += weight * (value + layer->in_offset);
                            }
                        }
                    }
                    y[((n * layer->out_h + oy) * layer->out_w + ox) * layer->out_c + o] =
                        reference_result(layer, acc + layer->bias[o], o);
                }
            }
        }
    }
}

REFERENCE void reference_depthwise_conv2d_s8(const reference_s8_layer *layer, const int8_t *x, int8_t *y)
{
    int32_t n, oy, ox, i, m, ky, kx;
    for (n = 0; n < layer->batch; ++n) {
        for (oy = 0; oy < layer->out_h; ++oy) {
            for (ox = 0; ox < layer->out_w; ++ox) {
                for (i = 0; i < layer->in_c; ++i) {
                    for (m = 0; m < layer->multiples; ++m) {
                        const int32_t o = m + i * layer->multiples;
                        int32_t acc = 0;
                        for (ky = 0; ky < layer->kernel_h; ++ky) {
                            const int32_t iy = oy * layer->stride_h - layer->pad_top + ky * layer->dilation_h;
                            for (kx = 0; kx < layer->kernel_w; ++kx) {
                                const int32_t ix = ox * layer->stride_w - layer->pad_left + kx * layer->dilation_w;
                                if (iy >= 0 && iy < layer->in_h && ix >= 0 && ix < layer->in_w) {
                                    const int32_t value = x[((n * layer->in_h + iy) * layer->in_w + ix) * layer->in_c + i];
                                    const int32_t weight = layer->weights[(ky * layer->kernel_w + kx) * layer->out_c + o];
                                    acc += weight * (value + layer->in_offset);
                                }
                            }
                        }
                        y[((n * layer->out_h + oy) * layer->out_w + ox) * layer->out_c + o] =
                            reference_result(layer, acc + layer->bias[o], o);
                    }
                }
            }
        }
    }
}

/* batch rows of in_c values. */
REFERENCE void reference_fully_connected_s8(const reference_s8_layer *layer, const int8_t *x, int8_t *y)
{
    int32_t n, o, i;
    for (n = 0; n < layer->batch; ++n) {
        for (o = 0; o < layer->out_c; ++o) {
            int32_t acc = 0;
            for (i = 0; i < layer->in_c; ++i) {
                acc += layer->weights[o * layer->in_c + i] * (x[n * layer->in_c + i] + layer->in_offset);
            }
            y[n * layer->out_c + o] = reference_result(layer, acc + layer->bias[o], o);
        }
    }
}

#endif
