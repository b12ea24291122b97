#ifndef NN_DSP_LANES_S8_H
#define NN_DSP_LANES_S8_H

#include "nn_common.h"
#include "nn_dsp_s8.h"

/*
 * Sparse weights for cores with the DSP extension: eight pixels at a time, any weights may be missing.
 *
 * A word of a strip holds two pixels, x of pixel j + 4 times 2^23 plus x of pixel j, so that SMLAL multiplies both by
 * one weight: its 64-bit sum is 2^23 * S(j + 4) + S(j), exact while sums stay below 2^22 (src/kernels/dsp-lanes.ts).
 *
 * Weights are one stream of words. Per channel: bias; chunks; then multiplier and offset * 256 + 9 - i, with i as in
 * nn_dsp_3x2_up, or multiplier, offset, shift. A chunk: how far to jump into the unrolled loop, then up to 8 words of
 * two entries, each a weight (low byte) and how many bytes the strip pointer goes on before it (high byte). 0 in the
 * place of a jump ends the chunks.
 */
enum {
    NN_DSP_LANES_UNROLL = 8,       /* words of entries in a chunk, at most */
    NN_DSP_LANES_WORD_BYTES = 68,  /* code of one word of entries */
    NN_DSP_LANES_BITS = 23
};

#if NN_DSP_ASM

/* One entry of word r10: r11 = weight, r12 = strip, r8, r9 = pixels. 8 products in 8 instructions, 32 bytes. */
#define NN_DSP_LANES_ENTRY(weight, step)         \
    "sxtb.w r11, r10" weight "\n\t"              \
    "uxtab r12, r12, r10, ror #" step "\n\t"     \
    "ldrd r8, r9, [r12]\n\t"                     \
    "smlal r0, r1, r8, r11\n\t"                  \
    "smlal r2, r3, r9, r11\n\t"                  \
    "ldrd r8, r9, [r12, #8]\n\t"                 \
    "smlal r4, r5, r8, r11\n\t"                  \
    "smlal r6, r7, r9, r11\n\t"

/* Sums of two pixels, lo and hi, apart: hi = upper, lo = lower * 2^9. t: spare. */
#define NN_DSP_LANES_SPLIT(lo, hi, t)            \
    "lsrs " t ", " lo ", #23\n\t"                \
    "adc " hi ", " t ", " hi ", lsl #9\n\t"      \
    "lsl " lo ", " lo ", #9\n\t"

#define NN_DSP_LANES_FINISH_2(lo, hi)            \
    NN_DSP_LANES_SPLIT(lo, hi, "r12")            \
    "asr " lo ", " lo ", r10\n\t"                \
    "lsl " hi ", " hi ", r11\n\t"                \
    "smmla " lo ", " lo ", r8, r9\n\t"           \
    "smmla " hi ", " hi ", r8, r9\n\t"           \
    "ssat " lo ", #8, " lo ", asr #12\n\t"       \
    "ssat " hi ", #8, " hi ", asr #12\n\t"

/* Shifts take the low byte of a register: of offset * 256 + 9 - i for the lower sums, of 9 less that for the upper. */
#define NN_DSP_LANES_FINISH_UP                   \
    "ldm lr!, {r8, r10}\n\t"                     \
    "asr r9, r10, #8\n\t"                        \
    "rsb r11, r10, #9\n\t"                       \
    NN_DSP_LANES_FINISH_2("r0", "r1")            \
    NN_DSP_LANES_FINISH_2("r2", "r3")            \
    NN_DSP_LANES_FINISH_2("r4", "r5")            \
    NN_DSP_LANES_FINISH_2("r6", "r7")

#define NN_DSP_LANES_AWAY_2(lo, hi)              \
    NN_DSP_LANES_SPLIT(lo, hi, "r12")            \
    "asr " lo ", " lo ", #8\n\t"                 \
    "lsl " hi ", " hi ", #1\n\t"                 \
    NN_DSP_ROUND_AWAY(lo, "r8", "r9", "r10", "r12") \
    NN_DSP_ROUND_AWAY(hi, "r8", "r9", "r10", "r12")

#define NN_DSP_LANES_FINISH_AWAY                 \
    "ldm lr!, {r8, r9, r10}\n\t"                 \
    NN_DSP_LANES_AWAY_2("r0", "r1")              \
    NN_DSP_LANES_AWAY_2("r2", "r3")              \
    NN_DSP_LANES_AWAY_2("r4", "r5")              \
    NN_DSP_LANES_AWAY_2("r6", "r7")

/*
 * r0-r7 sums: pixels 0 and 4, 1 and 5, 2 and 6, 3 and 7   r10 entries, r11 weight
 * r8, r9 pixels                                           r12 strip, lr stream
 * Stack: y, step, 3 * step, end of the stream, strip, 2^23 + 1.
 * The jumps count from label 2 at the start of a channel, and from 8 bytes after label 3.
 */
#define NN_DSP_LANES_BODY(FINISH)                \
    ".syntax unified\n\t"                        \
    "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t" \
    "ldr r5, [sp, #36]\n\t"                      \
    "add r6, r5, r5, lsl #1\n\t"                 \
    "mov r4, r3\n\t"                             \
    "mov r7, r1\n\t"                             \
    "mov r8, r2\n\t"                             \
    "mov r9, #8388608\n\t"                       \
    "add r9, r9, #1\n\t"                         \
    "push {r4, r5, r6, r7, r8, r9}\n\t"          \
    "mov lr, r0\n"                               \
    "1:\n\t"                                     \
    "ldr r8, [lr], #4\n\t"                       \
    "ldrd r12, r9, [sp, #16]\n\t"                \
    "smull r0, r1, r8, r9\n\t"                   \
    "smull r2, r3, r8, r9\n\t"                   \
    "smull r4, r5, r8, r9\n\t"                   \
    "smull r6, r7, r8, r9\n\t"                   \
    "ldr r10, [lr], #4\n\t"                      \
    "add pc, r10\n\t"                            \
    "nop\n"                                      \
    "2:\n\t"                                     \
    ".rept 8\n\t"                                \
    "ldr r10, [lr], #4\n\t"                      \
    NN_DSP_LANES_ENTRY("", "8")                  \
    NN_DSP_LANES_ENTRY(", ror #16", "24")        \
    ".endr\n"                                    \
    "3:\n\t"                                     \
    "ldr r10, [lr], #4\n\t"                      \
    "add pc, r10\n\t"                            \
    "nop\n\t"                                    \
    FINISH                                       \
    "ldm sp, {r8, r9, r10, r11}\n\t"             \
    "add r12, r8, r9, lsl #2\n\t"                \
    "strb r2, [r8, r9]\n\t"                      \
    "strb r4, [r8, r9, lsl #1]\n\t"              \
    "strb r6, [r8, r10]\n\t"                     \
    "strb r0, [r8], #1\n\t"                      \
    "strb r1, [r12]\n\t"                         \
    "strb r3, [r12, r9]\n\t"                     \
    "strb r5, [r12, r9, lsl #1]\n\t"             \
    "strb r7, [r12, r10]\n\t"                    \
    "str r8, [sp]\n\t"                           \
    "cmp lr, r11\n\t"                            \
    "bne 1b\n\t"                                 \
    "add sp, sp, #24\n\t"                        \
    "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"

/*
 * All channels of 8 pixels: channel c of pixel j at y + j * step + c.
 * w, w_end   stream, at least one channel
 * strip      words as above; every entry's four lie side by side
 * up, away   halves are rounded up (right only if the zero point is the least stored value), or away from zero
 */
NN_DSP_FUNCTION void nn_dsp_lanes_up(const int32_t *w NN_DSP_UNUSED, const int32_t *w_end NN_DSP_UNUSED,
                                     const int32_t *strip NN_DSP_UNUSED, int8_t *y NN_DSP_UNUSED,
                                     int32_t step NN_DSP_UNUSED)
{
    __asm__ __volatile__(NN_DSP_LANES_BODY(NN_DSP_LANES_FINISH_UP));
}

NN_DSP_FUNCTION void nn_dsp_lanes_away(const int32_t *w NN_DSP_UNUSED, const int32_t *w_end NN_DSP_UNUSED,
                                       const int32_t *strip NN_DSP_UNUSED, int8_t *y NN_DSP_UNUSED,
                                       int32_t step NN_DSP_UNUSED)
{
    __asm__ __volatile__(NN_DSP_LANES_BODY(NN_DSP_LANES_FINISH_AWAY));
}

#else

/* One word of entries: both weights times the pixels to which the strip pointer goes on. */
NN_INLINE void nn_dsp_lanes_word(int32_t word, const int32_t **strip, int64_t sum[4])
{
    int32_t entry, j;
    for (entry = 0; entry < 2; ++entry) {
        const int32_t half = entry == 0 ? nn_dsp_low_half(word) : word >> 16;
        const int32_t weight = ((half & 255) ^ 128) - 128;
        *strip += (half >> 10) & 63;
        for (j = 0; j < 4; ++j) {
            sum[j] += (int64_t)weight * (*strip)[j];
        }
    }
}

/* All entries of a channel; returns what follows them. */
NN_PART const int32_t *nn_dsp_lanes_sums(const int32_t *w, const int32_t *strip, int64_t sum[4])
{
    int32_t words = NN_DSP_LANES_UNROLL - *w++ / NN_DSP_LANES_WORD_BYTES;
    for (;;) {
        for (; words > 0; --words) {
            nn_dsp_lanes_word(*w++, &strip, sum);
        }
        words = -(*w + 8) / NN_DSP_LANES_WORD_BYTES;
        if (*w++ == 0) {
            return w;
        }
    }
}

NN_PART void nn_dsp_lanes(const int32_t *w, const int32_t *w_end, const int32_t *strip, int8_t *y, int32_t step,
                          int32_t away)
{
    const int64_t one = (int64_t)1 << NN_DSP_LANES_BITS;
    while (w != w_end) {
        int64_t sum[4];
        int32_t j;
        for (j = 0; j < 4; ++j) {
            sum[j] = *w * (one + 1);
        }
        w = nn_dsp_lanes_sums(w + 1, strip, sum);
        for (j = 0; j < 8; ++j) {
            /* The lower sum with its sign; the upper is what is left. */
            const int32_t low = (int32_t)(((sum[j % 4] & (one - 1)) ^ (one >> 1)) - (one >> 1));
            const int32_t s = j < 4 ? low : (int32_t)((sum[j % 4] - low) >> NN_DSP_LANES_BITS);
            if (away) {
                y[j * step] = nn_dsp_round(2 * s, w, 1);
            } else {
                const int32_t scale[2] = {w[0], w[1] >> 8};
                y[j * step] = nn_dsp_floor(s * ((int32_t)1 << (9 - (w[1] & 255))), scale);
            }
        }
        w += away ? 3 : 2;
        y += 1;
    }
}

NN_DSP_FUNCTION void nn_dsp_lanes_up(const int32_t *w, const int32_t *w_end, const int32_t *strip, int8_t *y,
                                     int32_t step)
{
    nn_dsp_lanes(w, w_end, strip, y, step, 0);
}

NN_DSP_FUNCTION void nn_dsp_lanes_away(const int32_t *w, const int32_t *w_end, const int32_t *strip, int8_t *y,
                                       int32_t step)
{
    nn_dsp_lanes(w, w_end, strip, y, step, 1);
}

#endif

/* Byte `at` (0 to 24 bits) of two words of pixels as a word of a strip. */
NN_INLINE int32_t nn_dsp_lanes_pair(uint32_t low, uint32_t high, int32_t at)
{
    return (int8_t)(low >> at & 255u) + (int8_t)(high >> at & 255u) * (1 << NN_DSP_LANES_BITS);
}

/*
 * Words of two pixels and some channels: channel c at strip[c * step].
 * low, high  [channels] each
 */
NN_INLINE void nn_dsp_lanes_expand(int32_t *strip, int32_t step, const int8_t *low, const int8_t *high,
                                   int32_t channels)
{
    int32_t c = 0;
#if NN_DSP_ASM
    for (; c + 4 <= channels; c += 4) {
        uint32_t l, h;
        (void)memcpy(&l, low + c, 4);
        (void)memcpy(&h, high + c, 4);
        strip[0] = nn_dsp_lanes_pair(l, h, 0);
        strip[step] = nn_dsp_lanes_pair(l, h, 8);
        strip[2 * step] = nn_dsp_lanes_pair(l, h, 16);
        strip[3 * step] = nn_dsp_lanes_pair(l, h, 24);
        strip += 4 * step;
    }
#endif
    for (; c < channels; ++c) {
        *strip = low[c] + high[c] * (1 << NN_DSP_LANES_BITS);
        strip += step;
    }
}

#endif
