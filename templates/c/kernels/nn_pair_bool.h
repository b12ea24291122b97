#ifndef NN_PAIR_BOOL_H
#define NN_PAIR_BOOL_H

#include "nn_broadcast.h"
#include "nn_common.h"

enum {
    NN_P_BOOL_LOGICAL_AND,
    NN_P_BOOL_LOGICAL_OR,
    NN_P_BOOL_LOGICAL_XOR,
    NN_P_BOOL_EQUAL,
    NN_P_BOOL_NOT_EQUAL
};

/* The function of that number; kernels name a constant, so that only one case is left. */
NN_INLINE uint8_t nn_pair_of_bool(int32_t function, uint8_t a, uint8_t b)
{
    switch (function) {
    case NN_P_BOOL_LOGICAL_AND:
        return a != 0u && b != 0u ? 1u : 0u;
    case NN_P_BOOL_LOGICAL_OR:
        return a != 0u || b != 0u ? 1u : 0u;
    case NN_P_BOOL_LOGICAL_XOR:
        return (a != 0u) != (b != 0u) ? 1u : 0u;
    case NN_P_BOOL_EQUAL:
        return a == b ? 1u : 0u;
    case NN_P_BOOL_NOT_EQUAL:
        return a != b ? 1u : 0u;
    default:
        return a;
    }
}

NN_INLINE void nn_pair_bool(const nn_broadcast_layer *layer, const uint8_t *a, const uint8_t *b, uint8_t *y,
                            int32_t function)
{
    int32_t i, j;
    for (i = 0; i < layer->outer; ++i) {
        const uint8_t *p = a + nn_broadcast_offset(layer->axes, i, 1);
        const uint8_t *q = b + nn_broadcast_offset(layer->axes, i, 2);
        for (j = 0; j < layer->run; ++j) {
            *y++ = nn_pair_of_bool(function, *p, *q);
            p += layer->a_step;
            q += layer->b_step;
        }
    }
}

/*
 * Functions of two tensors of truth values, with broadcasting.
 * a, b       operands
 * y          [outer * run]; may be an operand of the same shape, or overlap it if y starts before it
 */
NN_KERNEL void nn_logical_and_bool(const nn_broadcast_layer *layer, const uint8_t *a, const uint8_t *b, uint8_t *y)
{
    nn_pair_bool(layer, a, b, y, NN_P_BOOL_LOGICAL_AND);
}

NN_KERNEL void nn_logical_or_bool(const nn_broadcast_layer *layer, const uint8_t *a, const uint8_t *b, uint8_t *y)
{
    nn_pair_bool(layer, a, b, y, NN_P_BOOL_LOGICAL_OR);
}

NN_KERNEL void nn_logical_xor_bool(const nn_broadcast_layer *layer, const uint8_t *a, const uint8_t *b, uint8_t *y)
{
    nn_pair_bool(layer, a, b, y, NN_P_BOOL_LOGICAL_XOR);
}

NN_KERNEL void nn_equal_bool(const nn_broadcast_layer *layer, const uint8_t *a, const uint8_t *b, uint8_t *y)
{
    nn_pair_bool(layer, a, b, y, NN_P_BOOL_EQUAL);
}

NN_KERNEL void nn_not_equal_bool(const nn_broadcast_layer *layer, const uint8_t *a, const uint8_t *b, uint8_t *y)
{
    nn_pair_bool(layer, a, b, y, NN_P_BOOL_NOT_EQUAL);
}

#endif
