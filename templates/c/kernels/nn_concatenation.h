#ifndef NN_CONCATENATION_H
#define NN_CONCATENATION_H

#include "nn_common.h"

/* Every operand is seen as rows of bytes; row i of y is row i of x0, of x1, and so on. */
typedef struct nn_concatenation_layer {
    int32_t rows;
    int32_t width;        /* bytes of a row of y */
    const int32_t *parts; /* [operands] bytes of a row of each */
} nn_concatenation_layer;

/* Operand x of a row: copied to y, whose end is returned. The bytes may overlap. */
NN_INLINE uint8_t *nn_concatenation_part(const nn_concatenation_layer *layer, int32_t row, int32_t operand,
                                         const void *x, uint8_t *y)
{
    const int32_t bytes = layer->parts[operand];
    (void)memmove(y, (const uint8_t *)x + row * bytes, (size_t)bytes);
    return y + bytes;
}

/*
 * Operands side by side along an axis; elements of any width. One function per number of operands.
 * x0, ...    [rows][parts[i]] bytes
 * y          [rows][width] bytes; may overlap an operand from the distance on that the planner computes
 */
NN_KERNEL void nn_concatenation_2(const nn_concatenation_layer *layer, const void *x0, const void *x1, void *y)
{
    uint8_t *out = (uint8_t *)y;
    int32_t row;
    for (row = 0; row < layer->rows; ++row) {
        out = nn_concatenation_part(layer, row, 0, x0, out);
        out = nn_concatenation_part(layer, row, 1, x1, out);
    }
}

NN_KERNEL void nn_concatenation_3(const nn_concatenation_layer *layer, const void *x0, const void *x1, const void *x2,
                                  void *y)
{
    uint8_t *out = (uint8_t *)y;
    int32_t row;
    for (row = 0; row < layer->rows; ++row) {
        out = nn_concatenation_part(layer, row, 0, x0, out);
        out = nn_concatenation_part(layer, row, 1, x1, out);
        out = nn_concatenation_part(layer, row, 2, x2, out);
    }
}

NN_KERNEL void nn_concatenation_4(const nn_concatenation_layer *layer, const void *x0, const void *x1, const void *x2,
                                  const void *x3, void *y)
{
    uint8_t *out = (uint8_t *)y;
    int32_t row;
    for (row = 0; row < layer->rows; ++row) {
        out = nn_concatenation_part(layer, row, 0, x0, out);
        out = nn_concatenation_part(layer, row, 1, x1, out);
        out = nn_concatenation_part(layer, row, 2, x2, out);
        out = nn_concatenation_part(layer, row, 3, x3, out);
    }
}

NN_KERNEL void nn_concatenation_5(const nn_concatenation_layer *layer, const void *x0, const void *x1, const void *x2,
                                  const void *x3, const void *x4, void *y)
{
    uint8_t *out = (uint8_t *)y;
    int32_t row;
    for (row = 0; row < layer->rows; ++row) {
        out = nn_concatenation_part(layer, row, 0, x0, out);
        out = nn_concatenation_part(layer, row, 1, x1, out);
        out = nn_concatenation_part(layer, row, 2, x2, out);
        out = nn_concatenation_part(layer, row, 3, x3, out);
        out = nn_concatenation_part(layer, row, 4, x4, out);
    }
}

NN_KERNEL void nn_concatenation_6(const nn_concatenation_layer *layer, const void *x0, const void *x1, const void *x2,
                                  const void *x3, const void *x4, const void *x5, void *y)
{
    uint8_t *out = (uint8_t *)y;
    int32_t row;
    for (row = 0; row < layer->rows; ++row) {
        out = nn_concatenation_part(layer, row, 0, x0, out);
        out = nn_concatenation_part(layer, row, 1, x1, out);
        out = nn_concatenation_part(layer, row, 2, x2, out);
        out = nn_concatenation_part(layer, row, 3, x3, out);
        out = nn_concatenation_part(layer, row, 4, x4, out);
        out = nn_concatenation_part(layer, row, 5, x5, out);
    }
}

NN_KERNEL void nn_concatenation_7(const nn_concatenation_layer *layer, const void *x0, const void *x1, const void *x2,
                                  const void *x3, const void *x4, const void *x5, const void *x6, void *y)
{
    uint8_t *out = (uint8_t *)y;
    int32_t row;
    for (row = 0; row < layer->rows; ++row) {
        out = nn_concatenation_part(layer, row, 0, x0, out);
        out = nn_concatenation_part(layer, row, 1, x1, out);
        out = nn_concatenation_part(layer, row, 2, x2, out);
        out = nn_concatenation_part(layer, row, 3, x3, out);
        out = nn_concatenation_part(layer, row, 4, x4, out);
        out = nn_concatenation_part(layer, row, 5, x5, out);
        out = nn_concatenation_part(layer, row, 6, x6, out);
    }
}

NN_KERNEL void nn_concatenation_8(const nn_concatenation_layer *layer, const void *x0, const void *x1, const void *x2,
                                  const void *x3, const void *x4, const void *x5, const void *x6, const void *x7,
                                  void *y)
{
    uint8_t *out = (uint8_t *)y;
    int32_t row;
    for (row = 0; row < layer->rows; ++row) {
        out = nn_concatenation_part(layer, row, 0, x0, out);
        out = nn_concatenation_part(layer, row, 1, x1, out);
        out = nn_concatenation_part(layer, row, 2, x2, out);
        out = nn_concatenation_part(layer, row, 3, x3, out);
        out = nn_concatenation_part(layer, row, 4, x4, out);
        out = nn_concatenation_part(layer, row, 5, x5, out);
        out = nn_concatenation_part(layer, row, 6, x6, out);
        out = nn_concatenation_part(layer, row, 7, x7, out);
    }
}

#endif
