#ifndef NN_PACKED_WINDOW_S8_H
#define NN_PACKED_WINDOW_S8_H

#include "nn_common.h"
#include "nn_packed_s8.h"

/* Windows of three pixels, channel by channel, each channel with weights of its own. Offsets and steps in bytes. */
typedef struct nn_packed_windows {
    const int8_t *weights;      /* [channels][rows][taps] */
    const int32_t *numbers;     /* [channels][NN_PACKED_NUMBERS], for nn_packed_window_any NN_PACKED_MORE_NUMBERS */
    const int32_t *numbers_end; /* one past the last */
    const int8_t *x;            /* first tap of the first window, channel 0 */
    int8_t *y;
    int32_t in[3];  /* offsets of the pixels in x; the last of equal ones counts */
    int32_t out[3]; /* and in y */
    int32_t column; /* from tap to tap */
    int32_t row;    /* from a row's last tap to the next row's first; for nn_packed_window_any, less `column` */
    int32_t rows, taps;
} nn_packed_windows;

#if NN_PACKED_ASM

/* A tap: r0 x, r1-r3 offsets, r5 weight; r8-r10 sums. FIRST or NEXT. */
#if defined(__thumb2__)
#define NN_PACKED_WEIGHT(i) "ldrsb r5, [r6, #" i "]\n\t"
#define NN_PACKED_FIRST_PRODUCT(offset, sum)     \
    "ldrsb r4, [r0, " offset "]\n\t"             \
    "mul " sum ", r4, r5\n\t"
#define NN_PACKED_NEXT_PRODUCT(offset, sum)      \
    "ldrsb r4, [r0, " offset "]\n\t"             \
    "mla " sum ", r4, r5, " sum "\n\t"
#else
#define NN_PACKED_WEIGHT(i)                      \
    "ldrb r5, [r6, #" i "]\n\t"                  \
    "sxtb r5, r5\n\t"
#define NN_PACKED_FIRST_PRODUCT(offset, sum)     \
    "ldrsb r4, [r0, " offset "]\n\t"             \
    "muls r4, r5, r4\n\t"                        \
    "mov " sum ", r4\n\t"
#define NN_PACKED_NEXT_PRODUCT(offset, sum)      \
    "ldrsb r4, [r0, " offset "]\n\t"             \
    "muls r4, r5, r4\n\t"                        \
    "add " sum ", " sum ", r4\n\t"
#endif
#define NN_PACKED_WINDOW_TAP(PRODUCT, i)         \
    NN_PACKED_WEIGHT(i)                          \
    PRODUCT("r1", "r8")                          \
    PRODUCT("r2", "r9")                          \
    PRODUCT("r3", "r10")

#define NN_PACKED_COLUMN "add r0, r0, r11\n\t"
#define NN_PACKED_ROW                            \
    "ldr r7, [sp, #48]\n\t"                      \
    "adds r0, r0, r7\n\t"

/* The stack: nn_packed_windows as it is, 60 bytes; 60 to 68 sums. r6 = weights, r11 = column, r12 = numbers. */
#define NN_PACKED_ENTER_WINDOW                   \
    NN_PACKED_PUSH                               \
    "sub sp, sp, #72\n\t"                        \
    "mov r1, sp\n\t"                             \
    "ldm r0!, {r2, r3, r4, r5, r6}\n\t"          \
    "stm r1!, {r2, r3, r4, r5, r6}\n\t"          \
    "ldm r0!, {r2, r3, r4, r5, r6}\n\t"          \
    "stm r1!, {r2, r3, r4, r5, r6}\n\t"          \
    "ldm r0!, {r2, r3, r4, r5, r6}\n\t"          \
    "stm r1!, {r2, r3, r4, r5, r6}\n\t"          \
    "mov r11, r3\n\t"                            \
    "ldr r6, [sp]\n\t"                           \
    "ldr r3, [sp, #4]\n\t"                       \
    "mov r12, r3\n"

/* The next channel of x: r0, offsets in r1-r3. */
#define NN_PACKED_NEXT_WINDOW                    \
    "add r1, sp, #20\n\t"                        \
    "ldm r1, {r1, r2, r3}\n\t"                   \
    "ldr r0, [sp, #12]\n\t"                      \
    "adds r4, r0, #1\n\t"                        \
    "str r4, [sp, #12]\n\t"

/* Back to label 1 for the next channel, or the end. */
#define NN_PACKED_LEAVE_WINDOW                   \
    "adds r7, r7, #1\n\t"                        \
    "str r7, [sp, #16]\n\t"                      \
    "ldr r0, [sp, #8]\n\t"                       \
    "cmp r12, r0\n\t"                            \
    "beq 9f\n\t"                                 \
    "b 1b\n"                                     \
    "9:\n\t"                                     \
    "add sp, sp, #72\n\t"                        \
    NN_PACKED_POP

/* Sum s becomes a stored value; y in r7. */
#define NN_PACKED_STORE_WINDOW(s, pixel, beyond, back) \
    "add " s ", " s ", lr\n\t"                   \
    NN_PACKED_RESULT(s, beyond)                  \
    back ":\n\t"                                 \
    "ldr r3, [sp, #" pixel "]\n\t"               \
    "strb " s ", [r7, r3]\n\t"

/* All channels of three windows of 3x3 taps. */
NN_PACKED_FUNCTION void nn_packed_window_3x3(const nn_packed_windows *w NN_PACKED_UNUSED)
{
    __asm__ __volatile__(
        NN_PACKED_ENTER_WINDOW
        "1:\n\t"
        NN_PACKED_NEXT_WINDOW
        NN_PACKED_WINDOW_TAP(NN_PACKED_FIRST_PRODUCT, "0")
        NN_PACKED_COLUMN
        NN_PACKED_WINDOW_TAP(NN_PACKED_NEXT_PRODUCT, "1")
        NN_PACKED_COLUMN
        NN_PACKED_WINDOW_TAP(NN_PACKED_NEXT_PRODUCT, "2")
        NN_PACKED_ROW
        NN_PACKED_WINDOW_TAP(NN_PACKED_NEXT_PRODUCT, "3")
        NN_PACKED_COLUMN
        NN_PACKED_WINDOW_TAP(NN_PACKED_NEXT_PRODUCT, "4")
        NN_PACKED_COLUMN
        NN_PACKED_WINDOW_TAP(NN_PACKED_NEXT_PRODUCT, "5")
        NN_PACKED_ROW
        NN_PACKED_WINDOW_TAP(NN_PACKED_NEXT_PRODUCT, "6")
        NN_PACKED_COLUMN
        NN_PACKED_WINDOW_TAP(NN_PACKED_NEXT_PRODUCT, "7")
        NN_PACKED_COLUMN
        NN_PACKED_WINDOW_TAP(NN_PACKED_NEXT_PRODUCT, "8")
        "adds r6, r6, #9\n\t"
        "mov r0, r8\n\t"
        "mov r1, r9\n\t"
        "mov r2, r10\n\t"
        NN_PACKED_LOAD_NUMBERS
        "ldr r7, [sp, #16]\n\t"
        NN_PACKED_STORE_WINDOW("r0", "32", "10f", "20")
        NN_PACKED_STORE_WINDOW("r1", "36", "11f", "21")
        NN_PACKED_STORE_WINDOW("r2", "40", "12f", "22")
        NN_PACKED_LEAVE_WINDOW
        NN_PACKED_BEYOND("10", "r0", "20b")
        NN_PACKED_BEYOND("11", "r1", "21b")
        NN_PACKED_BEYOND("12", "r2", "22b"));
}

/* The sum at sp + at becomes a stored value; y in r7. */
#define NN_PACKED_STORE_WINDOW_AWAY(at, pixel, beyond, back) \
    "ldr r0, [sp, #" at "]\n\t"                  \
    "add r0, r0, lr\n\t"                         \
    NN_PACKED_RESULT_AWAY("r0", beyond)          \
    back ":\n\t"                                 \
    "ldr r3, [sp, #" pixel "]\n\t"               \
    "strb r0, [r7, r3]\n\t"

/* All channels of three windows of any size. */
NN_PACKED_FUNCTION void nn_packed_window_any(const nn_packed_windows *w NN_PACKED_UNUSED)
{
    __asm__ __volatile__(
        NN_PACKED_ENTER_WINDOW
        "1:\n\t"
        NN_PACKED_NEXT_WINDOW
        "movs r4, #0\n\t"
        "mov r8, r4\n\t"
        "mov r9, r4\n\t"
        "mov r10, r4\n\t"
        "ldr r4, [sp, #52]\n\t"
        "mov lr, r4\n"
        "2:\n\t"
        "ldr r7, [sp, #56]\n"
        "3:\n\t"
        NN_PACKED_WINDOW_TAP(NN_PACKED_NEXT_PRODUCT, "0")
        NN_PACKED_COLUMN
        "adds r6, r6, #1\n\t"
        "subs r7, r7, #1\n\t"
        "bne 3b\n\t"
        NN_PACKED_ROW
        "mov r7, lr\n\t"
        "subs r7, r7, #1\n\t"
        "mov lr, r7\n\t"
        "bne 2b\n\t"
        "mov r0, r8\n\t"
        "mov r1, r9\n\t"
        "mov r2, r10\n\t"
        "str r0, [sp, #60]\n\t"
        "str r1, [sp, #64]\n\t"
        "str r2, [sp, #68]\n\t"
        "str r6, [sp]\n\t"
        NN_PACKED_LOAD_NUMBERS
        "ldm r3!, {r0, r6}\n\t"
        "mov r12, r3\n\t"
        "mov r10, r0\n\t"
        "ldr r7, [sp, #16]\n\t"
        NN_PACKED_STORE_WINDOW_AWAY("60", "32", "10f", "20")
        NN_PACKED_STORE_WINDOW_AWAY("64", "36", "11f", "21")
        NN_PACKED_STORE_WINDOW_AWAY("68", "40", "12f", "22")
        "ldr r6, [sp]\n\t"
        NN_PACKED_LEAVE_WINDOW
        NN_PACKED_BEYOND("10", "r0", "20b")
        NN_PACKED_BEYOND("11", "r0", "21b")
        NN_PACKED_BEYOND("12", "r0", "22b"));
}

#else

/* Compilers load the taps of all rows first, until registers run out. */
#if NN_PACKED_RISCV && defined(__OPTIMIZE__)
#define NN_PACKED_KEEP_ORDER(a, b, c) __asm__ __volatile__("" : "+r"(a), "+r"(b), "+r"(c) : : "memory")
#else
#define NN_PACKED_KEEP_ORDER(a, b, c) ((void)0)
#endif

/* All channels; rows, taps, row as nn_packed_window_any takes them, more: are there NN_PACKED_MORE_NUMBERS? */
NN_INLINE void nn_packed_window(nn_packed_windows m, int32_t rows, int32_t taps, int32_t row, int32_t more)
{
    const int32_t *NN_RESTRICT numbers = m.numbers;
    const int8_t *NN_RESTRICT w = m.weights;
    const int8_t *channel = m.x;
    int8_t *y = m.y;
    for (; numbers != m.numbers_end; numbers += more ? NN_PACKED_MORE_NUMBERS : NN_PACKED_NUMBERS) {
        const nn_packed_stairs stairs = nn_packed_stairs_of(numbers, more);
        const int8_t *x = channel;
        int32_t s0 = 0, s1 = 0, s2 = 0;
        int32_t i, j;
        for (i = 0; i < rows; ++i) {
            for (j = 0; j < taps; ++j) {
                const int32_t weight = *w++;
                s0 += weight * x[m.in[0]];
                s1 += weight * x[m.in[1]];
                s2 += weight * x[m.in[2]];
                x += m.column;
            }
            x += row;
            NN_PACKED_KEEP_ORDER(s0, s1, s2);
        }
        y[m.out[0]] = nn_packed_value((uint32_t)s0 + (uint32_t)numbers[NN_PACKED_OFFSET], &stairs);
        y[m.out[1]] = nn_packed_value((uint32_t)s1 + (uint32_t)numbers[NN_PACKED_OFFSET], &stairs);
        y[m.out[2]] = nn_packed_value((uint32_t)s2 + (uint32_t)numbers[NN_PACKED_OFFSET], &stairs);
        ++channel;
        ++y;
    }
}

/* As in the assembly. */
NN_PACKED_FUNCTION void nn_packed_window_3x3(const nn_packed_windows *m)
{
    nn_packed_window(*m, 3, 3, m->row - m->column, 0);
}

NN_PACKED_FUNCTION void nn_packed_window_any(const nn_packed_windows *m)
{
    nn_packed_window(*m, m->rows, m->taps, m->row, 1);
}

#endif

#endif
