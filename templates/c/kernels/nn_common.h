#ifndef NN_COMMON_H
#define NN_COMMON_H

/*
 * What all kernels share: linkage, and the arithmetic of the TFLite quantisation specification.
 * Signed right shift is arithmetic on every supported compiler; all kernels rely on it.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* NN_FAST: attribute of every function that is not inlined (fast RAM), defined by the file that holds them. */
#ifndef NN_FAST
#define NN_FAST
#endif

/* NN_INLINE: small pieces, always inlined; not without optimisation, where every inlined copy would take stack. */
#if defined(__GNUC__) && defined(__OPTIMIZE__)
#define NN_INLINE static inline __attribute__((always_inline, unused))
#define NN_SHARED NN_FAST static __attribute__((unused))
#elif defined(__GNUC__)
#define NN_INLINE NN_FAST static __attribute__((unused))
#define NN_SHARED NN_FAST static __attribute__((unused))
#else
#define NN_INLINE static inline
#define NN_SHARED NN_FAST static
#endif

/*
 * NN_KERNEL: the functions that a model calls. Inlined into the call, where the layer is a constant, a kernel becomes
 * code for just that layer. With NN_OPTIMIZE_SIZE one copy serves all layers instead. NN_PART: loops within kernels.
 */
#if defined(NN_OPTIMIZE_SIZE)
#define NN_PART NN_SHARED
#else
#define NN_PART NN_INLINE
#endif
#ifndef NN_KERNEL
#define NN_KERNEL NN_PART
#endif

/* NN_WEIGHTS: section and alignment of constant arrays, defined by the file that holds them. */
#ifndef NN_WEIGHTS
#define NN_WEIGHTS
#endif

/* NN_INT: sizes in layer descriptions; 16 bits where kernels read them at run time, if all fit. */
#ifndef NN_INT
#define NN_INT int32_t
#endif

#if defined(__cplusplus) && !defined(__GNUC__)
#define NN_RESTRICT
#elif defined(__GNUC__)
#define NN_RESTRICT __restrict__
#else
#define NN_RESTRICT restrict
#endif

/*
 * Bytes from place to place, which may not overlap, and the same byte many times. Where size counts they are loops, a
 * tenth of the library's functions; compilers must not recognise these in them.
 */
#if defined(NN_OPTIMIZE_SIZE) && defined(__GNUC__) && !defined(__clang__)
#define NN_LOOP NN_SHARED __attribute__((noinline, optimize("no-tree-loop-distribute-patterns")))
NN_LOOP void nn_copy_bytes(int8_t *to, const int8_t *from, size_t count)
{
    size_t i;
    for (i = 0; i < count; ++i) {
        to[i] = from[i];
    }
}

NN_LOOP void nn_fill_bytes(int8_t *to, int8_t value, size_t count)
{
    size_t i;
    for (i = 0; i < count; ++i) {
        to[i] = value;
    }
}
#else
NN_INLINE void nn_copy_bytes(int8_t *to, const int8_t *from, size_t count)
{
    (void)memcpy(to, from, count);
}

NN_INLINE void nn_fill_bytes(int8_t *to, int8_t value, size_t count)
{
    (void)memset(to, value, count);
}
#endif

NN_INLINE int32_t nn_min(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

NN_INLINE int32_t nn_max(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

NN_INLINE int32_t nn_clamp(int32_t x, int32_t low, int32_t high)
{
    return nn_min(nn_max(x, low), high);
}

/* round(a * b / 2^31), half up: equals gemmlowp's SaturatingRoundingDoublingHighMul unless a = b = -2^31. */
NN_INLINE int32_t nn_high_multiply(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b + ((int64_t)1 << 30)) >> 31);
}

/* round(x / 2^(shift + 1)), half away from zero, without overflow; 0 <= shift <= 30: gemmlowp's RoundingDivideByPOT. */
NN_INLINE int32_t nn_round_halves(int32_t x, int32_t shift)
{
    return (((x + (x >> 31)) >> shift) + 1) >> 1;
}

/*
 * x * multiplier / 2^31 / 2^(shift + 1), rounded twice: bit-exact with TFLite's MultiplyByQuantizedMultiplier.
 * shift      right shift less one; -1 = none, less = to the left
 */
NN_PART int32_t nn_requantize(int32_t x, int32_t multiplier, int32_t shift)
{
    if (shift < 0) {
        return nn_high_multiply((int32_t)((uint32_t)x << (-1 - shift)), multiplier);
    }
    return nn_round_halves(nn_high_multiply(x, multiplier), shift);
}

/*
 * An accumulator as a stored value: requantised, zero point added, clamped.
 * plain      not 0: a promise that shift >= 0 and |x| < 2^30
 * Clamped as a distance from `low`, for which compilers know one instruction.
 */
NN_INLINE int32_t nn_output(int32_t x, int32_t multiplier, int32_t shift, int32_t plain, int32_t zero, int32_t low,
                            int32_t high)
{
    if (plain) {
        const int32_t product = (int32_t)(((int64_t)(2 * x) * multiplier + ((int64_t)1 << 31)) >> 32);
        /* Halves go away from zero; where all below the zero point is clamped, only positive ones matter. */
        const int32_t signed_product = low >= zero ? product : product + (product >> 31);
        const int32_t result = ((signed_product >> shift) + (1 + 2 * (zero - low))) >> 1;
        return nn_clamp(result, 0, high - low) + low;
    }
    return nn_clamp(nn_requantize(x, multiplier, shift) + (zero - low), 0, high - low) + low;
}

/*
 * Numbers of channels, [channels][2]: bias * 256 + shift (modulo 256), multiplier. The bias has the input's zero point
 * folded in: less it * sum of weights.
 */
NN_INLINE int32_t nn_channel_bias(const int32_t *numbers, int32_t channel)
{
    return numbers[2 * channel] >> 8;
}

/* The accumulator of a channel as nn_output gives it. */
NN_INLINE int32_t nn_channel_output(const int32_t *numbers, int32_t channel, int32_t x, int32_t plain, int32_t zero,
                                    int32_t low, int32_t high)
{
    const int32_t shift = ((numbers[2 * channel] & 255) ^ 128) - 128;
    return nn_output(x, numbers[2 * channel + 1], shift, plain, zero, low, high);
}

#endif
