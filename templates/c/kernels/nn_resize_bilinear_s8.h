#ifndef NN_RESIZE_BILINEAR_S8_H
#define NN_RESIZE_BILINEAR_S8_H

#include "nn_common.h"

typedef struct nn_resize_bilinear_s8_layer {
    int32_t batches, height, width, channels; /* of y */
    int32_t image;                            /* elements of an image of x */
    const int32_t *rows;                      /* [height][2], elements of x from its start to both rows */
    const int16_t *rows_at;                   /* [height], from the first row towards the second, 1 / 1024 */
    const int32_t *columns;                   /* [width][2] */
    const int16_t *columns_at;                /* [width] */
} nn_resize_bilinear_s8_layer;

/*
 * Another height and width. Bit-exact with TFLite Micro's int8 RESIZE_BILINEAR.
 * x          [batches][rows][columns][channels]
 * y          [batches][height][width][channels]; may not overlap x
 */
NN_KERNEL void nn_resize_bilinear_s8(const nn_resize_bilinear_s8_layer *layer, const int8_t *x, int8_t *y)
{
    const int32_t channels = layer->channels;
    int32_t n, i, j, c;
    for (n = 0; n < layer->batches; ++n) {
        for (i = 0; i < layer->height; ++i) {
            const int8_t *const top = x + layer->rows[2 * i];
            const int8_t *const bottom = x + layer->rows[2 * i + 1];
            const int32_t down = layer->rows_at[i];
            for (j = 0; j < layer->width; ++j) {
                const int32_t left = layer->columns[2 * j];
                const int32_t right = layer->columns[2 * j + 1];
                const int32_t along = layer->columns_at[j];
                /* Weights in units of 2^-20. */
                const int32_t w00 = (1024 - down) * (1024 - along);
                const int32_t w10 = down * (1024 - along);
                const int32_t w01 = (1024 - down) * along;
                const int32_t w11 = down * along;
                for (c = 0; c < channels; ++c) {
                    const int32_t upper = top[left + c] * w00 + top[right + c] * w01;
                    const int32_t sum = upper + bottom[left + c] * w10 + bottom[right + c] * w11;
                    *y++ = (int8_t)((sum + (sum > 0 ? 524288 : -524288)) / 1048576);
                }
            }
        }
        x += layer->image;
    }
}

#endif
