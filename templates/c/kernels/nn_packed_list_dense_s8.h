#ifndef NN_PACKED_LIST_DENSE_S8_H
#define NN_PACKED_LIST_DENSE_S8_H

#include "nn_common.h"
#include "nn_packed_6x1_s8.h"
#include "nn_packed_list_6x1_s8.h"
#include "nn_packed_s8.h"

/* One row of inputs times lists as in nn_packed_list_6x1_s8.h, each of one piece: sums have 32 bits here. */
typedef struct nn_packed_list_dense {
    const uint16_t *weights;    /* [channels] lists */
    const int32_t *offsets;     /* [channels], added to the sums */
    const int32_t *offsets_end; /* one past the last */
    const uint8_t *x;           /* x + 128 */
    int8_t *y;
    /* of all channels, as in nn_packed_s8.h */
    uint32_t limit, fraction, factor, begin, middle, away;
} nn_packed_list_dense;

#if NN_PACKED_ASM

#if defined(NN_OPTIMIZE_SIZE)
#define NN_PACKED_ENTRY_NUMBERS "0, 1, 2, 3"
#else
#define NN_PACKED_ENTRY_NUMBERS "0, 1, 2, 3, 4, 5, 6, 7"
#endif

/* Entry i of a round, 14 bytes: r0 inputs, r6 list, r3 sum. The inputs' pointer moves on by what is left out. */
#if defined(__thumb2__)
#define NN_PACKED_ENTRY_1(i)                     \
    "ldrb r1, [r6, #2 * " i " + 1]\n\t"          \
    "ldrsb r5, [r6, #2 * " i "]\n\t"             \
    "adds r0, r0, r1\n\t"                        \
    "ldrb r2, [r0, #" i "]\n\t"                  \
    "mla r3, r2, r5, r3\n\t"
#else
#define NN_PACKED_ENTRY_1(i)                     \
    "ldrh r1, [r6, #2 * " i "]\n\t"              \
    "sxtb r5, r1\n\t"                            \
    "lsrs r1, r1, #8\n\t"                        \
    "adds r0, r0, r1\n\t"                        \
    "ldrb r2, [r0, #" i "]\n\t"                  \
    "muls r2, r5, r2\n\t"                        \
    "adds r3, r3, r2\n\t"
#endif

/*
 * All channels.
 * The stack: 0 the loop over entries, 4 x, 8 y, 12 end of the offsets, 16 factor, 20 away. r4 fraction, r6 list,
 * r8 limit, r9 begin, r10 middle, r12 offsets.
 */
NN_PACKED_FUNCTION void nn_packed_list_dense_1(const nn_packed_list_dense *d NN_PACKED_UNUSED)
{
    __asm__ __volatile__(
        NN_PACKED_PUSH
        "sub sp, sp, #24\n\t"
        "mov r7, sp\n\t"
        "adr r1, 2f\n\t"
        "adds r1, r1, #1\n\t"
        "ldm r0!, {r6}\n\t"
        "ldm r0!, {r2, r3, r4, r5}\n\t"
        "mov r12, r2\n\t"
        "stm r7!, {r1, r4, r5}\n\t"
        "stm r7!, {r3}\n\t"
        "ldm r0!, {r1, r4, r5}\n\t"
        "mov r8, r1\n\t"
        "stm r7!, {r5}\n\t"
        "ldm r0!, {r1, r2, r3}\n\t"
        "mov r9, r1\n\t"
        "mov r10, r2\n\t"
        "stm r7!, {r3}\n"
        "1:\n\t"
        "ldrh r7, [r6]\n\t"
        "adds r6, r6, #2\n\t"
        "movs r3, #0\n\t"
        "ldr r0, [sp, #4]\n\t"
        "rsbs r1, r7, #0\n\t"
        "movs r2, #" NN_PACKED_TEXT(NN_PACKED_ENTRIES) " - 1\n\t"
        "ands r1, r1, r2\n\t"
        "subs r0, r0, r1\n\t"
        "lsls r7, r7, #1\n\t"
        "adds r7, r7, r6\n\t"
        "subs r6, r6, r1\n\t"
        "subs r6, r6, r1\n\t"
        "movs r2, #14\n\t"
        "muls r1, r2, r1\n\t"
        "ldr r2, [sp]\n\t"
        "adds r1, r1, r2\n\t"
        "bx r1\n\t"
        ".balign 4\n"
        "2:\n\t"
        ".irp i, " NN_PACKED_ENTRY_NUMBERS "\n\t"
        NN_PACKED_ENTRY_1("\\i")
        ".endr\n\t"
        "adds r6, r6, #2 * " NN_PACKED_TEXT(NN_PACKED_ENTRIES) "\n\t"
        "adds r0, r0, #" NN_PACKED_TEXT(NN_PACKED_ENTRIES) "\n\t"
        "cmp r6, r7\n\t"
        "bne 2b\n\t"
        "mov r7, r12\n\t"
        "ldm r7!, {r0}\n\t"
        "mov r12, r7\n\t"
        "adds r0, r0, r3\n\t"
        "mov r11, r6\n\t"
        "ldr r5, [sp, #16]\n\t"
        "ldr r6, [sp, #20]\n\t"
        NN_PACKED_RESULT_AWAY("r0", "10f")
        "20:\n\t"
        "ldr r7, [sp, #8]\n\t"
        "strb r0, [r7]\n\t"
        "adds r7, r7, #1\n\t"
        "str r7, [sp, #8]\n\t"
        "mov r6, r11\n\t"
        "ldr r1, [sp, #12]\n\t"
        "cmp r12, r1\n\t"
        "bne 1b\n\t"
        "add sp, sp, #24\n\t"
        NN_PACKED_POP
        NN_PACKED_BEYOND("10", "r0", "20b"));
}

#else

/* As in the assembly. */
NN_PACKED_FUNCTION void nn_packed_list_dense_1(const nn_packed_list_dense *d)
{
    const nn_packed_stairs stairs = {d->limit, d->fraction, d->factor, d->begin, d->middle, d->away};
    const uint16_t *w = d->weights;
    const int32_t *offset;
    int8_t *y = d->y;
    for (offset = d->offsets; offset != d->offsets_end; ++offset) {
        const uint8_t *x = d->x;
        int32_t sum = *offset;
        int32_t n = *w++;
        for (; n > 0; --n) {
            const uint32_t entry = *w++;
            x += entry >> 8;
            sum += *x++ * (int8_t)entry;
        }
        *y++ = nn_packed_value((uint32_t)sum, &stairs);
    }
}

#endif

#endif
