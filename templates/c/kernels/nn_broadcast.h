#ifndef NN_BROADCAST_H
#define NN_BROADCAST_H

#include "nn_common.h"

/*
 * Two operands combined by numpy's rules, adjoining axes of one kind merged: a run of neighbours, repeated over up to 4
 * outer axes.
 */
enum { NN_BROADCAST_AXES = 4 };

typedef struct nn_broadcast_layer {
    const int32_t *axes;    /* as nn_broadcast_offset takes it */
    int32_t outer;          /* product of the outer sizes */
    int32_t run;            /* neighbours */
    int32_t a_step, b_step; /* 1, or 0: one value for the whole run */
} nn_broadcast_layer;

/*
 * Offset of an operand for outer index i.
 * axes       [NN_BROADCAST_AXES][3], outermost first: size, stride of a, stride of b, in elements
 * operand    1 = a, 2 = b
 */
NN_INLINE int32_t nn_broadcast_offset(const int32_t *axes, int32_t i, int32_t operand)
{
    int32_t offset = 0;
    int32_t axis;
    for (axis = NN_BROADCAST_AXES - 1; axis >= 0; --axis) {
        const int32_t size = axes[3 * axis];
        if (size > 1) {
            offset += i % size * axes[3 * axis + operand];
            i /= size;
        }
    }
    return offset;
}

#endif
