#ifndef NN_PACKED_FOURS_6X1_S8_H
#define NN_PACKED_FOURS_6X1_S8_H

#include "nn_common.h"
#include "nn_packed_6x1_s8.h"
#include "nn_packed_s8.h"

/*
 * All channels of six pixels, of every four weights only two: parts of a byte with the places of four weights, 2 bits
 * each, the first lowest, and the weights; they cover eight taps. Where the sums of three pixels in two words would
 * overflow, a channel's parts are taken in pieces.
 */

typedef struct nn_packed_fours {
    const uint8_t *weights;     /* [channels][pieces][parts][5] */
    const int32_t *numbers;     /* [channels][NN_PACKED_NUMBERS]; NN_PACKED_MORE_NUMBERS if more */
    const int32_t *numbers_end; /* one past the last */
    int32_t parts;              /* of a piece */
    int32_t pieces;             /* of a channel */
    int32_t more;               /* is a channel in pieces, or do halves of negative sums matter? */
} nn_packed_fours;

#if NN_PACKED_ASM

/* The weight at byte i of a part, its place at `bit` of lr: r0 the four in the strip, r6 part, r8-r11 sums. */
#if defined(__thumb2__)
#define NN_PACKED_FOUR_6(i, bit)                 \
    "ubfx r1, lr, #" bit ", #2\n\t"              \
    "ldrsb r5, [r6, #" i "]\n\t"                 \
    "add r1, r0, r1, lsl #4\n\t"                 \
    "ldm r1, {r1, r2, r3, r4}\n\t"               \
    "mla r8, r1, r5, r8\n\t"                     \
    "mla r9, r2, r5, r9\n\t"                     \
    "mla r10, r3, r5, r10\n\t"                   \
    "mla r11, r4, r5, r11\n\t"
#define NN_PACKED_FOURS                          \
    "ldrb lr, [r6]\n\t"                          \
    NN_PACKED_FOUR_6("1", "0")                   \
    NN_PACKED_FOUR_6("2", "2")                   \
    "adds r0, r0, #64\n\t"                       \
    NN_PACKED_FOUR_6("3", "4")                   \
    NN_PACKED_FOUR_6("4", "6")
#else
/* The byte of places is in r1; afterwards the offset of one of them is. */
#define NN_PACKED_PLACE_0                        \
    "lsls r1, r1, #30\n\t"                       \
    "lsrs r1, r1, #26\n\t"
#define NN_PACKED_PLACE(left)                    \
    "mov r1, lr\n\t"                             \
    "lsls r1, r1, #" left "\n\t"                 \
    "lsrs r1, r1, #30\n\t"                       \
    "lsls r1, r1, #4\n\t"
#define NN_PACKED_PLACE_3                        \
    "mov r1, lr\n\t"                             \
    "lsrs r1, r1, #6\n\t"                        \
    "lsls r1, r1, #4\n\t"
/* The weight at byte i of a part, the offset of its place in r1. */
#define NN_PACKED_FOUR_6(i)                      \
    "ldrb r5, [r6, #" i "]\n\t"                  \
    "sxtb r5, r5\n\t"                            \
    "adds r1, r1, r0\n\t"                        \
    "ldm r1, {r1, r2, r3, r4}\n\t"               \
    "muls r1, r5, r1\n\t"                        \
    "muls r2, r5, r2\n\t"                        \
    "muls r3, r5, r3\n\t"                        \
    "muls r4, r5, r4\n\t"                        \
    "add r8, r8, r1\n\t"                         \
    "add r9, r9, r2\n\t"                         \
    "add r10, r10, r3\n\t"                       \
    "add r11, r11, r4\n\t"
#define NN_PACKED_FOURS                          \
    "ldrb r1, [r6]\n\t"                          \
    "mov lr, r1\n\t"                             \
    NN_PACKED_PLACE_0                            \
    NN_PACKED_FOUR_6("1")                        \
    NN_PACKED_PLACE("28")                        \
    NN_PACKED_FOUR_6("2")                        \
    "adds r0, r0, #64\n\t"                       \
    NN_PACKED_PLACE("26")                        \
    NN_PACKED_FOUR_6("3")                        \
    NN_PACKED_PLACE_3                            \
    NN_PACKED_FOUR_6("4")
#endif

/*
 * The stack: 0 to 20 offsets, 24 y, 28 bytes of a piece, 32 strip, 40 end of the numbers, 44 pieces; 48 to 68 sums of
 * former pieces, 72 pieces left, 76 the strip again. r0 = weights and numbers, r1 = strip, r2 = y, r3 = offsets; then
 * r6 = weights, r12 = numbers.
 */
#define NN_PACKED_ENTER_FOURS_6                  \
    NN_PACKED_ENTER                              \
    "ldm r0!, {r4, r5, r6}\n\t"                  \
    "str r6, [sp, #40]\n\t"                      \
    "mov r12, r5\n\t"                            \
    "mov r6, r4\n\t"                             \
    "ldm r0!, {r3, r4}\n\t"                      \
    "str r4, [sp, #44]\n\t"                      \
    "lsls r4, r3, #2\n\t"                        \
    "adds r3, r3, r4\n\t"                        \
    "stm r7!, {r2, r3}\n\t"                      \
    "adds r1, r1, #16\n\t"                       \
    "str r1, [sp, #32]\n"

/* Sums of a piece of weights at r6; the strip pointer is at sp + at. */
#define NN_PACKED_FOURS_PIECE_6(at)              \
    "movs r0, #0\n\t"                            \
    "mov r8, r0\n\t"                             \
    "mov r9, r0\n\t"                             \
    "mov r10, r0\n\t"                            \
    "mov r11, r0\n\t"                            \
    "ldr r0, [sp, #" at "]\n\t"                  \
    "ldr r7, [sp, #28]\n\t"                      \
    "adds r7, r7, r6\n"                          \
    "2:\n\t"                                     \
    NN_PACKED_FOURS                              \
    "adds r0, r0, #64\n\t"                       \
    "adds r6, r6, #5\n\t"                        \
    "cmp r6, r7\n\t"                             \
    "bne 2b\n\t"

/*
 * Six pixels times channels of one piece each.
 * strip      as in nn_packed_strip_s8.h, up to the end of the last part, whatever is beyond the last tap
 * y          pixel p's values [channels] at y + offsets[p]. Where the same offset comes again the last pixel counts
 */
NN_PACKED_FUNCTION void nn_packed_fours_6(const nn_packed_fours *m NN_PACKED_UNUSED,
                                          const uint32_t *strip NN_PACKED_UNUSED, int8_t *y NN_PACKED_UNUSED,
                                          const int32_t *offsets NN_PACKED_UNUSED)
{
    __asm__ __volatile__(
        NN_PACKED_ENTER_FOURS_6
        "1:\n\t"
        NN_PACKED_FOURS_PIECE_6("32"));
    __asm__ __volatile__(NN_PACKED_STORE_ALL_6);
}

/* The same in pieces, or with halves of negative sums that matter. */
NN_PACKED_FUNCTION void nn_packed_fours_6_any(const nn_packed_fours *m NN_PACKED_UNUSED,
                                              const uint32_t *strip NN_PACKED_UNUSED, int8_t *y NN_PACKED_UNUSED,
                                              const int32_t *offsets NN_PACKED_UNUSED)
{
    __asm__ __volatile__(
        NN_PACKED_ENTER_FOURS_6
        "1:\n\t"
        "ldr r0, [sp, #32]\n\t"
        "str r0, [sp, #76]\n\t"
        "ldr r0, [sp, #44]\n\t"
        "str r0, [sp, #72]\n\t"
        NN_PACKED_CLEAR_6
        "3:\n\t"
        NN_PACKED_FOURS_PIECE_6("76")
        "str r0, [sp, #76]\n\t"
        NN_PACKED_GATHER_6
        "ldr r1, [sp, #72]\n\t"
        "subs r1, r1, #1\n\t"
        "str r1, [sp, #72]\n\t"
        "beq 4f\n\t"
        "b 3b\n"
        "4:\n\t");
    __asm__ __volatile__(NN_PACKED_STORE_ALL_AWAY_6);
}

#else

#if NN_PACKED_RISCV

/* The tap that word points to from the four at byte `at` of the strip on, times the weight at byte i of the part. */
#define NN_PACKED_ASM_FOUR_6(i, at0, at1, at2, at3) \
    "andi %[place], %[place], 48\n\t"            \
    "add %[place], %[place], %[x]\n\t"           \
    "lb %[weight], " i "(%[w])\n\t"              \
    NN_PACKED_FOUR_WORD(at0, "%[a]")             \
    NN_PACKED_FOUR_WORD(at1, "%[b]")             \
    NN_PACKED_FOUR_WORD(at2, "%[c]")             \
    NN_PACKED_FOUR_WORD(at3, "%[d]")
#define NN_PACKED_FOUR_WORD(at, s)               \
    "lw %[word], " at "(%[place])\n\t"           \
    "mul %[word], %[word], %[weight]\n\t"        \
    "add " s ", " s ", %[word]\n\t"

#endif

/* The weight at byte i of a part and the tap at its place, at `bit`, of the four at x + from. */
#define NN_PACKED_FOUR_6(i, bit, from)                                                      \
    do {                                                                                    \
        const uint32_t weight = (uint32_t)(int8_t)w[i];                                     \
        const uint32_t *const tap = x + NN_PACKED_TAP * ((from) + ((w[0] >> (bit)) & 3));   \
        a += tap[0] * weight;                                                               \
        b += tap[1] * weight;                                                               \
        c += tap[2] * weight;                                                               \
        d += tap[3] * weight;                                                               \
    } while (0)

/* The sums of a piece of six pixels and one channel; returns what follows the piece. */
NN_INLINE const uint8_t *nn_packed_fours_sum_6(const uint8_t *w, int32_t parts, const uint32_t *x, uint32_t sums[6])
{
    const uint8_t *const end = w + 5 * parts;
    uint32_t a = 0, b = 0, c = 0, d = 0;
#if NN_PACKED_RISCV
    /* Compilers load ahead until registers run out. */
    uint32_t weight, word, place, places;
    __asm__ __volatile__(
        "1:\n\t"
        "lbu %[places], 0(%[w])\n\t"
        "slli %[place], %[places], 4\n\t"
        NN_PACKED_ASM_FOUR_6("1", "0", "4", "8", "12")
        "slli %[place], %[places], 2\n\t"
        NN_PACKED_ASM_FOUR_6("2", "0", "4", "8", "12")
        "mv %[place], %[places]\n\t"
        NN_PACKED_ASM_FOUR_6("3", "64", "68", "72", "76")
        "srli %[place], %[places], 2\n\t"
        NN_PACKED_ASM_FOUR_6("4", "64", "68", "72", "76")
        "addi %[w], %[w], 5\n\t"
        "addi %[x], %[x], 128\n\t"
        "bne %[w], %[end], 1b\n\t"
        : [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), [w] "+r"(w), [x] "+r"(x), [weight] "=&r"(weight),
          [word] "=&r"(word), [place] "=&r"(place), [places] "=&r"(places)
        : [end] "r"(end)
        : "memory");
#else
    for (; w != end; w += 5) {
        NN_PACKED_FOUR_6(1, 0, 0);
        NN_PACKED_FOUR_6(2, 2, 0);
        NN_PACKED_FOUR_6(3, 4, 4);
        NN_PACKED_FOUR_6(4, 6, 4);
        x += 8 * NN_PACKED_TAP;
    }
#endif
    nn_packed_add_6(sums, a, b, c, d);
    return w;
}

/* As in the assembly. */
NN_PACKED_FUNCTION void nn_packed_fours_6(const nn_packed_fours *m, const uint32_t *strip, int8_t *y,
                                          const int32_t *offsets)
{
    const int32_t each = m->more ? NN_PACKED_MORE_NUMBERS : NN_PACKED_NUMBERS;
    const uint8_t *w = m->weights;
    const int32_t *numbers;
    for (numbers = m->numbers; numbers != m->numbers_end; numbers += each) {
        uint32_t sums[6] = {0, 0, 0, 0, 0, 0};
        const uint32_t *x = strip + NN_PACKED_TAP;
        int32_t piece;
        for (piece = 0; piece < m->pieces; ++piece) {
            w = nn_packed_fours_sum_6(w, m->parts, x, sums);
            x += 8 * NN_PACKED_TAP * m->parts;
        }
        nn_packed_store_6(sums, numbers, m->more, y, offsets);
        ++y;
    }
}

#endif

/* All channels of six pixels. */
NN_INLINE void nn_packed_fours_matmul_6(const nn_packed_fours *m, const uint32_t *strip, int8_t *y,
                                        const int32_t *offsets)
{
#if NN_PACKED_ASM
    if (m->more) {
        nn_packed_fours_6_any(m, strip, y, offsets);
        return;
    }
#endif
    nn_packed_fours_6(m, strip, y, offsets);
}

#endif
