#ifndef NN_DEPTHWISE_CONV2D_3X3_S8_DSP_H
#define NN_DEPTHWISE_CONV2D_3X3_S8_DSP_H

#include "nn_common.h"
#include "nn_dsp_bytes_s8.h"
#include "nn_dsp_planar_3x3_s8.h"

typedef struct nn_depthwise_conv2d_3x3_s8_dsp_layer {
    const int32_t *weights; /* [channels][NN_DSP_PLANAR_NUMBERS] */
    int32_t batch;
    int32_t in_h, in_w, channels; /* channels >= 4 */
    int32_t out_h, out_w;         /* out_w >= 2 */
    int32_t stride_h, stride_w;   /* up to 3; 1 or 2 */
    int32_t pad_top, pad_left;    /* pad_left 0 or 1 */
    int32_t in_zero;
    int32_t words; /* of a row in a plane */
} nn_depthwise_conv2d_3x3_s8_dsp_layer;

/* Two pixels of four channels, a first, into the same word of four planes that lie `plane` words apart. */
NN_INLINE void nn_dsp_planar_put(int32_t *word, int32_t plane, uint32_t a, uint32_t b)
{
#if NN_DSP_ASM
    int32_t w0, w1, w2, w3;
    __asm__(".syntax unified\n\t"
            "sxtb16 %0, %4\n\t"
            "sxtb16 %1, %5\n\t"
            "pkhtb %2, %1, %0, asr #16\n\t"
            "pkhbt %0, %0, %1, lsl #16\n\t"
            "sxtb16 %1, %4, ror #8\n\t"
            "sxtb16 %3, %5, ror #8\n\t"
            : "=&r"(w0), "=&r"(w1), "=&r"(w2), "=&r"(w3)
            : "r"(a), "r"(b));
    word[0] = w0;
    word[2 * plane] = w2;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(w0) : "r"(w1), "r"(w3));
    __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(w2) : "r"(w3), "r"(w1));
    word[plane] = w0;
    word[3 * plane] = w2;
#else
    int32_t i;
    for (i = 0; i < 4; ++i) {
        word[i * plane] = (nn_dsp_byte(a, i) & 0xffff) + nn_dsp_byte(b, i) * 65536;
    }
#endif
}

/* One row of four channels: x = first of its `pixels`, to their planes from `word` on. */
NN_INLINE void nn_dsp_planar_put_row(const nn_depthwise_conv2d_3x3_s8_dsp_layer *layer, const int8_t *x,
                                     int32_t pixels, int32_t *word)
{
    const int32_t plane = 3 * layer->words;
    const int32_t channels = layer->channels;
    const uint32_t outside = (uint32_t)(uint8_t)layer->in_zero * 0x1010101u;
    int32_t left = pixels;
    if (layer->pad_left != 0) {
        nn_dsp_planar_put(word, plane, outside, nn_dsp_get_4(x));
        x += channels;
        word += 3;
        --left;
    }
    for (; left >= 4; left -= 4) {
        nn_dsp_planar_put(word, plane, nn_dsp_get_4(x), nn_dsp_get_4(x + channels));
        nn_dsp_planar_put(word + 3, plane, nn_dsp_get_4(x + 2 * channels), nn_dsp_get_4(x + 3 * channels));
        x += 4 * channels;
        word += 6;
    }
    if (left >= 2) {
        nn_dsp_planar_put(word, plane, nn_dsp_get_4(x), nn_dsp_get_4(x + channels));
        x += 2 * channels;
        word += 3;
        left -= 2;
    }
    if (left != 0) {
        nn_dsp_planar_put(word, plane, nn_dsp_get_4(x), outside);
    }
}

/* One row of the image to its slot; the last four channels may overlap those before. */
NN_PART void nn_dsp_planar_load(const nn_depthwise_conv2d_3x3_s8_dsp_layer *layer, const int8_t *x, int32_t *slot)
{
    const int32_t columns = 2 * layer->words - layer->pad_left;
    const int32_t pixels = nn_min(layer->in_w, columns);
    int32_t c;
    for (c = 0; c + 4 <= layer->channels; c += 4) {
        nn_dsp_planar_put_row(layer, x + c, pixels, slot + 3 * layer->words * c);
    }
    if (layer->channels % 4 != 0) {
        c = layer->channels - 4;
        nn_dsp_planar_put_row(layer, x + c, pixels, slot + 3 * layer->words * c);
    }
}

/* `count` words, `step` apart, that all hold the zero point. */
NN_PART void nn_dsp_planar_clear(int32_t *word, int32_t count, int32_t step, int32_t zero)
{
    const int32_t both = (zero & 0xffff) + zero * 65536;
    int32_t i;
    for (i = 0; i < count; ++i) {
        word[i * step] = both;
    }
}

/* One row of outputs. */
NN_INLINE void nn_depthwise_conv2d_3x3_s8_dsp_row(const nn_depthwise_conv2d_3x3_s8_dsp_layer *layer,
                                                  const int32_t *planes, int8_t *y, int32_t rotation)
{
    const int32_t channels = layer->channels;
    const int32_t *const w = layer->weights;
    const int32_t *const w_end = w + channels * NN_DSP_PLANAR_NUMBERS;
    const int32_t pairs = layer->out_w / 2;
    if (layer->stride_w == 1) {
        if (layer->out_w % 2 == 0) {
            nn_dsp_planar_1_even(w, w_end, planes, y, channels, pairs, rotation);
        } else {
            nn_dsp_planar_1_odd(w, w_end, planes, y, channels, pairs, rotation);
        }
    } else if (layer->out_w % 2 == 0) {
        nn_dsp_planar_2_even(w, w_end, planes, y, channels, pairs, rotation);
    } else {
        nn_dsp_planar_2_odd(w, w_end, planes, y, channels, pairs, rotation);
    }
}

/* Rows of the image enter the planes once, just before the first row of outputs that reads them. */
NN_INLINE void nn_depthwise_conv2d_3x3_s8_dsp_range(const nn_depthwise_conv2d_3x3_s8_dsp_layer *layer,
                                                    const int8_t *x, int32_t x_row, int8_t *y, int32_t y_row,
                                                    int32_t rows, int32_t *planes)
{
    const int32_t all = layer->channels * layer->words;
    const int32_t in_bytes = layer->in_w * layer->channels;
    int32_t top = y_row * layer->stride_h - layer->pad_top;
    int32_t next = top;
    int32_t slot = 0;
    int32_t rotation = 0;
    int32_t i;
    nn_dsp_planar_clear(planes, 3 * all, 1, layer->in_zero);
    for (i = 0; i < rows; ++i) {
        for (; next < top + 3; ++next) {
            if (next >= layer->in_h) {
                nn_dsp_planar_clear(planes + slot, all, 3, layer->in_zero);
            } else {
                if (next >= 0) {
                    nn_dsp_planar_load(layer, x + (next - x_row) * in_bytes, planes + slot);
                }
            }
            slot = slot == 2 ? 0 : slot + 1;
        }
        nn_depthwise_conv2d_3x3_s8_dsp_row(layer, planes, y, rotation);
        y += layer->out_w * layer->channels;
        top += layer->stride_h;
        rotation = (rotation + layer->stride_h) % 3;
    }
}

/*
 * Output rows [y_row, y_row + rows) of nn_depthwise_conv2d_3x3_s8__dsp, one image.
 * x          row x_row of the input; rows that the windows touch must be there
 * y          row y_row of the output
 */
NN_KERNEL void nn_depthwise_conv2d_3x3_s8__dsp_rows(const nn_depthwise_conv2d_3x3_s8_dsp_layer *layer,
                                                    const int8_t *x, int32_t x_row, int8_t *y, int32_t y_row,
                                                    int32_t rows, int8_t *scratch)
{
    nn_depthwise_conv2d_3x3_s8_dsp_range(layer, x, x_row, y, y_row, rows, (int32_t *)(void *)scratch);
}

/*
 * Depthwise convolution with 3x3 windows. Bit-exact with TFLite's int8 DEPTHWISE_CONV_2D.
 * x          [batch][in_h][in_w][channels]
 * y          [batch][out_h][out_w][channels]; may overlap x from the distance on that the planner computes
 * scratch    planes: 12 * words * channels bytes
 */
NN_KERNEL void nn_depthwise_conv2d_3x3_s8__dsp(const nn_depthwise_conv2d_3x3_s8_dsp_layer *layer, const int8_t *x,
                                               int8_t *y, int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_depthwise_conv2d_3x3_s8_dsp_range(layer, x, 0, y, 0, layer->out_h, (int32_t *)(void *)scratch);
        x += layer->in_h * layer->in_w * layer->channels;
        y += layer->out_h * layer->out_w * layer->channels;
    }
}

#endif
