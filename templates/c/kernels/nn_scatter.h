#ifndef NN_SCATTER_H
#define NN_SCATTER_H

#include "nn_common.h"
#include "nn_gather.h"

typedef struct nn_scatter_elements_layer {
    const int32_t *axes; /* as nn_gather_elements_layer has them */
    int32_t count;       /* indices */
    int32_t size, step;  /* of the axis in x, in elements */
    int32_t width;       /* bytes of an element */
    int32_t elements;    /* of x */
    int32_t law;         /* one of NN_SCATTER_ */
} nn_scatter_elements_layer;

typedef struct nn_scatter_nd_layer {
    const int32_t *axes; /* [depth][2]: size, elements from one to the next */
    int32_t picks;       /* index tuples */
    int32_t depth;       /* indices of a tuple */
    int32_t run;         /* elements of a slice */
    int32_t elements;    /* of x */
    int32_t width;       /* bytes of an element */
    int32_t law;         /* one of NN_SCATTER_ */
} nn_scatter_nd_layer;

enum { NN_SCATTER_NONE, NN_SCATTER_ADD, NN_SCATTER_MUL, NN_SCATTER_MAX, NN_SCATTER_MIN };

/* x with some elements replaced; x, y [elements] of any type. Updates [count] in order; nothing may overlap. */
NN_KERNEL void nn_scatter_elements(const nn_scatter_elements_layer *layer, const void *x, const int32_t *indices,
                                   const void *updates, void *y)
{
    const int32_t width = layer->width;
    const uint8_t *from = (const uint8_t *)updates;
    uint8_t *const out = (uint8_t *)y;
    int32_t i;
    (void)memcpy(out, x, (size_t)(layer->elements * width));
    for (i = 0; i < layer->count; ++i) {
        const int32_t at = nn_element_at(layer->axes, layer->size, layer->step, indices, i);
        (void)memcpy(out + at * width, from, (size_t)width);
        from += width;
    }
}

/* x with some slices replaced; indices [picks][depth], updates [picks][run]. Otherwise as nn_scatter_elements. */
NN_KERNEL void nn_scatter_nd(const nn_scatter_nd_layer *layer, const void *x, const int32_t *indices,
                             const void *updates, void *y)
{
    const int32_t bytes = layer->run * layer->width;
    const uint8_t *from = (const uint8_t *)updates;
    uint8_t *const out = (uint8_t *)y;
    int32_t i;
    (void)memcpy(out, x, (size_t)(layer->elements * layer->width));
    for (i = 0; i < layer->picks; ++i) {
        (void)memcpy(out + nn_slice_offset(layer->axes, indices, layer->depth) * layer->width, from, (size_t)bytes);
        indices += layer->depth;
        from += bytes;
    }
}

/* What an update makes of a value. */
NN_INLINE float nn_updated_f32(int32_t law, float a, float b)
{
    switch (law) {
    case NN_SCATTER_ADD:
        return a + b;
    case NN_SCATTER_MUL:
        return a * b;
    case NN_SCATTER_MAX:
        return a > b ? a : b;
    case NN_SCATTER_MIN:
        return a < b ? a : b;
    default:
        return b;
    }
}

/* As nn_scatter_elements, updates combined with what is there. */
NN_KERNEL void nn_scatter_elements_f32(const nn_scatter_elements_layer *layer, const float *x, const int32_t *indices,
                                       const float *updates, float *y)
{
    int32_t i;
    (void)memcpy(y, x, (size_t)layer->elements * sizeof *y);
    for (i = 0; i < layer->count; ++i) {
        float *const at = &y[nn_element_at(layer->axes, layer->size, layer->step, indices, i)];
        *at = nn_updated_f32(layer->law, *at, updates[i]);
    }
}

/* As nn_scatter_nd, updates combined with what is there. */
NN_KERNEL void nn_scatter_nd_f32(const nn_scatter_nd_layer *layer, const float *x, const int32_t *indices,
                                 const float *updates, float *y)
{
    int32_t i, j;
    (void)memcpy(y, x, (size_t)layer->elements * sizeof *y);
    for (i = 0; i < layer->picks; ++i) {
        float *const at = &y[nn_slice_offset(layer->axes, indices, layer->depth)];
        for (j = 0; j < layer->run; ++j) {
            at[j] = nn_updated_f32(layer->law, at[j], *updates++);
        }
        indices += layer->depth;
    }
}

/* What an update makes of a value. */
NN_INLINE int32_t nn_updated_s32(int32_t law, int32_t a, int32_t b)
{
    switch (law) {
    case NN_SCATTER_ADD:
        return (int32_t)((uint32_t)a + (uint32_t)b);
    case NN_SCATTER_MUL:
        return (int32_t)((uint32_t)a * (uint32_t)b);
    case NN_SCATTER_MAX:
        return a > b ? a : b;
    case NN_SCATTER_MIN:
        return a < b ? a : b;
    default:
        return b;
    }
}

/* As nn_scatter_elements, updates combined with what is there. */
NN_KERNEL void nn_scatter_elements_s32(const nn_scatter_elements_layer *layer, const int32_t *x, const int32_t *indices,
                                       const int32_t *updates, int32_t *y)
{
    int32_t i;
    (void)memcpy(y, x, (size_t)layer->elements * sizeof *y);
    for (i = 0; i < layer->count; ++i) {
        int32_t *const at = &y[nn_element_at(layer->axes, layer->size, layer->step, indices, i)];
        *at = nn_updated_s32(layer->law, *at, updates[i]);
    }
}

/* As nn_scatter_nd, updates combined with what is there. */
NN_KERNEL void nn_scatter_nd_s32(const nn_scatter_nd_layer *layer, const int32_t *x, const int32_t *indices,
                                 const int32_t *updates, int32_t *y)
{
    int32_t i, j;
    (void)memcpy(y, x, (size_t)layer->elements * sizeof *y);
    for (i = 0; i < layer->picks; ++i) {
        int32_t *const at = &y[nn_slice_offset(layer->axes, indices, layer->depth)];
        for (j = 0; j < layer->run; ++j) {
            at[j] = nn_updated_s32(layer->law, at[j], *updates++);
        }
        indices += layer->depth;
    }
}

#endif
