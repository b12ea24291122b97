#ifndef NN_RESIZE_BILINEAR_F32_H
#define NN_RESIZE_BILINEAR_F32_H

#include "nn_common.h"

typedef struct nn_resize_bilinear_f32_layer {
    int32_t batches, height, width, channels; /* of y */
    int32_t image;                            /* elements of an image of x */
    const int32_t *rows;                      /* [height][2], elements of x from its start to both rows */
    const float *rows_at;                     /* [height], from the first row towards the second */
    const int32_t *columns;                   /* [width][2] */
    const float *columns_at;                  /* [width] */
} nn_resize_bilinear_f32_layer;

/*
 * Another height and width.
 * x          [batches][rows][columns][channels]
 * y          [batches][height][width][channels]; may not overlap x
 */
NN_KERNEL void nn_resize_bilinear_f32(const nn_resize_bilinear_f32_layer *layer, const float *x, float *y)
{
    const int32_t channels = layer->channels;
    int32_t n, i, j, c;
    for (n = 0; n < layer->batches; ++n) {
        for (i = 0; i < layer->height; ++i) {
            const float *const top = x + layer->rows[2 * i];
            const float *const bottom = x + layer->rows[2 * i + 1];
            const float down = layer->rows_at[i];
            for (j = 0; j < layer->width; ++j) {
                const int32_t left = layer->columns[2 * j];
                const int32_t right = layer->columns[2 * j + 1];
                const float along = layer->columns_at[j];
                const float w00 = (1.0f - down) * (1.0f - along);
                const float w10 = down * (1.0f - along);
                const float w01 = (1.0f - down) * along;
                const float w11 = down * along;
                for (c = 0; c < channels; ++c) {
                    const float upper = top[left + c] * w00 + top[right + c] * w01;
                    *y++ = upper + bottom[left + c] * w10 + bottom[right + c] * w11;
                }
            }
        }
        x += layer->image;
    }
}

#endif
