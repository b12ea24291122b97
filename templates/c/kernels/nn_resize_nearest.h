#ifndef NN_RESIZE_NEAREST_H
#define NN_RESIZE_NEAREST_H

#include "nn_common.h"

typedef struct nn_resize_nearest_layer {
    int32_t a_size, b_size, c_size, d_size; /* axes of y, neighbours merged */
    const int32_t *a, *b, *c, *d;           /* per element of an axis of y, bytes into x */
    int32_t run;                            /* bytes that stay together */
} nn_resize_nearest_layer;

/* Elements repeated or left out, of any type. x, y may not overlap. */
NN_KERNEL void nn_resize_nearest(const nn_resize_nearest_layer *layer, const void *x, void *y)
{
    const uint8_t *const in = (const uint8_t *)x;
    uint8_t *out = (uint8_t *)y;
    int32_t a, b, c, d;
    for (a = 0; a < layer->a_size; ++a) {
        for (b = 0; b < layer->b_size; ++b) {
            for (c = 0; c < layer->c_size; ++c) {
                const uint8_t *const p = in + layer->a[a] + layer->b[b] + layer->c[c];
                for (d = 0; d < layer->d_size; ++d) {
                    (void)memcpy(out, p + layer->d[d], (size_t)layer->run);
                    out += layer->run;
                }
            }
        }
    }
}

#endif
