#ifndef NN_GATHER_H
#define NN_GATHER_H

#include "nn_common.h"

/* Index i on an axis: negative ones count from the end, what lies beyond is kept at the border. */
NN_INLINE int32_t nn_on_axis(int32_t i, int32_t size)
{
    return nn_clamp(i < 0 ? i + size : i, 0, size - 1);
}

typedef struct nn_gather_layer {
    int32_t batches;
    int32_t outer; /* lines of a batch */
    int32_t size;  /* of the axis */
    int32_t picks; /* indices of a batch */
    int32_t run;   /* bytes of a slice */
} nn_gather_layer;

/*
 * Slices along an axis.
 * x          [batches][outer][size][run bytes]
 * indices    [batches][picks]
 * y          [batches][outer][picks][run bytes]; may not overlap
 */
NN_KERNEL void nn_gather(const nn_gather_layer *layer, const void *x, const int32_t *indices, void *y)
{
    const uint8_t *in = (const uint8_t *)x;
    uint8_t *out = (uint8_t *)y;
    int32_t b, o, i;
    for (b = 0; b < layer->batches; ++b) {
        for (o = 0; o < layer->outer; ++o) {
            for (i = 0; i < layer->picks; ++i) {
                (void)memcpy(out, in + nn_on_axis(indices[i], layer->size) * layer->run, (size_t)layer->run);
                out += layer->run;
            }
            in += layer->size * layer->run;
        }
        indices += layer->picks;
    }
}

typedef struct nn_gather_nd_layer {
    int32_t batches;
    int32_t batch; /* bytes of a batch of x */
    int32_t picks; /* index tuples of a batch */
    int32_t depth; /* indices of a tuple */
    int32_t run;   /* bytes of a slice */
    const int32_t *axes; /* [depth][2]: size, bytes from one to the next */
} nn_gather_nd_layer;

/* Bytes to the slice that a tuple of indices names. */
NN_INLINE int32_t nn_slice_offset(const int32_t *axes, const int32_t *indices, int32_t depth)
{
    int32_t offset = 0;
    int32_t c;
    for (c = 0; c < depth; ++c) {
        offset += nn_on_axis(indices[c], axes[2 * c]) * axes[2 * c + 1];
    }
    return offset;
}

/* Slices named by tuples: indices [batches][picks][depth], y [batches][picks][run bytes]; may not overlap. */
NN_KERNEL void nn_gather_nd(const nn_gather_nd_layer *layer, const void *x, const int32_t *indices, void *y)
{
    const uint8_t *in = (const uint8_t *)x;
    uint8_t *out = (uint8_t *)y;
    int32_t b, i;
    for (b = 0; b < layer->batches; ++b) {
        for (i = 0; i < layer->picks; ++i) {
            (void)memcpy(out, in + nn_slice_offset(layer->axes, indices, layer->depth), (size_t)layer->run);
            out += layer->run;
            indices += layer->depth;
        }
        in += layer->batch;
    }
}

enum { NN_ELEMENTS_AXES = 8 };

typedef struct nn_gather_elements_layer {
    const int32_t *axes; /* [NN_ELEMENTS_AXES][2], of the indices: size, stride in x in elements; 0: the axis */
    int32_t count;       /* indices */
    int32_t size, step;  /* of the axis in x, in elements */
    int32_t width;       /* bytes of an element */
} nn_gather_elements_layer;

/* Element of x that index number i names. */
NN_INLINE int32_t nn_element_at(const int32_t *axes, int32_t along, int32_t step, const int32_t *indices, int32_t i)
{
    int32_t offset = nn_on_axis(indices[i], along) * step;
    int32_t axis;
    for (axis = NN_ELEMENTS_AXES - 1; axis >= 0 && i > 0; --axis) {
        const int32_t size = axes[2 * axis];
        offset += i % size * axes[2 * axis + 1];
        i /= size;
    }
    return offset;
}

/* Elements along an axis: indices and y [count]; may not overlap. */
NN_KERNEL void nn_gather_elements(const nn_gather_elements_layer *layer, const void *x, const int32_t *indices, void *y)
{
    const uint8_t *const in = (const uint8_t *)x;
    uint8_t *out = (uint8_t *)y;
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        const int32_t at = nn_element_at(layer->axes, layer->size, layer->step, indices, i);
        (void)memcpy(out, in + at * layer->width, (size_t)layer->width);
        out += layer->width;
    }
}

#endif
