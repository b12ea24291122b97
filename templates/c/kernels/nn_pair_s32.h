#ifndef NN_PAIR_S32_H
#define NN_PAIR_S32_H

#include "nn_broadcast.h"
#include "nn_common.h"

enum {
    NN_P_S32_ADD,
    NN_P_S32_SUB,
    NN_P_S32_MUL,
    NN_P_S32_DIV,
    NN_P_S32_FLOOR_DIV,
    NN_P_S32_MOD,
    NN_P_S32_FMOD,
    NN_P_S32_POW,
    NN_P_S32_MAXIMUM,
    NN_P_S32_MINIMUM,
    NN_P_S32_SQUARED_DIFFERENCE,
    NN_P_S32_PRELU,
    NN_P_S32_BITWISE_AND,
    NN_P_S32_BITWISE_OR,
    NN_P_S32_BITWISE_XOR,
    NN_P_S32_SHIFT_LEFT,
    NN_P_S32_SHIFT_RIGHT,
    NN_P_S32_EQUAL,
    NN_P_S32_NOT_EQUAL,
    NN_P_S32_LESS,
    NN_P_S32_LESS_EQUAL,
    NN_P_S32_GREATER,
    NN_P_S32_GREATER_EQUAL
};

/* Towards zero; by 0, and what 32 bits do not hold, without a trap. */
NN_INLINE int32_t nn_divide(int32_t a, int32_t b)
{
    if (b == 0) {
        return 0;
    }
    return b == -1 ? (int32_t)(0u - (uint32_t)a) : a / b;
}

/* Remainder with the sign of a; 0 of a division by 0. */
NN_INLINE int32_t nn_rest(int32_t a, int32_t b)
{
    return b == 0 || b == -1 ? 0 : a % b;
}

/* Remainder with the sign of b. */
NN_INLINE int32_t nn_modulo(int32_t a, int32_t b)
{
    const int32_t rest = nn_rest(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

NN_INLINE int32_t nn_floor_divide(int32_t a, int32_t b)
{
    const int32_t rest = nn_rest(a, b);
    return nn_divide(a, b) - (rest != 0 && (rest < 0) != (b < 0) ? 1 : 0);
}

/* Modulo 2^32; 0 below exponent 0 except of 1 and -1. */
NN_INLINE int32_t nn_power(int32_t a, int32_t b)
{
    uint32_t base = (uint32_t)a;
    uint32_t result = 1u;
    if (b < 0) {
        return a == 1 ? 1 : a != -1 ? 0 : b % 2 == 0 ? 1 : -1;
    }
    for (; b > 0; b /= 2) {
        if (b % 2 == 1) {
            result *= base;
        }
        base *= base;
    }
    return (int32_t)result;
}

NN_INLINE int32_t nn_square_of_difference(int32_t a, int32_t b)
{
    const uint32_t difference = (uint32_t)a - (uint32_t)b;
    return (int32_t)(difference * difference);
}

/* The function of that number; kernels name a constant, so that only one case is left. */
NN_INLINE int32_t nn_pair_of_s32(int32_t function, int32_t a, int32_t b)
{
    switch (function) {
    case NN_P_S32_ADD:
        return (int32_t)((uint32_t)a + (uint32_t)b);
    case NN_P_S32_SUB:
        return (int32_t)((uint32_t)a - (uint32_t)b);
    case NN_P_S32_MUL:
        return (int32_t)((uint32_t)a * (uint32_t)b);
    case NN_P_S32_DIV:
        return nn_divide(a, b);
    case NN_P_S32_FLOOR_DIV:
        return nn_floor_divide(a, b);
    case NN_P_S32_MOD:
        return nn_modulo(a, b);
    case NN_P_S32_FMOD:
        return nn_rest(a, b);
    case NN_P_S32_POW:
        return nn_power(a, b);
    case NN_P_S32_MAXIMUM:
        return nn_max(a, b);
    case NN_P_S32_MINIMUM:
        return nn_min(a, b);
    case NN_P_S32_SQUARED_DIFFERENCE:
        return nn_square_of_difference(a, b);
    case NN_P_S32_PRELU:
        return a >= 0 ? a : (int32_t)((uint32_t)a * (uint32_t)b);
    case NN_P_S32_BITWISE_AND:
        return a & b;
    case NN_P_S32_BITWISE_OR:
        return a | b;
    case NN_P_S32_BITWISE_XOR:
        return a ^ b;
    case NN_P_S32_SHIFT_LEFT:
        return (int32_t)((uint32_t)a << ((uint32_t)b & 31u));
    case NN_P_S32_SHIFT_RIGHT:
        return a >> ((uint32_t)b & 31u);
    default:
        return a;
    }
}

NN_INLINE void nn_pair_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, int32_t *y,
                           int32_t function)
{
    int32_t i, j;
    for (i = 0; i < layer->outer; ++i) {
        const int32_t *p = a + nn_broadcast_offset(layer->axes, i, 1);
        const int32_t *q = b + nn_broadcast_offset(layer->axes, i, 2);
        for (j = 0; j < layer->run; ++j) {
            *y++ = nn_pair_of_s32(function, *p, *q);
            p += layer->a_step;
            q += layer->b_step;
        }
    }
}

NN_INLINE uint8_t nn_truth_of_s32(int32_t function, int32_t a, int32_t b)
{
    switch (function) {
    case NN_P_S32_EQUAL:
        return a == b ? 1u : 0u;
    case NN_P_S32_NOT_EQUAL:
        return a != b ? 1u : 0u;
    case NN_P_S32_LESS:
        return a < b ? 1u : 0u;
    case NN_P_S32_LESS_EQUAL:
        return a <= b ? 1u : 0u;
    case NN_P_S32_GREATER:
        return a > b ? 1u : 0u;
    case NN_P_S32_GREATER_EQUAL:
        return a >= b ? 1u : 0u;
    default:
        return 0u;
    }
}

NN_INLINE void nn_truth_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, uint8_t *y,
                            int32_t function)
{
    int32_t i, j;
    for (i = 0; i < layer->outer; ++i) {
        const int32_t *p = a + nn_broadcast_offset(layer->axes, i, 1);
        const int32_t *q = b + nn_broadcast_offset(layer->axes, i, 2);
        for (j = 0; j < layer->run; ++j) {
            *y++ = nn_truth_of_s32(function, *p, *q);
            p += layer->a_step;
            q += layer->b_step;
        }
    }
}

/*
 * Functions of two tensors of whole numbers, modulo 2^32, with broadcasting.
 * a, b       operands
 * y          [outer * run]; may be an operand of the same shape, or overlap it if y starts before it
 */
NN_KERNEL void nn_add_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, int32_t *y)
{
    nn_pair_s32(layer, a, b, y, NN_P_S32_ADD);
}

NN_KERNEL void nn_sub_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, int32_t *y)
{
    nn_pair_s32(layer, a, b, y, NN_P_S32_SUB);
}

NN_KERNEL void nn_mul_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, int32_t *y)
{
    nn_pair_s32(layer, a, b, y, NN_P_S32_MUL);
}

NN_KERNEL void nn_div_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, int32_t *y)
{
    nn_pair_s32(layer, a, b, y, NN_P_S32_DIV);
}

NN_KERNEL void nn_floor_div_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, int32_t *y)
{
    nn_pair_s32(layer, a, b, y, NN_P_S32_FLOOR_DIV);
}

NN_KERNEL void nn_mod_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, int32_t *y)
{
    nn_pair_s32(layer, a, b, y, NN_P_S32_MOD);
}

NN_KERNEL void nn_fmod_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, int32_t *y)
{
    nn_pair_s32(layer, a, b, y, NN_P_S32_FMOD);
}

NN_KERNEL void nn_pow_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, int32_t *y)
{
    nn_pair_s32(layer, a, b, y, NN_P_S32_POW);
}

NN_KERNEL void nn_maximum_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, int32_t *y)
{
    nn_pair_s32(layer, a, b, y, NN_P_S32_MAXIMUM);
}

NN_KERNEL void nn_minimum_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, int32_t *y)
{
    nn_pair_s32(layer, a, b, y, NN_P_S32_MINIMUM);
}

NN_KERNEL void nn_squared_difference_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b,
                                         int32_t *y)
{
    nn_pair_s32(layer, a, b, y, NN_P_S32_SQUARED_DIFFERENCE);
}

NN_KERNEL void nn_prelu_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, int32_t *y)
{
    nn_pair_s32(layer, a, b, y, NN_P_S32_PRELU);
}

NN_KERNEL void nn_bitwise_and_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, int32_t *y)
{
    nn_pair_s32(layer, a, b, y, NN_P_S32_BITWISE_AND);
}

NN_KERNEL void nn_bitwise_or_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, int32_t *y)
{
    nn_pair_s32(layer, a, b, y, NN_P_S32_BITWISE_OR);
}

NN_KERNEL void nn_bitwise_xor_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, int32_t *y)
{
    nn_pair_s32(layer, a, b, y, NN_P_S32_BITWISE_XOR);
}

NN_KERNEL void nn_shift_left_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, int32_t *y)
{
    nn_pair_s32(layer, a, b, y, NN_P_S32_SHIFT_LEFT);
}

NN_KERNEL void nn_shift_right_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, int32_t *y)
{
    nn_pair_s32(layer, a, b, y, NN_P_S32_SHIFT_RIGHT);
}

/* Comparisons: y of 0 and 1; otherwise as above. */
NN_KERNEL void nn_equal_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, uint8_t *y)
{
    nn_truth_s32(layer, a, b, y, NN_P_S32_EQUAL);
}

NN_KERNEL void nn_not_equal_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, uint8_t *y)
{
    nn_truth_s32(layer, a, b, y, NN_P_S32_NOT_EQUAL);
}

NN_KERNEL void nn_less_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, uint8_t *y)
{
    nn_truth_s32(layer, a, b, y, NN_P_S32_LESS);
}

NN_KERNEL void nn_less_equal_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, uint8_t *y)
{
    nn_truth_s32(layer, a, b, y, NN_P_S32_LESS_EQUAL);
}

NN_KERNEL void nn_greater_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, uint8_t *y)
{
    nn_truth_s32(layer, a, b, y, NN_P_S32_GREATER);
}

NN_KERNEL void nn_greater_equal_s32(const nn_broadcast_layer *layer, const int32_t *a, const int32_t *b, uint8_t *y)
{
    nn_truth_s32(layer, a, b, y, NN_P_S32_GREATER_EQUAL);
}

#endif
