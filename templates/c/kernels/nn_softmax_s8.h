#ifndef NN_SOFTMAX_S8_H
#define NN_SOFTMAX_S8_H

#include "nn_common.h"
#include "nn_leading_zeros.h"

typedef struct nn_softmax_s8_layer {
    int32_t rows, depth;
    int32_t multiplier; /* brings a difference to the row's maximum to Q5.26 */
    int32_t left;       /* bits to the left before it */
    int32_t diff_min;   /* differences below it add nothing */
} nn_softmax_s8_layer;

/* x * 2^bits, saturated; 0 < bits < 31. */
NN_INLINE int32_t nn_saturating_left(int32_t x, int32_t bits)
{
    const int32_t most = INT32_MAX >> bits;
    if (x > most) {
        return INT32_MAX;
    }
    return x < -most ? INT32_MIN : (int32_t)((uint32_t)x << bits);
}

/* exp(a) for a in [-1/4, 0), Q0.31: a Taylor series around -1/8. */
NN_INLINE int32_t nn_exp_quarter(int32_t a)
{
    const int32_t x = a + ((int32_t)1 << 28);
    const int32_t x2 = nn_high_multiply(x, x);
    const int32_t x3 = nn_high_multiply(x2, x);
    const int32_t x4_over_4 = nn_round_halves(nn_high_multiply(x2, x2), 1);
    const int32_t third = nn_high_multiply(x4_over_4 + x3, 715827883); /* 1/3 */
    const int32_t tail = nn_round_halves(third + x2, 0);
    return 1895147668 + nn_high_multiply(1895147668, x + tail); /* exp(-1/8) */
}

/* exp(a) for a <= 0 in Q5.26, result Q0.31: gemmlowp's exp_on_negative_values. */
NN_PART int32_t nn_exp_negative(int32_t a)
{
    /* exp(-2^i) for i = -2 .. 4 */
    static const int32_t factors[7] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
    const int32_t quarter = (int32_t)1 << 24;
    const int32_t part = (a & (quarter - 1)) - quarter;
    const int32_t rest = part - a;
    int32_t result = nn_exp_quarter(nn_saturating_left(part, 5));
    int32_t i;
    for (i = 0; i < 7; ++i) {
        if (rest & (quarter << i)) {
            result = nn_high_multiply(result, factors[i]);
        }
    }
    return a == 0 ? INT32_MAX : result;
}

/* 1 / (1 + a) for a in [0, 1), Q0.31: gemmlowp's one_over_one_plus_x_for_x_in_0_1, three Newton steps in Q2.29. */
NN_INLINE int32_t nn_reciprocal(int32_t a)
{
    const int32_t half = (int32_t)(((int64_t)a + INT32_MAX + 1) / 2);
    int32_t x = 1515870810 + nn_high_multiply(half, -1010580540); /* 48/17 - 32/17 * half */
    int32_t i;
    for (i = 0; i < 3; ++i) {
        const int32_t error = ((int32_t)1 << 29) - nn_high_multiply(half, x);
        x += nn_saturating_left(nn_high_multiply(x, error), 2);
    }
    return nn_saturating_left(x, 1);
}

NN_INLINE int32_t nn_softmax_s8_exp(const nn_softmax_s8_layer *layer, int32_t diff)
{
    return nn_exp_negative(nn_high_multiply(diff * ((int32_t)1 << layer->left), layer->multiplier));
}

NN_INLINE void nn_softmax_s8_row(const nn_softmax_s8_layer *layer, const int8_t *x, int8_t *y)
{
    int32_t greatest = -128;
    int32_t sum = 0;
    int32_t i, zeros, scale;
    for (i = 0; i < layer->depth; ++i) {
        greatest = nn_max(greatest, x[i]);
    }
    for (i = 0; i < layer->depth; ++i) {
        if (x[i] - greatest >= layer->diff_min) {
            sum += nn_round_halves(nn_softmax_s8_exp(layer, x[i] - greatest), 11);
        }
    }
    zeros = nn_leading_zeros(sum);
    scale = nn_reciprocal((int32_t)(((uint32_t)sum << zeros) - ((uint32_t)1 << 31)));
    for (i = 0; i < layer->depth; ++i) {
        int32_t v = 0;
        if (x[i] - greatest >= layer->diff_min) {
            v = nn_high_multiply(scale, nn_softmax_s8_exp(layer, x[i] - greatest));
            v = nn_round_halves(v, 12 - zeros + 31 - 8 - 1);
        }
        y[i] = (int8_t)nn_clamp(v - 128, -128, 127);
    }
}

/*
 * Softmax over the last axis; the output has scale 1/256 and zero point -128. Bit-exact with TFLite's int8 SOFTMAX.
 * x          [rows][depth]
 * y          [rows][depth]; may be x, or overlap it if y starts before it
 */
NN_KERNEL void nn_softmax_s8(const nn_softmax_s8_layer *layer, const int8_t *x, int8_t *y)
{
    int32_t row;
    for (row = 0; row < layer->rows; ++row) {
        nn_softmax_s8_row(layer, x, y);
        x += layer->depth;
        y += layer->depth;
    }
}

#endif
