#ifndef NN_DSP_S8_H
#define NN_DSP_S8_H

#include "nn_common.h"

/*
 * Matrix products for cores with the DSP extension (Cortex-M4, M7, M33): SMLAD multiplies two 16-bit pairs at once.
 *
 * Weights stay bytes: a word holds those of channels a (high) and b (low) for two taps, halfword = 256 * a + b. Its dot
 * product with a strip of 16-bit inputs is 256 * A + B; SXTB16 leaves the low bytes, whose dot product is B.
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

enum { NN_DSP_WIDE_SHIFT = 12 };

/* Strips hold 4 taps after the other as (tap 0, tap 2), (tap 1, tap 3), the order in which SXTB16 unpacks bytes. */

#if NN_DSP_ASM

/*
 * The functions in assembly keep to the calling convention by themselves. Interprocedural optimisation, which could
 * change how they are called, is switched off. ADR counts from an address that is a multiple of 4.
 */
#if defined(__clang__)
#define NN_DSP_FUNCTION static __attribute__((naked, noinline, aligned(4), unused))
#else
#define NN_DSP_FUNCTION static __attribute__((naked, noipa, aligned(4), unused))
#endif
#define NN_DSP_UNUSED __attribute__((unused))

/* Blocks of an inner loop; a power of 2. */
#if defined(NN_OPTIMIZE_SIZE)
#define NN_DSP_UNROLL "2"
#else
#define NN_DSP_UNROLL "16"
#endif

/* Two 16-bit products of weights w and the three pixels r6-r8, added to sums a, b, c. */
#define NN_DSP_ADD_3(w, a, b, c)                 \
    "smlad " a ", " w ", r6, " a "\n\t"          \
    "smlad " b ", " w ", r7, " b "\n\t"          \
    "smlad " c ", " w ", r8, " c "\n\t"
#define NN_DSP_SET_3(w, a, b, c)                 \
    "smuad " a ", " w ", r6\n\t"                 \
    "smuad " b ", " w ", r7\n\t"                 \
    "smuad " c ", " w ", r8\n\t"

/* 4 taps of 2 channels and 3 pixels: 24 products in 17 instructions, 68 bytes. FIRST is ADD or SET. */
#define NN_DSP_BLOCK_3X2(FIRST)                  \
    "ldm lr!, {r9, r10}\n\t"                     \
    "ldm r12!, {r6, r7, r8}\n\t"                 \
    FIRST("r9", "r0", "r1", "r2")                \
    "sxtb16 r9, r9\n\t"                          \
    FIRST("r9", "r3", "r4", "r5")                \
    "ldm r12!, {r6, r7, r8}\n\t"                 \
    NN_DSP_ADD_3("r10", "r0", "r1", "r2")        \
    "sxtb16 r10, r10\n\t"                        \
    NN_DSP_ADD_3("r10", "r3", "r4", "r5")

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

/*
 * The beginning of both functions for 3 pixels: arguments to their places, registers as below.
 * Stack: y0, y1, y2, strip, end of the weights, where to enter the loop of blocks, each of `bytes`, that ends at 3.
 * The loop is entered so that its last round ends with the strip; the first block, which sets the sums, comes before.
 */
#define NN_DSP_ENTER_3X2(bytes)                  \
    ".syntax unified\n\t"                        \
    "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t" \
    "add r7, sp, #36\n\t"                        \
    "ldm r7, {r4, r5, r6}\n\t"                   \
    "sub r8, r3, #1\n\t"                         \
    "and r8, r8, #" NN_DSP_UNROLL " - 1\n\t"     \
    "mov r10, #" bytes "\n\t"                    \
    "adr.w r9, 3f\n\t"                           \
    "mls r9, r8, r10, r9\n\t"                    \
    "orr r9, r9, #1\n\t"                         \
    "mov r8, r1\n\t"                             \
    "mov r7, r2\n\t"                             \
    "push {r4, r5, r6, r7, r8, r9}\n\t"          \
    "mov r10, #24\n\t"                           \
    "mla r11, r3, r10, r2\n\t"                   \
    "mov r12, r2\n\t"                            \
    "mov lr, r0\n"

/* Their end: results r0-r5 to y0-y2, back to label 1 while there are weights, then return. */
#define NN_DSP_LEAVE_3X2                         \
    "ldm sp, {r6, r7, r8, r12}\n\t"              \
    "ldr r9, [sp, #16]\n\t"                      \
    "strb r0, [r6], #1\n\t"                      \
    "strb r1, [r7], #1\n\t"                      \
    "strb r2, [r8], #1\n\t"                      \
    "strb r3, [r6], #1\n\t"                      \
    "strb r4, [r7], #1\n\t"                      \
    "strb r5, [r8], #1\n\t"                      \
    "stm sp, {r6, r7, r8}\n\t"                   \
    "cmp lr, r9\n\t"                             \
    "bne 1b\n\t"                                 \
    "add sp, sp, #24\n\t"                        \
    "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"

/*
 * r0-r2 sums of the high channel for pixels 0 to 2   r9, r10 weights; in the end shift, spare
 * r3-r5 sums of the low channel                      r11 end of the strip
 * r6-r8 inputs; in the end bias, multiplier, offset  r12 strip, lr weights
 */
#define NN_DSP_BODY_3X2(ROUND)                   \
    NN_DSP_ENTER_3X2("68")                       \
    "1:\n\t"                                     \
    NN_DSP_BLOCK_3X2(NN_DSP_SET_3)               \
    "ldr pc, [sp, #20]\n"                        \
    "2:\n\t"                                     \
    ".rept " NN_DSP_UNROLL "\n\t"                \
    NN_DSP_BLOCK_3X2(NN_DSP_ADD_3)               \
    ".endr\n"                                    \
    "3:\n\t"                                     \
    "cmp r12, r11\n\t"                           \
    "bne 2b\n\t"                                 \
    "ldm lr!, {r6, r7, r8, r9}\n\t"              \
    "sub r0, r0, r3\n\t"                         \
    "sub r1, r1, r4\n\t"                         \
    "sub r2, r2, r5\n\t"                         \
    "add r0, r6, r0, asr #7\n\t"                 \
    "add r1, r6, r1, asr #7\n\t"                 \
    "add r2, r6, r2, asr #7\n\t"                 \
    ROUND("r0", "r7", "r8", "r9", "r10")         \
    ROUND("r1", "r7", "r8", "r9", "r10")         \
    ROUND("r2", "r7", "r8", "r9", "r10")         \
    "ldm lr!, {r6, r7, r8, r9}\n\t"              \
    "add r3, r6, r3, lsl #1\n\t"                 \
    "add r4, r6, r4, lsl #1\n\t"                 \
    "add r5, r6, r5, lsl #1\n\t"                 \
    ROUND("r3", "r7", "r8", "r9", "r10")         \
    ROUND("r4", "r7", "r8", "r9", "r10")         \
    ROUND("r5", "r7", "r8", "r9", "r10")         \
    NN_DSP_LEAVE_3X2

/*
 * Pairs of channels of 3 pixels: y0, y1, y2 = stored values, two per group of weights.
 * w, w_end   groups of [blocks][2] words, then numbers of both channels; at least one group
 * strip      [blocks][2][3 pixels]
 * blocks     of 4 taps; at least 1
 * Promise: where the offset's zero point is not the least stored value, nn_dsp_3x2_away is used.
 */
NN_DSP_FUNCTION void nn_dsp_3x2_up(const int32_t *w NN_DSP_UNUSED, const int32_t *w_end NN_DSP_UNUSED,
                                   const int32_t *strip NN_DSP_UNUSED, int32_t blocks NN_DSP_UNUSED,
                                   int8_t *y0 NN_DSP_UNUSED, int8_t *y1 NN_DSP_UNUSED, int8_t *y2 NN_DSP_UNUSED)
{
    __asm__ __volatile__(NN_DSP_BODY_3X2(NN_DSP_ROUND));
}

/* The same, with halves rounded away from zero. */
NN_DSP_FUNCTION void nn_dsp_3x2_away(const int32_t *w NN_DSP_UNUSED, const int32_t *w_end NN_DSP_UNUSED,
                                     const int32_t *strip NN_DSP_UNUSED, int32_t blocks NN_DSP_UNUSED,
                                     int8_t *y0 NN_DSP_UNUSED, int8_t *y1 NN_DSP_UNUSED, int8_t *y2 NN_DSP_UNUSED)
{
    __asm__ __volatile__(NN_DSP_BODY_3X2(NN_DSP_ROUND_AWAY));
}

/* Two steps of taps with 16-bit weights; u, v = where sums of the channels start: 24 products in 16 instructions. */
#define NN_DSP_WIDE_STEP(u, v)                   \
    "ldm r12!, {r6, r7, r8}\n\t"                 \
    "smlad r0, r9, r6, " u(0) "\n\t"             \
    "smlad r1, r9, r7, " u(1) "\n\t"             \
    "smlad r2, r9, r8, r2\n\t"                   \
    "smlad r3, r10, r6, " v(3) "\n\t"            \
    "smlad r4, r10, r7, " v(4) "\n\t"            \
    "smlad r5, r10, r8, r5\n\t"
#define NN_DSP_R(i) "r" #i
#define NN_DSP_R2(i) "r2"
#define NN_DSP_R5(i) "r5"

/*
 * As above, but 16-bit weights: r0-r2 sums of the first channel, r3-r5 of the second; r9, r10 weights of either.
 * r2 and r5 begin as biases, from which all sums of their channels start.
 */
#define NN_DSP_BODY_WIDE_3X2(FINISH)             \
    NN_DSP_ENTER_3X2("64")                       \
    "1:\n\t"                                     \
    "ldm lr!, {r2, r5, r9, r10}\n\t"             \
    NN_DSP_WIDE_STEP(NN_DSP_R2, NN_DSP_R5)       \
    "ldm lr!, {r9, r10}\n\t"                     \
    NN_DSP_WIDE_STEP(NN_DSP_R, NN_DSP_R)         \
    "ldr pc, [sp, #20]\n"                        \
    "2:\n\t"                                     \
    ".rept " NN_DSP_UNROLL " * 2\n\t"            \
    "ldm lr!, {r9, r10}\n\t"                     \
    NN_DSP_WIDE_STEP(NN_DSP_R, NN_DSP_R)         \
    ".endr\n"                                    \
    "3:\n\t"                                     \
    "cmp r12, r11\n\t"                           \
    "bne 2b\n\t"                                 \
    FINISH                                       \
    NN_DSP_LEAVE_3X2

/* r6, r7 and r8, r9 = multiplier, offset of the channels. */
#define NN_DSP_FLOOR(s, m, c)                    \
    "smmla " s ", " s ", " m ", " c "\n\t"       \
    "ssat " s ", #8, " s ", asr #12\n\t"
#define NN_DSP_FINISH_UP                         \
    "ldm lr!, {r6, r7, r8, r9}\n\t"              \
    NN_DSP_FLOOR("r0", "r6", "r7")               \
    NN_DSP_FLOOR("r1", "r6", "r7")               \
    NN_DSP_FLOOR("r2", "r6", "r7")               \
    NN_DSP_FLOOR("r3", "r8", "r9")               \
    NN_DSP_FLOOR("r4", "r8", "r9")               \
    NN_DSP_FLOOR("r5", "r8", "r9")

/* r6-r8 = multiplier, offset, shift of one channel, then of the other. */
#define NN_DSP_FINISH_AWAY                       \
    "ldm lr!, {r6, r7, r8}\n\t"                  \
    NN_DSP_ROUND_AWAY("r0", "r6", "r7", "r8", "r9") \
    NN_DSP_ROUND_AWAY("r1", "r6", "r7", "r8", "r9") \
    NN_DSP_ROUND_AWAY("r2", "r6", "r7", "r8", "r9") \
    "ldm lr!, {r6, r7, r8}\n\t"                  \
    NN_DSP_ROUND_AWAY("r3", "r6", "r7", "r8", "r9") \
    NN_DSP_ROUND_AWAY("r4", "r6", "r7", "r8", "r9") \
    NN_DSP_ROUND_AWAY("r5", "r6", "r7", "r8", "r9")

/*
 * As nn_dsp_3x2_up, with 16-bit weights: groups of [2] biases, [blocks][2 steps][2 channels] words of weights,
 * [2][multiplier, offset]. Weights and biases of a channel are multiplied by a power of 2, so that one shift suits all:
 * stored value = floor((sum * multiplier / 2^32 + offset) / 2^12).
 */
NN_DSP_FUNCTION void nn_dsp_wide_3x2_up(const int32_t *w NN_DSP_UNUSED, const int32_t *w_end NN_DSP_UNUSED,
                                        const int32_t *strip NN_DSP_UNUSED, int32_t blocks NN_DSP_UNUSED,
                                        int8_t *y0 NN_DSP_UNUSED, int8_t *y1 NN_DSP_UNUSED, int8_t *y2 NN_DSP_UNUSED)
{
    __asm__ __volatile__(NN_DSP_BODY_WIDE_3X2(NN_DSP_FINISH_UP));
}

/* As nn_dsp_3x2_away, with 16-bit weights, doubled: groups of [2] biases, words as above, [2][the other 3 numbers]. */
NN_DSP_FUNCTION void nn_dsp_wide_3x2_away(const int32_t *w NN_DSP_UNUSED, const int32_t *w_end NN_DSP_UNUSED,
                                          const int32_t *strip NN_DSP_UNUSED, int32_t blocks NN_DSP_UNUSED,
                                          int8_t *y0 NN_DSP_UNUSED, int8_t *y1 NN_DSP_UNUSED, int8_t *y2 NN_DSP_UNUSED)
{
    __asm__ __volatile__(NN_DSP_BODY_WIDE_3X2(NN_DSP_FINISH_AWAY));
}

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

/* Twice a sum as a stored value; numbers as in the enum. away: halves of negative sums go away from zero. */
NN_INLINE int8_t nn_dsp_round(int32_t twice, const int32_t *numbers, int32_t away)
{
    const int32_t product = (int32_t)(((int64_t)twice * numbers[NN_DSP_MULTIPLIER] + ((int64_t)1 << 31)) >> 32);
    const int32_t sign = away ? twice >> 31 : 0;
    return (int8_t)nn_clamp((product + numbers[NN_DSP_OFFSET] + sign) >> numbers[NN_DSP_SHIFT], -128, 127);
}

/* A sum without its bias as a stored value. */
NN_INLINE int8_t nn_dsp_result(int32_t sum, const int32_t *numbers, int32_t away)
{
    return nn_dsp_round(numbers[NN_DSP_BIAS] + 2 * sum, numbers, away);
}

NN_PART void nn_dsp_3x2(const int32_t *w, const int32_t *w_end, const int32_t *strip, int32_t blocks, int8_t *y0,
                        int8_t *y1, int8_t *y2, int32_t away)
{
    while (w != w_end) {
        int32_t a[3] = {0, 0, 0};
        int32_t b[3] = {0, 0, 0};
        int32_t i, pixel;
        for (i = 0; i < 2 * blocks; ++i) {
            for (pixel = 0; pixel < 3; ++pixel) {
                nn_dsp_add_word(w[i], strip[3 * i + pixel], &a[pixel], &b[pixel]);
            }
        }
        w += 2 * blocks;
        *y0++ = nn_dsp_result(a[0], w, away);
        *y1++ = nn_dsp_result(a[1], w, away);
        *y2++ = nn_dsp_result(a[2], w, away);
        w += NN_DSP_NUMBERS;
        *y0++ = nn_dsp_result(b[0], w, away);
        *y1++ = nn_dsp_result(b[1], w, away);
        *y2++ = nn_dsp_result(b[2], w, away);
        w += NN_DSP_NUMBERS;
    }
}

/* A multiplied sum as a stored value; numbers = multiplier, offset. */
NN_INLINE int8_t nn_dsp_floor(int32_t sum, const int32_t *numbers)
{
    const int32_t product = (int32_t)(((int64_t)sum * numbers[0]) >> 32);
    return (int8_t)nn_clamp((product + numbers[1]) >> NN_DSP_WIDE_SHIFT, -128, 127);
}

NN_PART void nn_dsp_wide_3x2(const int32_t *w, const int32_t *w_end, const int32_t *strip, int32_t blocks, int8_t *y0,
                             int8_t *y1, int8_t *y2, int32_t away)
{
    while (w != w_end) {
        int32_t sum[2][3];
        int32_t i, j;
        for (j = 0; j < 2; ++j) {
            sum[j][0] = sum[j][1] = sum[j][2] = w[j];
        }
        w += 2;
        for (i = 0; i < 2 * blocks; ++i) {
            for (j = 0; j < 6; ++j) {
                const int32_t x = strip[3 * i + j % 3];
                const int32_t v = w[2 * i + j / 3];
                sum[j / 3][j % 3] += nn_dsp_low_half(x) * nn_dsp_low_half(v) + (x >> 16) * (v >> 16);
            }
        }
        w += 4 * blocks;
        for (j = 0; j < 2; ++j) {
            *y0++ = away ? nn_dsp_round(sum[j][0], w - 1, 1) : nn_dsp_floor(sum[j][0], w);
            *y1++ = away ? nn_dsp_round(sum[j][1], w - 1, 1) : nn_dsp_floor(sum[j][1], w);
            *y2++ = away ? nn_dsp_round(sum[j][2], w - 1, 1) : nn_dsp_floor(sum[j][2], w);
            w += away ? 3 : 2;
        }
    }
}

/* As in the assembly. */
NN_DSP_FUNCTION void nn_dsp_3x2_up(const int32_t *w, const int32_t *w_end, const int32_t *strip, int32_t blocks,
                                   int8_t *y0, int8_t *y1, int8_t *y2)
{
    nn_dsp_3x2(w, w_end, strip, blocks, y0, y1, y2, 0);
}

NN_DSP_FUNCTION void nn_dsp_3x2_away(const int32_t *w, const int32_t *w_end, const int32_t *strip, int32_t blocks,
                                     int8_t *y0, int8_t *y1, int8_t *y2)
{
    nn_dsp_3x2(w, w_end, strip, blocks, y0, y1, y2, 1);
}

NN_DSP_FUNCTION void nn_dsp_wide_3x2_up(const int32_t *w, const int32_t *w_end, const int32_t *strip, int32_t blocks,
                                        int8_t *y0, int8_t *y1, int8_t *y2)
{
    nn_dsp_wide_3x2(w, w_end, strip, blocks, y0, y1, y2, 0);
}

NN_DSP_FUNCTION void nn_dsp_wide_3x2_away(const int32_t *w, const int32_t *w_end, const int32_t *strip, int32_t blocks,
                                          int8_t *y0, int8_t *y1, int8_t *y2)
{
    nn_dsp_wide_3x2(w, w_end, strip, blocks, y0, y1, y2, 1);
}

#endif

#if NN_DSP_ASM && defined(__OPTIMIZE__) /* too many registers for code without optimisation */

/*
 * 4 * chunks taps of 3 pixels into a strip; returns its end. chunks > 0; the inputs need no alignment. Two chunks per
 * round; with an odd number the first round starts in the middle.
 */
NN_INLINE int32_t *nn_dsp_expand_3(int32_t *strip, const int8_t *x0, const int8_t *x1, const int8_t *x2, int32_t chunks)
{
    const int8_t *const end = x0 + 4 * chunks;
#define NN_DSP_EXPAND_3                  \
    "ldr r8, [%1], #4\n\t"               \
    "ldr r9, [%2], #4\n\t"               \
    "ldr r10, [%3], #4\n\t"              \
    "sxtb16 r4, r8\n\t"                  \
    "sxtb16 r5, r9\n\t"                  \
    "sxtb16 r6, r10\n\t"                 \
    "stm %0!, {r4, r5, r6}\n\t"          \
    "sxtb16 r8, r8, ror #8\n\t"          \
    "sxtb16 r9, r9, ror #8\n\t"          \
    "sxtb16 r10, r10, ror #8\n\t"        \
    "stm %0!, {r8, r9, r10}\n\t"
    __asm__ __volatile__(
        ".syntax unified\n\t"
        "sub r4, %4, %1\n\t"
        "tst r4, #4\n\t"
        "bne 2f\n"
        "1:\n\t" NN_DSP_EXPAND_3
        "2:\n\t" NN_DSP_EXPAND_3
        "cmp %1, %4\n\t"
        "bne 1b\n\t"
        : "+&r"(strip), "+&r"(x0), "+&r"(x1), "+&r"(x2)
        : "r"(end)
        : "r4", "r5", "r6", "r8", "r9", "r10", "cc", "memory");
#undef NN_DSP_EXPAND_3
    return strip;
}

#else

/* Two bytes as the halves of a word. */
NN_INLINE int32_t nn_dsp_pair(int32_t low, int32_t high)
{
    return (low & 0xffff) + high * 65536;
}

NN_INLINE int32_t *nn_dsp_expand_3(int32_t *strip, const int8_t *x0, const int8_t *x1, const int8_t *x2, int32_t chunks)
{
    int32_t i;
    for (i = 0; i < 4 * chunks; i += 4) {
        strip[0] = nn_dsp_pair(x0[i], x0[i + 2]);
        strip[1] = nn_dsp_pair(x1[i], x1[i + 2]);
        strip[2] = nn_dsp_pair(x2[i], x2[i + 2]);
        strip[3] = nn_dsp_pair(x0[i + 1], x0[i + 3]);
        strip[4] = nn_dsp_pair(x1[i + 1], x1[i + 3]);
        strip[5] = nn_dsp_pair(x2[i + 1], x2[i + 3]);
        strip += 6;
    }
    return strip;
}

#endif

/* One run of taps of 3 pixels, at least 4: all but a multiple of 4 once more at the end, where weights are zero. */
NN_INLINE int32_t *nn_dsp_expand_run(int32_t *strip, const int8_t *x0, const int8_t *x1, const int8_t *x2, int32_t taps)
{
    const int32_t rest = taps % 4;
    if (taps >= 4) {
        strip = nn_dsp_expand_3(strip, x0, x1, x2, taps / 4);
    }
    if (rest > 0) {
        const int32_t last = taps - 4;
        strip = nn_dsp_expand_3(strip, x0 + last, x1 + last, x2 + last, 1);
    }
    return strip;
}

/* A matrix of weights and the numbers of its channels. */
typedef struct nn_dsp_matrix {
    const int32_t *weights; /* groups of 2 channels, as nn_dsp_3x2 or nn_dsp_wide_3x2 takes them */
    int32_t blocks;         /* of 4 taps */
    int32_t channels;
    int32_t wide; /* are weights 16 bits? */
    int32_t away; /* do halves of negative sums go away from zero? */
} nn_dsp_matrix;

/* Whole groups of 2 channels. */
NN_INLINE void nn_dsp_groups_3(const nn_dsp_matrix *m, const int32_t *w, const int32_t *w_end, const int32_t *strip,
                               int8_t *y0, int8_t *y1, int8_t *y2)
{
    if (m->wide) {
        if (m->away) {
            nn_dsp_wide_3x2_away(w, w_end, strip, m->blocks, y0, y1, y2);
        } else {
            nn_dsp_wide_3x2_up(w, w_end, strip, m->blocks, y0, y1, y2);
        }
    } else if (m->away) {
        nn_dsp_3x2_away(w, w_end, strip, m->blocks, y0, y1, y2);
    } else {
        nn_dsp_3x2_up(w, w_end, strip, m->blocks, y0, y1, y2);
    }
}

/*
 * All channels of 3 pixels; y0 = y1 or y1 = y2 where pixels are the same. With an odd number of channels the last pair
 * goes through a buffer.
 */
NN_INLINE void nn_dsp_matmul_3(const nn_dsp_matrix *m, const int32_t *strip, int8_t *y0, int8_t *y1, int8_t *y2)
{
    const int32_t whole = m->channels / 2;
    const int32_t group = m->wide ? 4 * m->blocks + (m->away ? 8 : 6) : 2 * m->blocks + 2 * NN_DSP_NUMBERS;
    const int32_t *const w_end = m->weights + whole * group;
    if (whole > 0) {
        nn_dsp_groups_3(m, m->weights, w_end, strip, y0, y1, y2);
    }
    if (m->channels % 2 != 0) {
        int8_t last[6];
        nn_dsp_groups_3(m, w_end, w_end + group, strip, last, last + 2, last + 4);
        y0[2 * whole] = last[0];
        y1[2 * whole] = last[2];
        y2[2 * whole] = last[4];
    }
}

#endif
