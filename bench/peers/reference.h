/*
 * The straightforward way: the loops of TFLite's int8 reference kernels as its specification states them, one function
 * per operator for all layers. What a compiler at -O3 makes of them is what our kernels are measured against where no
 * library is at hand.
 */
#ifndef PEER_REFERENCE_H
#define PEER_REFERENCE_H

#include "peer.h"

/* Rounded twice: gemmlowp's SaturatingRoundingDoublingHighMul, then RoundingDivideByPOT. */
static int32_t peer_requantize(int32_t x, int32_t multiplier, int32_t shift)
{
    const int32_t left = shift > 0 ? shift : 0;
    const int32_t right = shift > 0 ? 0 : -shift;
    const int64_t product = (int64_t)(x * ((int32_t)1 << left)) * multiplier;
    const int64_t nudge = product >= 0 ? ((int64_t)1 << 30) : 1 - ((int64_t)1 << 30);
    const int32_t high = (int32_t)((product + nudge) / ((int64_t)1 << 31));
    const int32_t mask = (int32_t)(((int64_t)1 << right) - 1);
    const int32_t threshold = (mask >> 1) + (high < 0 ? 1 : 0);
    return (high >> right) + ((high & mask) > threshold ? 1 : 0);
}

static int8_t peer_clamp(int32_t x, int32_t min, int32_t max)
{
    return (int8_t)(x < min ? min : x > max ? max : x);
}

static void peer_conv2d(const peer_conv *p, const int8_t *x, int8_t *y)
{
    for (int32_t oy = 0; oy < p->out_h; ++oy)
        for (int32_t ox = 0; ox < p->out_w; ++ox)
            for (int32_t o = 0; o < p->out_c; ++o) {
                int32_t acc = 0;
                for (int32_t ky = 0; ky < p->kernel_h; ++ky)
                    for (int32_t kx = 0; kx < p->kernel_w; ++kx) {
                        const int32_t iy = oy * p->stride_h - p->pad_h + ky * p->dilation_h;
                        const int32_t ix = ox * p->stride_w - p->pad_w + kx * p->dilation_w;
                        if (iy < 0 || iy >= p->in_h || ix < 0 || ix >= p->in_w) continue;
                        for (int32_t i = 0; i < p->in_c; ++i) {
                            const int32_t v = x[(iy * p->in_w + ix) * p->in_c + i];
                            const int32_t w = p->weights[((o * p->kernel_h + ky) * p->kernel_w + kx) * p->in_c + i];
                            acc += w * (v + p->input_offset);
                        }
                    }
                acc = peer_requantize(acc + p->bias[o], p->multiplier[o], p->shift[o]) + p->output_offset;
                y[(oy * p->out_w + ox) * p->out_c + o] = peer_clamp(acc, p->min, p->max);
            }
}

static void peer_depthwise(const peer_conv *p, const int8_t *x, int8_t *y)
{
    const int32_t multiples = p->out_c / p->in_c;
    for (int32_t oy = 0; oy < p->out_h; ++oy)
        for (int32_t ox = 0; ox < p->out_w; ++ox)
            for (int32_t i = 0; i < p->in_c; ++i)
                for (int32_t m = 0; m < multiples; ++m) {
                    const int32_t o = i * multiples + m;
                    int32_t acc = 0;
                    for (int32_t ky = 0; ky < p->kernel_h; ++ky)
                        for (int32_t kx = 0; kx < p->kernel_w; ++kx) {
                            const int32_t iy = oy * p->stride_h - p->pad_h + ky * p->dilation_h;
                            const int32_t ix = ox * p->stride_w - p->pad_w + kx * p->dilation_w;
                            if (iy < 0 || iy >= p->in_h || ix < 0 || ix >= p->in_w) continue;
                            const int32_t v = x[(iy * p->in_w + ix) * p->in_c + i];
                            acc += p->weights[(ky * p->kernel_w + kx) * p->out_c + o] * (v + p->input_offset);
                        }
                    acc = peer_requantize(acc + p->bias[o], p->multiplier[o], p->shift[o]) + p->output_offset;
                    y[(oy * p->out_w + ox) * p->out_c + o] = peer_clamp(acc, p->min, p->max);
                }
}

static void peer_fully_connected(const peer_conv *p, const int8_t *x, int8_t *y)
{
    for (int32_t row = 0; row < p->n; ++row)
        for (int32_t o = 0; o < p->out_c; ++o) {
            int32_t acc = 0;
            for (int32_t i = 0; i < p->in_c; ++i)
                acc += p->weights[o * p->in_c + i] * (x[row * p->in_c + i] + p->input_offset);
            acc = peer_requantize(acc + p->bias[o], p->multiplier[0], p->shift[0]) + p->output_offset;
            y[row * p->out_c + o] = peer_clamp(acc, p->min, p->max);
        }
}

static void peer_sum(const peer_add *p, const int8_t *a, const int8_t *b, int8_t *y)
{
    for (int32_t i = 0; i < p->count; ++i) {
        const int32_t left = (int32_t)1 << p->left_shift;
        const int32_t u = peer_requantize((a[i] + p->a_offset) * left, p->a_multiplier, p->a_shift);
        const int32_t v = peer_requantize((b[i] + p->b_offset) * left, p->b_multiplier, p->b_shift);
        y[i] = peer_clamp(peer_requantize(u + v, p->y_multiplier, p->y_shift) + p->y_offset, p->min, p->max);
    }
}

static void peer_average_pool(const peer_pool *p, const int8_t *x, int8_t *y)
{
    for (int32_t oy = 0; oy < p->out_h; ++oy)
        for (int32_t ox = 0; ox < p->out_w; ++ox)
            for (int32_t c = 0; c < p->c; ++c) {
                int32_t sum = 0, count = 0;
                for (int32_t ky = 0; ky < p->filter_h; ++ky)
                    for (int32_t kx = 0; kx < p->filter_w; ++kx) {
                        const int32_t iy = oy * p->stride_h - p->pad_h + ky, ix = ox * p->stride_w - p->pad_w + kx;
                        if (iy < 0 || iy >= p->in_h || ix < 0 || ix >= p->in_w) continue;
                        sum += x[(iy * p->in_w + ix) * p->c + c];
                        ++count;
                    }
                sum = sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
                y[(oy * p->out_w + ox) * p->c + c] = peer_clamp(sum, p->min, p->max);
            }
}

#endif
