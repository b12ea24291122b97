#ifndef NN_MVE_S8_H
#define NN_MVE_S8_H

#include "nn_common.h"

/*
 * Kernels for cores with MVE (Helium: Cortex-M55, M85): VMLADAVA adds 16 products of bytes to a sum at once.
 *
 * Of every function there are two versions with the same results: assembly, since compilers keep too few of the sums in
 * registers, and C99 for all other compilers and cores.
 */

#if defined(__ARM_FEATURE_MVE) && defined(__thumb2__) && defined(__GNUC__) && !defined(__ARM_BIG_ENDIAN) && \
    !defined(NN_PORTABLE)
#define NN_MVE_ASM 1
#else
#define NN_MVE_ASM 0
#endif

#if NN_MVE_ASM

/*
 * The functions in assembly keep to the calling convention by themselves. Interprocedural optimisation, which could
 * change how they are called, is switched off. ADR counts from an address that is a multiple of 4.
 */
#if defined(__clang__)
#define NN_MVE_FUNCTION NN_FAST static __attribute__((naked, noinline, aligned(4), unused))
#else
#define NN_MVE_FUNCTION NN_FAST static __attribute__((naked, noipa, aligned(4), unused))
#endif
#define NN_MVE_UNUSED __attribute__((unused))

/* Blocks of an inner loop; a power of 2. */
#if defined(NN_OPTIMIZE_SIZE)
#define NN_MVE_UNROLL "2"
#else
#define NN_MVE_UNROLL "8"
#endif

/* Halves of negative numbers in q go away from zero, not up, when 1 less is shifted; t = spare. */
#define NN_MVE_AWAY(q, t)                        \
    "vshr.s32 " t ", " q ", #31\n\t"             \
    "vadd.i32 " q ", " q ", " t "\n\t"

#else

#define NN_MVE_FUNCTION NN_SHARED

/* Byte i of words of weights. */
NN_INLINE int32_t nn_mve_byte(const int32_t *words, int32_t i)
{
    const uint32_t word = (uint32_t)words[i / 4];
    return (int32_t)(((word >> (8 * (i % 4))) & 255u) ^ 128u) - 128;
}

/* A sum as a stored value. shift = bits to the left, at most 0; at most -1 where negative halves matter. */
NN_INLINE int8_t nn_mve_result(int32_t sum, int32_t multiplier, int32_t shift, int32_t zero, int32_t low, int32_t high)
{
    const int32_t product = nn_high_multiply(sum, multiplier);
    const int32_t value = shift == 0 ? product : nn_round_halves(product, -1 - shift);
    return (int8_t)nn_clamp(value + zero, low, high);
}

#endif

#endif
