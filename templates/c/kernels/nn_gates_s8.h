#ifndef NN_GATES_S8_H
#define NN_GATES_S8_H

#include "nn_sigmoid_s16.h"

NN_INLINE int32_t nn_gates_clamp_s16(int32_t x)
{
    return nn_clamp(x, -32768, 32767);
}

/* Sum of products of a row of weights and a vector. */
NN_PART int32_t nn_gates_dot_s8(const int8_t *w, const int8_t *v, int32_t count)
{
    int32_t sum = 0;
    int32_t i;
    for (i = 0; i < count; ++i) {
        sum += (int32_t)w[i] * v[i];
    }
    return sum;
}

/* One part of a gate's sum in Q3.12: a row of weights times a vector, and a bias. */
NN_INLINE int32_t nn_gates_part_s8(const int8_t *w, const int8_t *v, int32_t count, int32_t bias, int32_t multiplier,
                                   int32_t shift)
{
    return nn_gates_clamp_s16(nn_requantize(bias + nn_gates_dot_s8(w, v, count), multiplier, shift));
}

#endif
