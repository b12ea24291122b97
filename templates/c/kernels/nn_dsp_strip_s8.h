#ifndef NN_DSP_STRIP_S8_H
#define NN_DSP_STRIP_S8_H

#include "nn_common.h"
#include "nn_dsp_s8.h"

/* Strips of three pixels: bytes become 16-bit numbers, pixels side by side. */

#if NN_DSP_ASM && defined(__OPTIMIZE__) /* too many registers for code without optimisation */

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

/*
 * 4 * chunks taps of 3 pixels into a strip; returns its end. The inputs need no alignment. r4-r6 hold taps 0 and 2 of
 * the pixels, r8-r10 first the bytes, then taps 1 and 3. An odd chunk comes first, the others two per round.
 */
NN_INLINE int32_t *nn_dsp_expand_3(int32_t *strip, const int8_t *x0, const int8_t *x1, const int8_t *x2, int32_t chunks)
{
    const int8_t *const end = x0 + 4 * chunks;
    if (chunks % 2 != 0) {
        __asm__ __volatile__(".syntax unified\n\t" NN_DSP_EXPAND_3
                             : "+&r"(strip), "+&r"(x0), "+&r"(x1), "+&r"(x2)
                             :
                             : "r4", "r5", "r6", "r8", "r9", "r10", "memory");
    }
    if (chunks > 1) {
        __asm__ __volatile__(".syntax unified\n"
                             "1:\n\t" NN_DSP_EXPAND_3 NN_DSP_EXPAND_3
                             "cmp %1, %4\n\t"
                             "bne 1b\n\t"
                             : "+&r"(strip), "+&r"(x0), "+&r"(x1), "+&r"(x2)
                             : "r"(end)
                             : "r4", "r5", "r6", "r8", "r9", "r10", "cc", "memory");
    }
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

#endif
