#ifndef NN_SELECT_H
#define NN_SELECT_H

#include "nn_common.h"

enum { NN_SELECT_AXES = 5 };

typedef struct nn_select_layer {
    const int32_t *axes; /* [NN_SELECT_AXES][4], outermost first: size, strides of condition, a, b in elements */
    int32_t count;       /* elements of y */
    int32_t width;       /* bytes of an element of a, b, y */
} nn_select_layer;

/*
 * condition ? a : b, with broadcasting; elements of any type.
 * condition  of 0 and 1
 * y          [count]; may not overlap an operand
 */
NN_KERNEL void nn_select(const nn_select_layer *layer, const uint8_t *condition, const void *a, const void *b, void *y)
{
    uint8_t *out = (uint8_t *)y;
    int32_t i;
    for (i = 0; i < layer->count; ++i) {
        int32_t offsets[3] = {0, 0, 0};
        int32_t rest = i;
        int32_t axis;
        const uint8_t *from;
        for (axis = NN_SELECT_AXES - 1; axis >= 0; --axis) {
            const int32_t *const of = &layer->axes[4 * axis];
            const int32_t at = rest % of[0];
            offsets[0] += at * of[1];
            offsets[1] += at * of[2];
            offsets[2] += at * of[3];
            rest /= of[0];
        }
        from = condition[offsets[0]] != 0u ? (const uint8_t *)a + offsets[1] * layer->width
                                           : (const uint8_t *)b + offsets[2] * layer->width;
        (void)memcpy(out, from, (size_t)layer->width);
        out += layer->width;
    }
}

#endif
