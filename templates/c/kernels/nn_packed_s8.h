#ifndef NN_PACKED_S8_H
#define NN_PACKED_S8_H

#include "nn_common.h"

/*
 * Matrix products for cores without multiplications of several values at once: one 32-bit multiplication serves three
 * pixels in two words.
 *
 * Words a = x0 + 2^21 * x1 and b = x2 + 2^10 * x1 times a weight, added up modulo 2^32, give A = S0 + 2^21 * S1 and
 * B = S2 + 2^10 * S1. While |S0|, |S2| < 2^20, the lower 21 bits of A are S0, its others S1 modulo 2^11; with these, B
 * tells S2 and S1 >> 11. So there are 2 multiplications for 3 products, and sums need to be taken apart only once.
 *
 * Weights are stored as bytes w + 128, which load without a sign: that adds 128 times the sum of all words, which is
 * known before any weight is seen. It is taken off where sums start.
 *
 * A sum becomes a stored value by numbers that are proven equal to TFLite's arithmetic for every sum that can occur
 * (src/kernels/steps.ts).
 *
 * Of every function there are two versions with the same results: assembly for Cortex-M, since compilers keep too few
 * of the sums in registers, and C99 for all other compilers and cores.
 */

#if defined(__thumb__) && defined(__GNUC__) && !defined(__ARM_BIG_ENDIAN) && !defined(NN_PORTABLE)
#define NN_PACKED_ASM 1
#else
#define NN_PACKED_ASM 0
#endif

/* RISC-V: the inner loops are assembly, the rest is C. */
#if defined(__riscv_mul) && __riscv_xlen == 32 && defined(__GNUC__) && !defined(NN_PORTABLE)
#define NN_PACKED_RISCV 1
#else
#define NN_PACKED_RISCV 0
#endif

/* Numbers of a channel, an array of int32_t. */
enum {
    NN_PACKED_OFFSET = 0, /* added to the sum: bias, and what makes the least sum with a result of its own 0 */
    NN_PACKED_LIMIT = 1,  /* unsigned: sums below it >> 13 have results of their own; lower 13 bits: fraction */
    NN_PACKED_FACTOR = 2, /* 2^24 * the scale, without its fraction in units of 2^-13 */
    NN_PACKED_START = 3,  /* 2^24 * the first result, modulo 2^32, and what rounding needs */
    NN_PACKED_NUMBERS = 4,
    /* and where halves of negative sums matter */
    NN_PACKED_MIDDLE = 4, /* sums below it */
    NN_PACKED_AWAY = 5,   /* lose so much, so that their halves go away from zero */
    NN_PACKED_MORE_NUMBERS = 6
};

/* A matrix of weights and the numbers of its channels. */
typedef struct nn_packed_matrix {
    const uint8_t *weights;     /* [channels][chunks][depth], w + 128 */
    const int32_t *numbers;     /* [channels][NN_PACKED_NUMBERS]; NN_PACKED_MORE_NUMBERS if away or chunks > 1 */
    const int32_t *numbers_end; /* one past the last */
    int32_t depth;              /* taps of a chunk: so many that sums fit */
    int32_t skip;               /* (NN_PACKED_UNROLL - depth % NN_PACKED_UNROLL) % NN_PACKED_UNROLL */
    int32_t chunks;
    int32_t away; /* do halves of negative sums matter? */
} nn_packed_matrix;

/* Taps of an inner loop. */
#if defined(NN_OPTIMIZE_SIZE)
#define NN_PACKED_UNROLL 4
#define NN_PACKED_STEPS "0, 1, 2, 3"
#else
#define NN_PACKED_UNROLL 12
#define NN_PACKED_STEPS "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11"
#endif

#if NN_PACKED_ASM

/*
 * The functions in assembly keep to the calling convention by themselves. Interprocedural optimisation, which could
 * change how they are called, is switched off. ADR counts from an address that is a multiple of 4.
 */
#if defined(__clang__)
#define NN_PACKED_FUNCTION NN_FAST static __attribute__((naked, noinline, aligned(4), unused))
#else
#define NN_PACKED_FUNCTION NN_FAST static __attribute__((naked, noipa, aligned(4), unused))
#endif
#define NN_PACKED_UNUSED __attribute__((unused))

#define NN_PACKED_PUSH                           \
    ".syntax unified\n\t"                        \
    "push {r4, r5, r6, r7, lr}\n\t"              \
    "mov r4, r8\n\t"                             \
    "mov r5, r9\n\t"                             \
    "mov r6, r10\n\t"                            \
    "mov r7, r11\n\t"                            \
    "push {r4, r5, r6, r7}\n\t"

#define NN_PACKED_POP                            \
    "pop {r4, r5, r6, r7}\n\t"                   \
    "mov r8, r4\n\t"                             \
    "mov r9, r5\n\t"                             \
    "mov r10, r6\n\t"                            \
    "mov r11, r7\n\t"                            \
    "pop {r4, r5, r6, r7, pc}\n\t"

/* Sums a, b of three pixels in r1, r3 taken apart: r0, r1, r2. */
#define NN_PACKED_SPLIT                          \
    "lsls r0, r1, #11\n\t"                       \
    "asrs r0, r0, #11\n\t"                       \
    "subs r1, r1, r0\n\t"                        \
    "asrs r2, r1, #11\n\t"                       \
    "subs r3, r3, r2\n\t"                        \
    "lsls r2, r3, #11\n\t"                       \
    "asrs r2, r2, #11\n\t"                       \
    "subs r3, r3, r2\n\t"                        \
    "asrs r1, r1, #21\n\t"                       \
    "asrs r3, r3, #10\n\t"                       \
    "adds r1, r1, r3\n\t"

/* Sum s with its offset as a stored value: r4 fraction, r5 factor, r8 limit, r9 start. Spoils r3. */
#define NN_PACKED_WITHIN(s, beyond)              \
    "cmp " s ", r8\n\t"                          \
    "bhs " beyond "\n\t"
#if defined(__thumb2__)
#define NN_PACKED_MULTIPLY(s)                    \
    "mul r3, " s ", r4\n\t"                      \
    "mla " s ", " s ", r5, r9\n\t"               \
    "add " s ", " s ", r3, lsr #13\n\t"
#else
#define NN_PACKED_MULTIPLY(s)                    \
    "movs r3, " s "\n\t"                         \
    "muls r3, r4, r3\n\t"                        \
    "lsrs r3, r3, #13\n\t"                       \
    "muls " s ", r5, " s "\n\t"                  \
    "adds " s ", " s ", r3\n\t"                  \
    "add " s ", " s ", r9\n\t"
#endif
#define NN_PACKED_RESULT(s, beyond)              \
    NN_PACKED_WITHIN(s, beyond)                  \
    NN_PACKED_MULTIPLY(s)                        \
    "lsrs " s ", " s ", #24\n"
/* Where halves of negative sums go away from zero: r10 middle, r6 away. Spoils r1 too. */
#define NN_PACKED_RESULT_AWAY(s, beyond)         \
    NN_PACKED_WITHIN(s, beyond)                  \
    "cmp " s ", r10\n\t"                         \
    "sbcs r1, r1\n\t"                            \
    "ands r1, r1, r6\n\t"                        \
    NN_PACKED_MULTIPLY(s)                        \
    "subs " s ", " s ", r1\n\t"                  \
    "lsrs " s ", " s ", #24\n"

/* Where the sum lies beyond: -128 if negative, else 127. */
#define NN_PACKED_BEYOND(label, s, back)         \
    label ":\n\t"                                \
    "asrs " s ", " s ", #31\n\t"                 \
    "movs r3, #127\n\t"                          \
    "subs " s ", r3, " s "\n\t"                  \
    "b " back "\n"

/* r4 fraction, r5 factor, r8 limit, r9 start, lr offset from r12, which moves to the next channel's. Spoils r3, r7. */
#define NN_PACKED_LOAD_NUMBERS                   \
    "mov r3, r12\n\t"                            \
    "ldm r3!, {r4, r5}\n\t"                      \
    "mov lr, r4\n\t"                             \
    "lsrs r4, r5, #13\n\t"                       \
    "mov r8, r4\n\t"                             \
    "lsls r4, r5, #19\n\t"                       \
    "lsrs r4, r4, #19\n\t"                       \
    "ldm r3!, {r5, r7}\n\t"                      \
    "mov r9, r7\n\t"                             \
    "mov r12, r3\n\t"

#else

#define NN_PACKED_FUNCTION NN_SHARED

/* The sums of three pixels. */
typedef struct nn_packed_sums {
    int32_t s0, s1, s2;
} nn_packed_sums;

/* Sums a, b of three pixels taken apart. */
NN_INLINE nn_packed_sums nn_packed_split(uint32_t a, uint32_t b)
{
    nn_packed_sums s;
    s.s0 = (int32_t)(a << 11) >> 11;
    a -= (uint32_t)s.s0;
    b -= (uint32_t)((int32_t)a >> 11);
    s.s2 = (int32_t)(b << 11) >> 11;
    b -= (uint32_t)s.s2;
    s.s1 = ((int32_t)a >> 21) + ((int32_t)b >> 10);
    return s;
}

#endif

/* What makes a stored value of a sum with its offset; middle and away are 0 where they do not matter. */
typedef struct nn_packed_stairs {
    uint32_t limit, fraction, factor, start, middle, away;
} nn_packed_stairs;

/* The numbers of a channel; more: are there NN_PACKED_MORE_NUMBERS? */
NN_INLINE nn_packed_stairs nn_packed_stairs_of(const int32_t *numbers, int32_t more)
{
    const uint32_t limit = (uint32_t)numbers[NN_PACKED_LIMIT];
    nn_packed_stairs s = {limit >> 13, limit & 8191u, (uint32_t)numbers[NN_PACKED_FACTOR],
                          (uint32_t)numbers[NN_PACKED_START], 0, 0};
    if (more) {
        s.middle = (uint32_t)numbers[NN_PACKED_MIDDLE];
        s.away = (uint32_t)numbers[NN_PACKED_AWAY];
    }
    return s;
}

/* Sum q with its offset as a stored value. */
NN_INLINE int8_t nn_packed_value(uint32_t q, const nn_packed_stairs *s)
{
    if (q >= s->limit) {
        return (int32_t)q < 0 ? (int8_t)-128 : (int8_t)127;
    }
    return (int8_t)((q * s->factor + ((q * s->fraction) >> 13) + s->start - (q < s->middle ? s->away : 0u)) >> 24);
}

#endif
