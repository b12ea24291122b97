#ifndef NN_STRIDED_H
#define NN_STRIDED_H

#include "nn_common.h"

enum { NN_STRIDED_AXES = 8 };

typedef struct nn_strided_layer {
    const int32_t *axes; /* [NN_STRIDED_AXES][2], of y, outermost first: size, bytes from one to the next in x */
    int32_t start;       /* bytes to the first element */
    int32_t runs;        /* product of the sizes */
    int32_t run;         /* bytes that are neighbours in both */
} nn_strided_layer;

/* Bytes from the start of x to run i. */
NN_INLINE int32_t nn_strided_offset(const int32_t *axes, int32_t i)
{
    int32_t offset = 0;
    int32_t axis;
    for (axis = NN_STRIDED_AXES - 1; axis >= 0 && i > 0; --axis) {
        const int32_t size = axes[2 * axis];
        if (size > 1) {
            offset += i % size * axes[2 * axis + 1];
            i /= size;
        }
    }
    return offset;
}

/*
 * A tensor read with other strides: slices, repetitions, reversals, broadcasting. Elements of any type.
 * x, y       may not overlap
 */
NN_KERNEL void nn_strided(const nn_strided_layer *layer, const void *x, void *y)
{
    const uint8_t *const in = (const uint8_t *)x + layer->start;
    uint8_t *out = (uint8_t *)y;
    int32_t i;
    for (i = 0; i < layer->runs; ++i) {
        (void)memcpy(out, in + nn_strided_offset(layer->axes, i), (size_t)layer->run);
        out += layer->run;
    }
}

#endif
