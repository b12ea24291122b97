#ifndef NN_SUM_S8_H
#define NN_SUM_S8_H

#include "nn_common.h"

/* Numbers of a sum, an int32_t array in this order. Offsets are added to the stored values. */
enum {
    NN_SUM_A_OFFSET,
    NN_SUM_A_MULTIPLIER,
    NN_SUM_A_SHIFT, /* shifts as nn_requantize takes them */
    NN_SUM_B_OFFSET,
    NN_SUM_B_MULTIPLIER,
    NN_SUM_B_SHIFT,
    NN_SUM_LEFT, /* bits that both operands are shifted up before anything is rounded */
    NN_SUM_OUT_OFFSET,
    NN_SUM_OUT_MULTIPLIER,
    NN_SUM_OUT_SHIFT,
    NN_SUM_MIN,
    NN_SUM_MAX,
    NN_SUM_COUNT
};

/* Does an add follow? NN_NO_SUM, defined by the file that holds the kernels: after no layer. */
#if defined(NN_NO_SUM)
#define NN_IS_SUM(sum) 0
#else
#define NN_IS_SUM(sum) ((sum) != NULL)
#endif

/* a + sign * b of two quantised values, sign = 1 or -1: bit-exact with TFLite's int8 ADD and SUB. */
NN_PART int8_t nn_sum_s8(const int32_t *p, int32_t a, int32_t b, int32_t sign)
{
    const int32_t unit = (int32_t)1 << p[NN_SUM_LEFT];
    const int32_t a_scaled =
        nn_requantize((a + p[NN_SUM_A_OFFSET]) * unit, p[NN_SUM_A_MULTIPLIER], p[NN_SUM_A_SHIFT]);
    const int32_t b_scaled =
        nn_requantize((b + p[NN_SUM_B_OFFSET]) * unit, p[NN_SUM_B_MULTIPLIER], p[NN_SUM_B_SHIFT]);
    const int32_t sum = nn_requantize(a_scaled + sign * b_scaled, p[NN_SUM_OUT_MULTIPLIER], p[NN_SUM_OUT_SHIFT]);
    return (int8_t)nn_clamp(sum + p[NN_SUM_OUT_OFFSET], p[NN_SUM_MIN], p[NN_SUM_MAX]);
}

#endif
