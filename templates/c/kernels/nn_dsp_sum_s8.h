#ifndef NN_DSP_SUM_S8_H
#define NN_DSP_SUM_S8_H

#include "nn_common.h"
#include "nn_dsp_s8.h"

/* The sum of two quantised tensors. What an operand contributes depends on one byte, so it is looked up. */
typedef struct nn_dsp_sum {
    const int32_t *tables; /* [2][256]: of stored values -128 to 127, twice the scaled operand; NULL = no sum */
    int32_t multiplier;
    int32_t offset; /* 2^(shift - 1) + zero point * 2^shift */
    int32_t shift;  /* 1 to 22 */
    int32_t away;   /* do halves of negative sums go away from zero? */
    int32_t out_min, out_max;
} nn_dsp_sum;

/* (a * b + 2^31) / 2^32 + c. */
NN_INLINE int32_t nn_dsp_multiply_high(int32_t a, int32_t b, int32_t c)
{
#if NN_DSP_ASM
    int32_t result;
    __asm__("smmlar %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(c));
    return result;
#else
    return (int32_t)(((int64_t)a * b + ((int64_t)1 << 31)) >> 32) + c;
#endif
}

/* x kept within -128 to 127. */
NN_INLINE int32_t nn_dsp_saturate(int32_t x)
{
#if NN_DSP_ASM
    int32_t result;
    __asm__("ssat %0, #8, %1" : "=r"(result) : "r"(x));
    return result;
#else
    return nn_clamp(x, -128, 127);
#endif
}

/* One sum; as and bs = entries of stored value 0 of the two tables. */
NN_INLINE int8_t nn_dsp_sum_one(const nn_dsp_sum *sum, const int32_t *as, const int32_t *bs, int32_t a, int32_t b)
{
    const int32_t twice = as[a] + bs[b];
    const int32_t offset = sum->away ? sum->offset + (twice >> 31) : sum->offset;
    const int32_t scaled = nn_dsp_multiply_high(twice, sum->multiplier, offset) >> sum->shift;
    if (sum->out_min == -128 && sum->out_max == 127) {
        return (int8_t)nn_dsp_saturate(scaled);
    }
    return (int8_t)nn_clamp(scaled, sum->out_min, sum->out_max);
}

/* y = a + b of count values, bit-exact with TFLite's int8 ADD. y may be b, or overlap it if y starts before it. */
NN_PART void nn_dsp_sum_s8(const nn_dsp_sum *sum, const int8_t *a, const int8_t *b, int8_t *y, int32_t count)
{
    const int32_t *as = sum->tables + 128;
    const int32_t *bs = sum->tables + 384;
    int32_t i = 0;
#if NN_DSP_ASM
    __asm__("" : "+r"(as), "+r"(bs)); /* or 128 and 384 would be added to every index instead */
#endif
#if !defined(NN_OPTIMIZE_SIZE)
    for (; i + 4 <= count; i += 4) {
        y[i] = nn_dsp_sum_one(sum, as, bs, a[i], b[i]);
        y[i + 1] = nn_dsp_sum_one(sum, as, bs, a[i + 1], b[i + 1]);
        y[i + 2] = nn_dsp_sum_one(sum, as, bs, a[i + 2], b[i + 2]);
        y[i + 3] = nn_dsp_sum_one(sum, as, bs, a[i + 3], b[i + 3]);
    }
#endif
    for (; i < count; ++i) {
        y[i] = nn_dsp_sum_one(sum, as, bs, a[i], b[i]);
    }
}

#endif
