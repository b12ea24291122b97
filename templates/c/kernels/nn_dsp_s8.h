#ifndef NN_DSP_S8_H
#define NN_DSP_S8_H

#include "nn_common.h"

/*
 * Matrix products for cores with the DSP extension (Cortex-M4, M7, M33): SMLAD multiplies two 16-bit pairs at once.
 *
 * Weights stay bytes: a word holds those of channels a (high) and b (low) for two taps, halfword = 256 * a + b. Its dot
 * product with a strip of 16-bit inputs is 256 * A + B; SXTB16 leaves the low bytes, whose dot product is B. -128 in a
 * leaves a negative b no room: sparse kernels take it as -127 and, in a block of its own, -1.
 * After a group's weights follow 4 numbers per channel (enum below); all of it is one array that one pointer walks.
 *
 * Of every function there are two versions with the same results: assembly, since compilers keep too few of the sums in
 * registers, and C99 for all other compilers and cores.
 */

#if defined(__ARM_FEATURE_DSP) && defined(__thumb2__) && defined(__GNUC__) && !defined(__ARM_BIG_ENDIAN) && \
    !defined(NN_PORTABLE)
#define NN_DSP_ASM 1
#else
#define NN_DSP_ASM 0
#endif

/* What turns a sum into a stored value; the promises that src/kernels/dsp-pack.ts checks make it exact. */
enum {
    NN_DSP_BIAS,       /* twice the bias, less the input's zero point * sum of weights */
    NN_DSP_MULTIPLIER, /* 2 * sum * multiplier / 2^32 is rounded to an integer */
    NN_DSP_OFFSET,     /* 2^(shift - 1) + zero point * 2^shift */
    NN_DSP_SHIFT,      /* 1 to 22 */
    NN_DSP_NUMBERS
};

/* The last shift where sums have been scaled so that one suits all channels. */
enum { NN_DSP_COMMON_SHIFT = 12 };

/* Strips hold 4 taps after the other as (tap 0, tap 2), (tap 1, tap 3), the order in which SXTB16 unpacks bytes. */

#if NN_DSP_ASM

/*
 * The functions in assembly keep to the calling convention by themselves. Interprocedural optimisation, which could
 * change how they are called, is switched off. ADR counts from an address that is a multiple of 4.
 */
#if defined(__clang__)
#define NN_DSP_FUNCTION NN_FAST static __attribute__((naked, noinline, aligned(4), unused))
#else
#define NN_DSP_FUNCTION NN_FAST static __attribute__((naked, noipa, aligned(4), unused))
#endif
#define NN_DSP_UNUSED __attribute__((unused))

/* Blocks of an inner loop; a power of 2. */
#if defined(NN_OPTIMIZE_SIZE)
#define NN_DSP_UNROLL "2"
#else
#define NN_DSP_UNROLL "16"
#endif

/*
 * Twice a sum s as a stored value, m = multiplier, c = offset, e = shift, t = spare register.
 * ROUND half up: right where all results below the zero point are clamped to it.
 * ROUND_AWAY: halves go away from zero, so 1 less where the sum is negative.
 */
#define NN_DSP_ROUND(s, m, c, e, t)              \
    "smmlar " s ", " s ", " m ", " c "\n\t"      \
    "asr " s ", " s ", " e "\n\t"                \
    "ssat " s ", #8, " s "\n\t"
#define NN_DSP_ROUND_AWAY(s, m, c, e, t)         \
    "add " t ", " c ", " s ", asr #31\n\t"       \
    "smmlar " s ", " s ", " m ", " t "\n\t"      \
    "asr " s ", " s ", " e "\n\t"                \
    "ssat " s ", #8, " s "\n\t"

#else

#define NN_DSP_FUNCTION NN_SHARED

/* The bytes of a half of a word of weights: of channels a (high) and b (low), times x, added to their sums. */
NN_INLINE void nn_dsp_add_half(int32_t half, int32_t x, int32_t *a, int32_t *b)
{
    const int32_t low = ((half & 255) ^ 128) - 128;
    *a += (half - low) / 256 * x;
    *b += low * x;
}

/* The lower half of a word, with its sign. */
NN_INLINE int32_t nn_dsp_low_half(int32_t word)
{
    return ((word & 0xffff) ^ 0x8000) - 0x8000;
}

/* Both halves of a word of weights times both halves of a word of inputs. */
NN_INLINE void nn_dsp_add_word(int32_t w, int32_t x, int32_t *a, int32_t *b)
{
    nn_dsp_add_half(nn_dsp_low_half(w), nn_dsp_low_half(x), a, b);
    nn_dsp_add_half(w >> 16, x >> 16, a, b);
}

/* Twice a sum as a stored value; scale = multiplier, offset, shift. away: halves of negative sums go away from zero. */
NN_INLINE int8_t nn_dsp_round(int32_t twice, const int32_t *scale, int32_t away)
{
    const int32_t product = (int32_t)(((int64_t)twice * scale[0] + ((int64_t)1 << 31)) >> 32);
    const int32_t sign = away ? twice >> 31 : 0;
    return (int8_t)nn_clamp((product + scale[1] + sign) >> scale[2], -128, 127);
}

/* A sum without its bias as a stored value. */
NN_INLINE int8_t nn_dsp_result(int32_t sum, const int32_t *numbers, int32_t away)
{
    return nn_dsp_round(numbers[NN_DSP_BIAS] + 2 * sum, numbers + NN_DSP_MULTIPLIER, away);
}

/* A multiplied sum as a stored value; numbers = multiplier, offset. */
NN_INLINE int8_t nn_dsp_floor(int32_t sum, const int32_t *numbers)
{
    const int32_t product = (int32_t)(((int64_t)sum * numbers[0]) >> 32);
    return (int8_t)nn_clamp((product + numbers[1]) >> NN_DSP_COMMON_SHIFT, -128, 127);
}

#endif

#endif
