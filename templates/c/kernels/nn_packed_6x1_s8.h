#ifndef NN_PACKED_6X1_S8_H
#define NN_PACKED_6X1_S8_H

#include "nn_common.h"
#include "nn_packed_s8.h"

/* Words of a tap in a strip (nn_packed_strip_s8.h). */
enum { NN_PACKED_TAP = 4 };

/* All channels of six pixels. Assembly comes in pieces, since C99 compilers need not take longer strings. */

#if NN_PACKED_ASM

/* One tap, 20 bytes: r0 strip, r6 weights, r8-r11 sums. */
#if defined(__thumb2__)
#define NN_PACKED_TAP_6(i)                       \
    "ldrb r5, [r6, #" i "]\n\t"                  \
    "ldm r0!, {r1, r2, r3, r4}\n\t"              \
    "mla r8, r1, r5, r8\n\t"                     \
    "mla r9, r2, r5, r9\n\t"                     \
    "mla r10, r3, r5, r10\n\t"                   \
    "mla r11, r4, r5, r11\n\t"
#else
#define NN_PACKED_TAP_6(i)                       \
    "ldrb r5, [r6, #" i "]\n\t"                  \
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

#define NN_PACKED_TEXT_OF(x) #x
#define NN_PACKED_TEXT(x) NN_PACKED_TEXT_OF(x)

/* Room on the stack; the offsets at r3 come first, r7 = what follows them. */
#define NN_PACKED_ENTER                          \
    NN_PACKED_PUSH                               \
    "sub sp, sp, #80\n\t"                        \
    "mov r7, sp\n\t"                             \
    "ldm r3!, {r4, r5, r6}\n\t"                  \
    "stm r7!, {r4, r5, r6}\n\t"                  \
    "ldm r3!, {r4, r5, r6}\n\t"                  \
    "stm r7!, {r4, r5, r6}\n\t"

/*
 * The stack: 0 to 20 offsets, 24 y, 28 where to enter the loop of taps, 32 strip, 36 end of its first chunk,
 * 40 end of the numbers, 44 skip; 48 to 68 sums of former chunks, 72 chunks left, 76 chunks.
 * r0 = matrix, r1 = strip, r2 = y, r3 = offsets; then r6 = weights, r12 = numbers.
 */
#define NN_PACKED_ENTER_6                        \
    NN_PACKED_ENTER                              \
    "stm r7!, {r2}\n\t"                          \
    "ldr r5, [r0, #16]\n\t"                      \
    "movs r6, #20\n\t"                           \
    "muls r6, r5, r6\n\t"                        \
    "adr r4, 2f\n\t"                             \
    "adds r4, r4, r6\n\t"                        \
    "adds r4, r4, #1\n\t"                        \
    "ldr r6, [r0, #12]\n\t"                      \
    "lsls r6, r6, #4\n\t"                        \
    "adds r6, r6, r1\n\t"                        \
    "adds r6, r6, #16\n\t"                       \
    "ldr r3, [r0, #8]\n\t"                       \
    "str r4, [r7]\n\t"                           \
    "str r1, [r7, #4]\n\t"                       \
    "str r6, [r7, #8]\n\t"                       \
    "str r3, [r7, #12]\n\t"                      \
    "str r5, [r7, #16]\n\t"                      \
    "ldr r6, [r0]\n\t"                           \
    "ldr r1, [r0, #4]\n\t"                       \
    "mov r12, r1\n\t"

/* Sums of a chunk at r0; r7 = its end. */
#define NN_PACKED_CHUNK_6                        \
    "ldm r0!, {r1, r2, r3, r4}\n\t"              \
    "mov r8, r1\n\t"                             \
    "mov r9, r2\n\t"                             \
    "mov r10, r3\n\t"                            \
    "mov r11, r4\n\t"                            \
    "ldr r1, [sp, #28]\n\t"                      \
    "ldr r2, [sp, #44]\n\t"                      \
    "subs r6, r6, r2\n\t"                        \
    "bx r1\n\t"                                  \
    ".balign 4\n"                                \
    "2:\n\t"                                     \
    ".irp i, " NN_PACKED_STEPS "\n\t"            \
    NN_PACKED_TAP_6("\\i")                       \
    ".endr\n\t"                                  \
    "adds r6, r6, #" NN_PACKED_TEXT(NN_PACKED_UNROLL) "\n\t" \
    "cmp r0, r7\n\t"                             \
    "bne 2b\n\t"

/* A sum becomes a stored value at y + the offset of its pixel; y in r7. */
#define NN_PACKED_STORE_6(s, pixel, beyond, back) \
    "add " s ", " s ", lr\n\t"                   \
    NN_PACKED_RESULT(s, beyond)                  \
    back ":\n\t"                                 \
    "ldr r3, [sp, #" pixel "]\n\t"               \
    "strb " s ", [r7, r3]\n\t"

/* The next channel, or the end. */
#define NN_PACKED_NEXT_6                         \
    "adds r7, r7, #1\n\t"                        \
    "str r7, [sp, #24]\n\t"                      \
    "ldr r0, [sp, #40]\n\t"                      \
    "cmp r12, r0\n\t"                            \
    "beq 9f\n\t"                                 \
    "b 1b\n"                                     \
    "9:\n\t"                                     \
    "add sp, sp, #80\n\t"                        \
    NN_PACKED_POP

/* Sums r8-r11 of a channel: six values are stored, then comes the next channel at 1, or the end. */
#define NN_PACKED_STORE_ALL_6                    \
    "mov r1, r8\n\t"                             \
    "mov r3, r9\n\t"                             \
    NN_PACKED_SPLIT                              \
    NN_PACKED_LOAD_NUMBERS                       \
    "ldr r7, [sp, #24]\n\t"                      \
    NN_PACKED_STORE_6("r0", "0", "10f", "20")    \
    NN_PACKED_STORE_6("r1", "4", "11f", "21")    \
    NN_PACKED_STORE_6("r2", "8", "12f", "22")    \
    "mov r1, r10\n\t"                            \
    "mov r3, r11\n\t"                            \
    NN_PACKED_SPLIT                              \
    NN_PACKED_STORE_6("r0", "12", "13f", "23")   \
    NN_PACKED_STORE_6("r1", "16", "14f", "24")   \
    NN_PACKED_STORE_6("r2", "20", "15f", "25")   \
    NN_PACKED_NEXT_6                             \
    NN_PACKED_BEYOND("10", "r0", "20b")          \
    NN_PACKED_BEYOND("11", "r1", "21b")          \
    NN_PACKED_BEYOND("12", "r2", "22b")          \
    NN_PACKED_BEYOND("13", "r0", "23b")          \
    NN_PACKED_BEYOND("14", "r1", "24b")          \
    NN_PACKED_BEYOND("15", "r2", "25b")

/*
 * Six pixels times a matrix of one chunk.
 * strip      as in nn_packed_strip_s8.h
 * y          pixel p's values [channels] at y + offsets[p]. Where the same offset comes again the last pixel counts
 */
NN_PACKED_FUNCTION void nn_packed_6(const nn_packed_matrix *m NN_PACKED_UNUSED, const uint32_t *strip NN_PACKED_UNUSED,
                                    int8_t *y NN_PACKED_UNUSED, const int32_t *offsets NN_PACKED_UNUSED)
{
    __asm__ __volatile__(
        NN_PACKED_ENTER_6
        "1:\n\t"
        "ldr r0, [sp, #32]\n\t"
        "ldr r7, [sp, #36]\n\t"
        NN_PACKED_CHUNK_6);
    __asm__ __volatile__(NN_PACKED_STORE_ALL_6);
}

/* Sums r0-r2 of a chunk and those of former chunks at sp + at, which become what they are together. */
#define NN_PACKED_GATHER_3(at0, at1, at2)        \
    "ldr r3, [sp, #" at0 "]\n\t"                 \
    "ldr r4, [sp, #" at1 "]\n\t"                 \
    "ldr r5, [sp, #" at2 "]\n\t"                 \
    "adds r0, r0, r3\n\t"                        \
    "adds r1, r1, r4\n\t"                        \
    "adds r2, r2, r5\n\t"                        \
    "str r0, [sp, #" at0 "]\n\t"                 \
    "str r1, [sp, #" at1 "]\n\t"                 \
    "str r2, [sp, #" at2 "]\n\t"

/* The sum at sp + at becomes a stored value; y in r7. */
#define NN_PACKED_STORE_AWAY_6(at, pixel, beyond, back) \
    "ldr r0, [sp, #" at "]\n\t"                  \
    "add r0, r0, lr\n\t"                         \
    NN_PACKED_RESULT_AWAY("r0", beyond)          \
    back ":\n\t"                                 \
    "ldr r3, [sp, #" pixel "]\n\t"               \
    "strb r0, [r7, r3]\n\t"

/* Sums of former chunks: none yet; and with those of a chunk, r8-r11. */
#define NN_PACKED_CLEAR_6                        \
    "movs r2, #0\n\t"                            \
    "movs r3, #0\n\t"                            \
    "movs r4, #0\n\t"                            \
    "add r1, sp, #48\n\t"                        \
    "stm r1!, {r2, r3, r4}\n\t"                  \
    "stm r1!, {r2, r3, r4}\n\t"
#define NN_PACKED_GATHER_6                       \
    "mov r1, r8\n\t"                             \
    "mov r3, r9\n\t"                             \
    NN_PACKED_SPLIT                              \
    NN_PACKED_GATHER_3("48", "52", "56")         \
    "mov r1, r10\n\t"                            \
    "mov r3, r11\n\t"                            \
    NN_PACKED_SPLIT                              \
    NN_PACKED_GATHER_3("60", "64", "68")

/* As NN_PACKED_STORE_ALL_6, from sums of all chunks. */
#define NN_PACKED_STORE_ALL_AWAY_6               \
    NN_PACKED_LOAD_NUMBERS                       \
    "ldm r3!, {r0, r1}\n\t"                      \
    "mov r12, r3\n\t"                            \
    "mov r10, r0\n\t"                            \
    "mov r11, r6\n\t"                            \
    "mov r6, r1\n\t"                             \
    "ldr r7, [sp, #24]\n\t"                      \
    NN_PACKED_STORE_AWAY_6("48", "0", "10f", "20") \
    NN_PACKED_STORE_AWAY_6("52", "4", "11f", "21") \
    NN_PACKED_STORE_AWAY_6("56", "8", "12f", "22") \
    NN_PACKED_STORE_AWAY_6("60", "12", "13f", "23") \
    NN_PACKED_STORE_AWAY_6("64", "16", "14f", "24") \
    NN_PACKED_STORE_AWAY_6("68", "20", "15f", "25") \
    "mov r6, r11\n\t"                            \
    NN_PACKED_NEXT_6                             \
    NN_PACKED_BEYOND("10", "r0", "20b")          \
    NN_PACKED_BEYOND("11", "r0", "21b")          \
    NN_PACKED_BEYOND("12", "r0", "22b")          \
    NN_PACKED_BEYOND("13", "r0", "23b")          \
    NN_PACKED_BEYOND("14", "r0", "24b")          \
    NN_PACKED_BEYOND("15", "r0", "25b")

/* The same for matrices of several chunks, or with halves of negative sums that matter. */
NN_PACKED_FUNCTION void nn_packed_6_any(const nn_packed_matrix *m NN_PACKED_UNUSED,
                                        const uint32_t *strip NN_PACKED_UNUSED, int8_t *y NN_PACKED_UNUSED,
                                        const int32_t *offsets NN_PACKED_UNUSED)
{
    __asm__ __volatile__(
        NN_PACKED_ENTER_6
        "ldr r1, [r0, #20]\n\t"
        "str r1, [sp, #76]\n"
        "1:\n\t"
        "ldr r0, [sp, #32]\n\t"
        "ldr r7, [sp, #36]\n\t"
        NN_PACKED_CLEAR_6
        "ldr r2, [sp, #76]\n\t"
        "str r2, [sp, #72]\n"
        "3:\n\t"
        NN_PACKED_CHUNK_6
        NN_PACKED_GATHER_6
        "ldr r1, [sp, #36]\n\t"
        "ldr r2, [sp, #32]\n\t"
        "subs r1, r1, r2\n\t"
        "mov r0, r7\n\t"
        "adds r7, r7, r1\n\t"
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

/* Tap i: u0, v0 = its weights, word times both, added to sums s and t. 22 instructions for all four words. */
#define NN_PACKED_WORD_6X2(at, s, t)             \
    "lw %[word], " at "(%[x])\n\t"               \
    "mul %[product], %[word], %[u0]\n\t"         \
    "mul %[word], %[word], %[v0]\n\t"            \
    "add " s ", " s ", %[product]\n\t"           \
    "add " t ", " t ", %[word]\n\t"
#define NN_PACKED_ASM_6X2(i, at0, at1, at2, at3) \
    "lbu %[u0], " i "(%[u])\n\t"                 \
    "lbu %[v0], " i "(%[v])\n\t"                 \
    NN_PACKED_WORD_6X2(at0, "%[a]", "%[e]")      \
    NN_PACKED_WORD_6X2(at1, "%[b]", "%[f]")      \
    NN_PACKED_WORD_6X2(at2, "%[c]", "%[g]")      \
    NN_PACKED_WORD_6X2(at3, "%[d]", "%[h]")

#endif

/* Tap i of two channels and six pixels: weights u[i], v[i], words x[4 * i]; sums a to h. */
#define NN_PACKED_TAP_6X2(i)                       \
    do {                                           \
        const uint32_t u0 = u[i], v0 = v[i];       \
        uint32_t word = x[4 * (i)];                \
        a += word * u0, e += word * v0;            \
        word = x[4 * (i) + 1];                     \
        b += word * u0, f += word * v0;            \
        word = x[4 * (i) + 2];                     \
        c += word * u0, g += word * v0;            \
        word = x[4 * (i) + 3];                     \
        d += word * u0, h += word * v0;            \
    } while (0)

/* The sums of a chunk are added to those of former chunks. */
NN_INLINE void nn_packed_add_6(uint32_t sums[6], uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    const nn_packed_sums first = nn_packed_split(a, b);
    const nn_packed_sums second = nn_packed_split(c, d);
    sums[0] += (uint32_t)first.s0, sums[1] += (uint32_t)first.s1, sums[2] += (uint32_t)first.s2;
    sums[3] += (uint32_t)second.s0, sums[4] += (uint32_t)second.s1, sums[5] += (uint32_t)second.s2;
}

/* The sums of six pixels and two channels; u, v [chunks][depth]. */
NN_INLINE void nn_packed_sum_6x2(const nn_packed_matrix *m, const uint8_t *u, const uint8_t *v, const uint32_t *x,
                                 uint32_t sums[2][6])
{
    int32_t chunk, n;
    for (chunk = 0; chunk < m->chunks; ++chunk) {
        uint32_t a = x[0], b = x[1], c = x[2], d = x[3];
        uint32_t e = a, f = b, g = c, h = d;
        x += NN_PACKED_TAP;
        n = m->depth;
#if NN_PACKED_RISCV
        if (n >= 4) {
            /* Compilers load ahead until registers run out. */
            const uint8_t *const end = u + (n - n % 4);
            uint32_t u0, v0, word, product;
            __asm__ __volatile__(
                "1:\n\t"
                NN_PACKED_ASM_6X2("0", "0", "4", "8", "12")
                NN_PACKED_ASM_6X2("1", "16", "20", "24", "28")
                NN_PACKED_ASM_6X2("2", "32", "36", "40", "44")
                NN_PACKED_ASM_6X2("3", "48", "52", "56", "60")
                "addi %[u], %[u], 4\n\t"
                "addi %[v], %[v], 4\n\t"
                "addi %[x], %[x], 64\n\t"
                "bne %[u], %[end], 1b\n\t"
                : [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), [e] "+r"(e), [f] "+r"(f), [g] "+r"(g),
                  [h] "+r"(h), [u] "+r"(u), [v] "+r"(v), [x] "+r"(x), [u0] "=&r"(u0), [v0] "=&r"(v0),
                  [word] "=&r"(word), [product] "=&r"(product)
                : [end] "r"(end)
                : "memory");
            n %= 4;
        }
#elif !defined(NN_OPTIMIZE_SIZE)
        for (; n >= 4; n -= 4) {
            NN_PACKED_TAP_6X2(0);
            NN_PACKED_TAP_6X2(1);
            NN_PACKED_TAP_6X2(2);
            NN_PACKED_TAP_6X2(3);
            u += 4;
            v += 4;
            x += 4 * NN_PACKED_TAP;
        }
#endif
        for (; n > 0; --n) {
            NN_PACKED_TAP_6X2(0);
            u += 1;
            v += 1;
            x += NN_PACKED_TAP;
        }
        nn_packed_add_6(sums[0], a, b, c, d);
        nn_packed_add_6(sums[1], e, f, g, h);
    }
}

/* The stored values of a channel from sums without its offset. */
NN_INLINE void nn_packed_store_6(const uint32_t sums[6], const int32_t *numbers, int32_t more, int8_t *y,
                                 const int32_t *offsets)
{
    const nn_packed_stairs stairs = nn_packed_stairs_of(numbers, more);
    const uint32_t offset = (uint32_t)numbers[NN_PACKED_OFFSET];
    y[offsets[0]] = nn_packed_value(sums[0] + offset, &stairs);
    y[offsets[1]] = nn_packed_value(sums[1] + offset, &stairs);
    y[offsets[2]] = nn_packed_value(sums[2] + offset, &stairs);
    y[offsets[3]] = nn_packed_value(sums[3] + offset, &stairs);
    y[offsets[4]] = nn_packed_value(sums[4] + offset, &stairs);
    y[offsets[5]] = nn_packed_value(sums[5] + offset, &stairs);
}

/* As in the assembly, two channels at a time; an odd last one is computed twice. */
NN_PACKED_FUNCTION void nn_packed_6(const nn_packed_matrix *m, const uint32_t *strip, int8_t *y, const int32_t *offsets)
{
    const int32_t more = m->away || m->chunks > 1;
    const int32_t each = more ? NN_PACKED_MORE_NUMBERS : NN_PACKED_NUMBERS;
    const int32_t taps = m->chunks * m->depth;
    const uint8_t *w = m->weights;
    const int32_t *numbers = m->numbers;
    while (numbers != m->numbers_end) {
        const int32_t second = numbers + each != m->numbers_end;
        uint32_t sums[2][6] = {{0, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0}};
        nn_packed_sum_6x2(m, w, second ? w + taps : w, strip, sums);
        nn_packed_store_6(sums[0], numbers, more, y, offsets);
        if (second) {
            nn_packed_store_6(sums[1], numbers + each, more, y + 1, offsets);
        }
        w += 2 * taps;
        numbers += second ? 2 * each : each;
        y += 2;
    }
}

#endif

#endif
