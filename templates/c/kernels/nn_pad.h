#ifndef NN_PAD_H
#define NN_PAD_H

#include "nn_common.h"

enum { NN_PAD_AXES = 5 };

typedef struct nn_pad_layer {
    const int32_t *axes;  /* [NN_PAD_AXES][3], outermost first: before, size of x, after; the last in bytes */
    const uint8_t *value; /* [width] bytes of the element that fills the border */
    int32_t width;        /* bytes of an element */
} nn_pad_layer;

/* Fills `bytes` bytes, a whole number of elements. Returns their end. */
NN_PART uint8_t *nn_pad_fill(const nn_pad_layer *layer, uint8_t *y, int32_t bytes)
{
    int32_t i;
    for (i = 0; i < bytes; ++i) {
        y[i] = layer->value[i % layer->width];
    }
    return y + bytes;
}

/* Bytes of y in one step along an axis. */
NN_INLINE int32_t nn_pad_step(const int32_t *axes, int32_t axis)
{
    int32_t bytes = 1;
    int32_t i;
    for (i = axis + 1; i < NN_PAD_AXES; ++i) {
        bytes *= axes[3 * i] + axes[3 * i + 1] + axes[3 * i + 2];
    }
    return bytes;
}

/*
 * x inside a border of one value; elements of any width.
 * x          sizes as in axes
 * y          sizes of x and border; may overlap x from the distance on that the planner computes
 */
NN_KERNEL void nn_pad(const nn_pad_layer *layer, const void *x, void *y)
{
    const int32_t *const axes = layer->axes;
    const int32_t row = axes[13];
    const uint8_t *in = (const uint8_t *)x;
    uint8_t *out = (uint8_t *)y;
    int32_t a, b, c, d;
    out = nn_pad_fill(layer, out, axes[0] * nn_pad_step(axes, 0));
    for (a = 0; a < axes[1]; ++a) {
        out = nn_pad_fill(layer, out, axes[3] * nn_pad_step(axes, 1));
        for (b = 0; b < axes[4]; ++b) {
            out = nn_pad_fill(layer, out, axes[6] * nn_pad_step(axes, 2));
            for (c = 0; c < axes[7]; ++c) {
                out = nn_pad_fill(layer, out, axes[9] * nn_pad_step(axes, 3));
                for (d = 0; d < axes[10]; ++d) {
                    /* The row first: what is in front of it may lie on top of it. */
                    (void)memmove(out + axes[12], in, (size_t)row);
                    (void)nn_pad_fill(layer, out, axes[12]);
                    out = nn_pad_fill(layer, out + axes[12] + row, axes[14]);
                    in += row;
                }
                out = nn_pad_fill(layer, out, axes[11] * nn_pad_step(axes, 3));
            }
            out = nn_pad_fill(layer, out, axes[8] * nn_pad_step(axes, 2));
        }
        out = nn_pad_fill(layer, out, axes[5] * nn_pad_step(axes, 1));
    }
    (void)nn_pad_fill(layer, out, axes[2] * nn_pad_step(axes, 0));
}

#endif
