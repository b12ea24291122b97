#ifndef NN_TRANSPOSE_H
#define NN_TRANSPOSE_H

#include "nn_common.h"

enum { NN_TRANSPOSE_AXES = 5 };

typedef struct nn_transpose_layer {
    const int32_t *axes; /* [NN_TRANSPOSE_AXES][2], of y, outermost first: size, bytes from one to the next in x */
    int32_t width;       /* bytes of an element */
} nn_transpose_layer;

/* Elements of `width` bytes. */
NN_INLINE void nn_transpose_elements(const int32_t *axes, const void *x, void *y, int32_t width)
{
    const uint8_t *const in = (const uint8_t *)x;
    uint8_t *out = (uint8_t *)y;
    int32_t a, b, c, d, e;
    for (a = 0; a < axes[0]; ++a) {
        for (b = 0; b < axes[2]; ++b) {
            for (c = 0; c < axes[4]; ++c) {
                for (d = 0; d < axes[6]; ++d) {
                    const uint8_t *p = in + a * axes[1] + b * axes[3] + c * axes[5] + d * axes[7];
                    for (e = 0; e < axes[8]; ++e) {
                        (void)memcpy(out, p, (size_t)width);
                        out += width;
                        p += axes[9];
                    }
                }
            }
        }
    }
}

/*
 * Axes in another order; elements of 1, 2, 4 or any other number of bytes.
 * x, y       sizes as in axes; may not overlap
 */
NN_KERNEL void nn_transpose(const nn_transpose_layer *layer, const void *x, void *y)
{
    /* A width known to the compiler makes a load and a store of each copy. */
    if (layer->width == 1) {
        nn_transpose_elements(layer->axes, x, y, 1);
    } else if (layer->width == 4) {
        nn_transpose_elements(layer->axes, x, y, 4);
    } else {
        nn_transpose_elements(layer->axes, x, y, layer->width);
    }
}

#endif
