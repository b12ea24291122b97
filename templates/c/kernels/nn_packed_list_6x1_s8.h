#ifndef NN_PACKED_LIST_6X1_S8_H
#define NN_PACKED_LIST_6X1_S8_H

#include "nn_common.h"
#include "nn_packed_6x1_s8.h"
#include "nn_packed_s8.h"

/*
 * All channels of six pixels, of weights only those that are not 0. A channel is a list of halves: the number of its
 * entries, then entries of a weight (low byte) and how many taps are left out before it (high byte). Where the sums of
 * three pixels in two words would overflow the list comes in pieces; the number has its highest bit set where another
 * piece follows.
 */

typedef struct nn_packed_list {
    const uint16_t *weights;    /* [channels] lists */
    const int32_t *numbers;     /* [channels][NN_PACKED_NUMBERS]; NN_PACKED_MORE_NUMBERS if more */
    const int32_t *numbers_end; /* one past the last */
    int32_t more;               /* is any channel in pieces, or do halves of negative sums matter? */
} nn_packed_list;

/* Entries of an inner loop, a power of 2. */
#if defined(NN_OPTIMIZE_SIZE)
#define NN_PACKED_ENTRIES 4
#define NN_PACKED_ENTRY_STEPS "0, 2, 4, 6"
#else
#define NN_PACKED_ENTRIES 8
#define NN_PACKED_ENTRY_STEPS "0, 2, 4, 6, 8, 10, 12, 14"
#endif

#if NN_PACKED_ASM

/* One entry, 28 bytes: r0 strip, r6 list, r8-r11 sums. */
#if defined(__thumb2__)
#define NN_PACKED_ENTRY_6(i)                     \
    "ldrb r1, [r6, #" i " + 1]\n\t"              \
    "ldrsb r5, [r6, #" i "]\n\t"                 \
    "add r0, r0, r1, lsl #4\n\t"                 \
    "ldm r0!, {r1, r2, r3, r4}\n\t"              \
    "mla r8, r1, r5, r8\n\t"                     \
    "mla r9, r2, r5, r9\n\t"                     \
    "mla r10, r3, r5, r10\n\t"                   \
    "mla r11, r4, r5, r11\n\t"
#else
#define NN_PACKED_ENTRY_6(i)                     \
    "ldrh r1, [r6, #" i "]\n\t"                  \
    "sxtb r5, r1\n\t"                            \
    "lsrs r1, r1, #8\n\t"                        \
    "lsls r1, r1, #4\n\t"                        \
    "adds r0, r0, r1\n\t"                        \
    "ldm r0!, {r1, r2, r3, r4}\n\t"              \
    "muls r1, r5, r1\n\t"                        \
    "muls r2, r5, r2\n\t"                        \
    "muls r3, r5, r3\n\t"                        \
    "muls r4, r5, r4\n\t"                        \
    "add r8, r8, r1\n\t"                         \
    "add r9, r9, r2\n\t"                         \
    "add r10, r10, r3\n\t"                       \
    "add r11, r11, r4\n\t"
#endif

/*
 * The stack: 0 to 20 offsets, 24 y, 28 the loop over entries, 32 strip, 40 end of the numbers; 48 to 68 sums of former
 * pieces, 72 the number of a piece's entries, 76 the strip again. r0 = list, r1 = strip, r2 = y, r3 = offsets; then
 * r6 = list, r12 = numbers.
 */
#define NN_PACKED_ENTER_LIST_6                   \
    NN_PACKED_ENTER                              \
    "adr r3, 2f\n\t"                             \
    "adds r3, r3, #1\n\t"                        \
    "adds r1, r1, #16\n\t"                       \
    "stm r7!, {r2, r3}\n\t"                      \
    "str r1, [sp, #32]\n\t"                      \
    "str r1, [sp, #76]\n\t"                      \
    "ldm r0!, {r6, r7}\n\t"                      \
    "mov r12, r7\n\t"                            \
    "ldr r1, [r0]\n\t"                           \
    "str r1, [sp, #40]\n"

/* Sums of the r7 entries at r6; the strip pointer is at sp + at. Into the middle of the loop: it ends with them. */
#define NN_PACKED_PIECE_6(at)                    \
    "movs r0, #0\n\t"                            \
    "mov r8, r0\n\t"                             \
    "mov r9, r0\n\t"                             \
    "mov r10, r0\n\t"                            \
    "mov r11, r0\n\t"                            \
    "rsbs r1, r7, #0\n\t"                        \
    "movs r2, #" NN_PACKED_TEXT(NN_PACKED_ENTRIES) " - 1\n\t" \
    "ands r1, r1, r2\n\t"                        \
    "lsls r7, r7, #1\n\t"                        \
    "adds r7, r7, r6\n\t"                        \
    "subs r6, r6, r1\n\t"                        \
    "subs r6, r6, r1\n\t"                        \
    "movs r2, #28\n\t"                           \
    "muls r1, r2, r1\n\t"                        \
    "ldr r2, [sp, #28]\n\t"                      \
    "adds r1, r1, r2\n\t"                        \
    "ldr r0, [sp, #" at "]\n\t"                  \
    "bx r1\n\t"                                  \
    ".balign 4\n"                                \
    "2:\n\t"                                     \
    ".irp i, " NN_PACKED_ENTRY_STEPS "\n\t"      \
    NN_PACKED_ENTRY_6("\\i")                     \
    ".endr\n\t"                                  \
    "adds r6, r6, #2 * " NN_PACKED_TEXT(NN_PACKED_ENTRIES) "\n\t" \
    "cmp r6, r7\n\t"                             \
    "bne 2b\n\t"

/*
 * Six pixels times lists of one piece each.
 * strip      as in nn_packed_strip_s8.h
 * y          pixel p's values [channels] at y + offsets[p]. Where the same offset comes again the last pixel counts
 */
NN_PACKED_FUNCTION void nn_packed_list_6(const nn_packed_list *m NN_PACKED_UNUSED,
                                         const uint32_t *strip NN_PACKED_UNUSED, int8_t *y NN_PACKED_UNUSED,
                                         const int32_t *offsets NN_PACKED_UNUSED)
{
    __asm__ __volatile__(
        NN_PACKED_ENTER_LIST_6
        "1:\n\t"
        "ldrh r7, [r6]\n\t"
        "adds r6, r6, #2\n\t"
        NN_PACKED_PIECE_6("32"));
    __asm__ __volatile__(NN_PACKED_STORE_ALL_6);
}

/* The same for lists in pieces, or with halves of negative sums that matter. */
NN_PACKED_FUNCTION void nn_packed_list_6_any(const nn_packed_list *m NN_PACKED_UNUSED,
                                             const uint32_t *strip NN_PACKED_UNUSED, int8_t *y NN_PACKED_UNUSED,
                                             const int32_t *offsets NN_PACKED_UNUSED)
{
    __asm__ __volatile__(
        NN_PACKED_ENTER_LIST_6
        "1:\n\t"
        "ldr r0, [sp, #32]\n\t"
        "str r0, [sp, #76]\n\t"
        NN_PACKED_CLEAR_6
        "3:\n\t"
        "ldrh r7, [r6]\n\t"
        "adds r6, r6, #2\n\t"
        "lsls r7, r7, #17\n\t"
        "sbcs r1, r1\n\t"
        "str r1, [sp, #72]\n\t"
        "lsrs r7, r7, #17\n\t"
        NN_PACKED_PIECE_6("76")
        "str r0, [sp, #76]\n\t"
        NN_PACKED_GATHER_6
        /* 0 = borrow of the subtraction above: the highest bit was set */
        "ldr r1, [sp, #72]\n\t"
        "cmp r1, #0\n\t"
        "bne 4f\n\t"
        "b 3b\n"
        "4:\n\t");
    __asm__ __volatile__(NN_PACKED_STORE_ALL_AWAY_6);
}

#else

#if NN_PACKED_RISCV

/* Entry i, at `half` in the list; word `at` of its tap. The strip pointer moves on only once for all entries. */
#define NN_PACKED_LIST_WORD(at, s)               \
    "lw %[word], " at "(%[x])\n\t"               \
    "mul %[word], %[word], %[weight]\n\t"        \
    "add " s ", " s ", %[word]\n\t"
#define NN_PACKED_ASM_ENTRY_6(half, high, at0, at1, at2, at3) \
    "lbu %[word], " high "(%[w])\n\t"            \
    "lb %[weight], " half "(%[w])\n\t"           \
    "slli %[word], %[word], 4\n\t"               \
    "add %[x], %[x], %[word]\n\t"                \
    NN_PACKED_LIST_WORD(at0, "%[a]")             \
    NN_PACKED_LIST_WORD(at1, "%[b]")             \
    NN_PACKED_LIST_WORD(at2, "%[c]")             \
    NN_PACKED_LIST_WORD(at3, "%[d]")

#endif

/* Entry i: its tap's words times its weight. */
#define NN_PACKED_ENTRY_6(i)                              \
    do {                                                  \
        const uint32_t entry = w[i];                      \
        const uint32_t weight = (uint32_t)(int8_t)entry;  \
        x += (entry >> 8) * NN_PACKED_TAP;                \
        a += x[0] * weight;                               \
        b += x[1] * weight;                               \
        c += x[2] * weight;                               \
        d += x[3] * weight;                               \
        x += NN_PACKED_TAP;                               \
    } while (0)

/* The sums of six pixels and one channel; returns the next channel's list. */
NN_INLINE const uint16_t *nn_packed_list_sum_6(const uint16_t *w, const uint32_t *x, uint32_t sums[6])
{
    int32_t more = 1;
    while (more) {
        uint32_t a = 0, b = 0, c = 0, d = 0;
        int32_t n = *w & 32767;
        more = *w++ >> 15;
#if NN_PACKED_RISCV
        if (n >= 4) {
            /* Compilers load ahead until registers run out. */
            const uint16_t *const end = w + (n - n % 4);
            uint32_t weight, word;
            __asm__ __volatile__(
                "1:\n\t"
                NN_PACKED_ASM_ENTRY_6("0", "1", "0", "4", "8", "12")
                NN_PACKED_ASM_ENTRY_6("2", "3", "16", "20", "24", "28")
                NN_PACKED_ASM_ENTRY_6("4", "5", "32", "36", "40", "44")
                NN_PACKED_ASM_ENTRY_6("6", "7", "48", "52", "56", "60")
                "addi %[w], %[w], 8\n\t"
                "addi %[x], %[x], 64\n\t"
                "bne %[w], %[end], 1b\n\t"
                : [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), [w] "+r"(w), [x] "+r"(x),
                  [weight] "=&r"(weight), [word] "=&r"(word)
                : [end] "r"(end)
                : "memory");
            n %= 4;
        }
#elif !defined(NN_OPTIMIZE_SIZE)
        for (; n >= 4; n -= 4) {
            NN_PACKED_ENTRY_6(0);
            NN_PACKED_ENTRY_6(1);
            NN_PACKED_ENTRY_6(2);
            NN_PACKED_ENTRY_6(3);
            w += 4;
        }
#endif
        for (; n > 0; --n) {
            NN_PACKED_ENTRY_6(0);
            w += 1;
        }
        nn_packed_add_6(sums, a, b, c, d);
    }
    return w;
}

/* As in the assembly. */
NN_PACKED_FUNCTION void nn_packed_list_6(const nn_packed_list *m, const uint32_t *strip, int8_t *y,
                                         const int32_t *offsets)
{
    const int32_t each = m->more ? NN_PACKED_MORE_NUMBERS : NN_PACKED_NUMBERS;
    const uint16_t *w = m->weights;
    const int32_t *numbers;
    for (numbers = m->numbers; numbers != m->numbers_end; numbers += each) {
        uint32_t sums[6] = {0, 0, 0, 0, 0, 0};
        w = nn_packed_list_sum_6(w, strip + NN_PACKED_TAP, sums);
        nn_packed_store_6(sums, numbers, m->more, y, offsets);
        ++y;
    }
}

#endif

/* All channels of six pixels. */
NN_INLINE void nn_packed_list_matmul_6(const nn_packed_list *m, const uint32_t *strip, int8_t *y,
                                       const int32_t *offsets)
{
#if NN_PACKED_ASM
    if (m->more) {
        nn_packed_list_6_any(m, strip, y, offsets);
        return;
    }
#endif
    nn_packed_list_6(m, strip, y, offsets);
}

#endif
