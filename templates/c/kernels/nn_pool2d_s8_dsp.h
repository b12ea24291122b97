#ifndef NN_POOL2D_S8_DSP_H
#define NN_POOL2D_S8_DSP_H

#include "nn_common.h"
#include "nn_dsp_bytes_s8.h"
#include "nn_dsp_s8.h"
#include "nn_pool2d_s8.h"

/* Four channels at a time: bytes of a word are compared, or added as 16-bit numbers, all at once. */

#if NN_DSP_ASM

/* Greater of each of four bytes. */
NN_INLINE uint32_t nn_dsp_max_4(uint32_t a, uint32_t b)
{
    uint32_t result;
    /* SSUB8 notes which bytes of a are not less, SEL takes those. */
    __asm__("ssub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(result) : "r"(a), "r"(b));
    return result;
}

/* Bytes 0 and 2 of four added to two 16-bit sums. */
NN_INLINE uint32_t nn_dsp_add_even(uint32_t sums, uint32_t four)
{
    uint32_t result;
    __asm__("sxtab16 %0, %1, %2" : "=r"(result) : "r"(sums), "r"(four));
    return result;
}

/* Bytes 1 and 3. */
NN_INLINE uint32_t nn_dsp_add_odd(uint32_t sums, uint32_t four)
{
    uint32_t result;
    __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(result) : "r"(sums), "r"(four));
    return result;
}

#else

NN_INLINE uint32_t nn_dsp_max_4(uint32_t a, uint32_t b)
{
    uint32_t result = 0;
    int32_t i;
    for (i = 0; i < 4; ++i) {
        result |= ((uint32_t)nn_max(nn_dsp_byte(a, i), nn_dsp_byte(b, i)) & 0xffu) << (8 * i);
    }
    return result;
}

/* Bytes `from` and `from` + 2 of four added to two 16-bit sums. */
NN_INLINE uint32_t nn_dsp_add_bytes(uint32_t sums, uint32_t four, int32_t from)
{
    const int32_t low = (int32_t)(sums & 0xffffu) + nn_dsp_byte(four, from);
    const int32_t high = (int32_t)(sums >> 16) + nn_dsp_byte(four, from + 2);
    return ((uint32_t)low & 0xffffu) | ((uint32_t)high << 16);
}

NN_INLINE uint32_t nn_dsp_add_even(uint32_t sums, uint32_t four)
{
    return nn_dsp_add_bytes(sums, four, 0);
}

NN_INLINE uint32_t nn_dsp_add_odd(uint32_t sums, uint32_t four)
{
    return nn_dsp_add_bytes(sums, four, 1);
}

#endif

/* Four channels of one pixel: the average or the greatest over rows x columns taps from x on. */
NN_INLINE void nn_pool2d_s8_dsp_four(const nn_pool2d_s8_layer *layer, const int8_t *x, int32_t rows, int32_t columns,
                                     int8_t *y, int32_t average)
{
    const int32_t channels = layer->channels;
    uint32_t even = 0;
    uint32_t odd = 0;
    uint32_t greatest = 0x80808080u;
    int32_t i, j;
    for (i = 0; i < rows; ++i) {
        const int8_t *tap = x;
        for (j = 0; j < columns; ++j) {
            const uint32_t four = nn_dsp_get_4(tap);
            if (average) {
                even = nn_dsp_add_even(even, four);
                odd = nn_dsp_add_odd(odd, four);
            } else {
                greatest = nn_dsp_max_4(greatest, four);
            }
            tap += channels;
        }
        x += layer->in_w * channels;
    }
    if (average) {
        const int32_t count = rows * columns;
        const uint32_t sums[4] = {even & 0xffffu, odd & 0xffffu, even >> 16, odd >> 16};
        for (i = 0; i < 4; ++i) {
            const int32_t sum = ((int32_t)sums[i] ^ 0x8000) - 0x8000;
            y[i] = (int8_t)nn_clamp(nn_pool2d_s8_average(sum, count), layer->out_min, layer->out_max);
        }
        return;
    }
    nn_dsp_put_4(y, greatest);
    if (layer->out_min > -128 || layer->out_max < 127) {
        for (i = 0; i < 4; ++i) {
            y[i] = (int8_t)nn_clamp(y[i], layer->out_min, layer->out_max);
        }
    }
}

NN_INLINE void nn_pool2d_s8_dsp_range(const nn_pool2d_s8_layer *layer, const int8_t *x, int32_t x_row, int8_t *y,
                                      int32_t y_row, int32_t rows, int32_t average)
{
    const int32_t channels = layer->channels;
    int32_t out_y, out_x, c;
    for (out_y = y_row; out_y < y_row + rows; ++out_y) {
        const int32_t top = out_y * layer->stride_h - layer->pad_top;
        const int32_t from_y = nn_max(top, 0);
        const int32_t high = nn_min(top + layer->filter_h, layer->in_h) - from_y;
        for (out_x = 0; out_x < layer->out_w; ++out_x) {
            const int32_t left = out_x * layer->stride_w - layer->pad_left;
            const int32_t from_x = nn_max(left, 0);
            const int32_t wide = nn_min(left + layer->filter_w, layer->in_w) - from_x;
            const int8_t *const first = x + ((from_y - x_row) * layer->in_w + from_x) * channels;
            for (c = 0; c + 4 <= channels; c += 4) {
                nn_pool2d_s8_dsp_four(layer, first + c, high, wide, y + c, average);
            }
            nn_pool2d_s8_pixel(layer, first, c, high, wide, y, average);
            y += channels;
        }
    }
}

NN_INLINE void nn_pool2d_s8_dsp_images(const nn_pool2d_s8_layer *layer, const int8_t *x, int8_t *y, int32_t average)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_pool2d_s8_dsp_range(layer, x, 0, y, 0, layer->out_h, average);
        x += layer->in_h * layer->in_w * layer->channels;
        y += layer->out_h * layer->out_w * layer->channels;
    }
}

/* As nn_average_pool2d_s8, of at most 255 taps. */
NN_KERNEL void nn_average_pool2d_s8__dsp(const nn_pool2d_s8_layer *layer, const int8_t *x, int8_t *y)
{
    nn_pool2d_s8_dsp_images(layer, x, y, 1);
}

/* Output rows [y_row, y_row + rows) of it, one image; x = row x_row of the input, y = row y_row. */
NN_KERNEL void nn_average_pool2d_s8__dsp_rows(const nn_pool2d_s8_layer *layer, const int8_t *x, int32_t x_row,
                                              int8_t *y, int32_t y_row, int32_t rows)
{
    nn_pool2d_s8_dsp_range(layer, x, x_row, y, y_row, rows, 1);
}

/* As nn_max_pool2d_s8. */
NN_KERNEL void nn_max_pool2d_s8__dsp(const nn_pool2d_s8_layer *layer, const int8_t *x, int8_t *y)
{
    nn_pool2d_s8_dsp_images(layer, x, y, 0);
}

/* Output rows [y_row, y_row + rows) of it, one image; x = row x_row of the input, y = row y_row. */
NN_KERNEL void nn_max_pool2d_s8__dsp_rows(const nn_pool2d_s8_layer *layer, const int8_t *x, int32_t x_row, int8_t *y,
                                          int32_t y_row, int32_t rows)
{
    nn_pool2d_s8_dsp_range(layer, x, x_row, y, y_row, rows, 0);
}

#endif
