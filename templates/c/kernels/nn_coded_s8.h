#ifndef NN_CODED_S8_H
#define NN_CODED_S8_H

#include "nn_common.h"
#include "nn_sum_s8.h"

/*
 * Matrix products whose weights are a string of bits, read anew for every strip of pixels: little flash for more time.
 *
 * A channel: bias, shift, multiplier; then, for each weight that is there, how many are left out before it and its
 * value, both in Rice's code: the number shifted right by some bits so many zeros, a one, then these bits; or 16 zeros
 * and the number in 16 bits. Where what is left out reaches the last tap the channel ends. Three bytes follow the last
 * channel, so that bits may be read four bytes at a time.
 */

/* Pixels of a strip, [depth][pixels]. */
#define NN_CODED_LANES 8

/* Channels of a strip where each has its own inputs. */
#define NN_CODED_CHANNELS 8

/* How the bits are to be read. */
typedef struct nn_coded_format {
    const uint8_t *codes;
    int32_t bias_bits, shift_bits, shift_least; /* of a channel's numbers */
    int32_t gap_bits;                           /* of Rice's code; -1 = all weights are there */
    int32_t value_bits;                         /* of Rice's code; 8 = values are just 8 bits */
    int32_t positive, negative;                 /* least magnitude of a weight above and below 0 */
} nn_coded_format;

/* A matrix of weights and what follows the sums. */
typedef struct nn_coded_s8 {
    nn_coded_format format;
    int32_t depth, channels;
    int32_t step; /* 1 where each channel has its own inputs, else 0 */
    int32_t plain; /* as nn_output takes it */
    int32_t out_zero, out_min, out_max;
    const int32_t *sum; /* numbers of an add that follows (a = result, b = skip), or NULL */
} nn_coded_s8;

/* The 32 bits from bit `at` on, the next one highest; the last 7 may be 0 instead. */
NN_INLINE uint32_t nn_coded_window(const uint8_t *codes, uint32_t at)
{
    const uint8_t *const p = codes + (at >> 3);
    return ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3]) << (at & 7u);
}

/* The `count` highest bits of a window as a number; 0 <= count <= 24. */
NN_INLINE uint32_t nn_coded_top(uint32_t window, int32_t count)
{
    return (window >> 1) >> (31 - count);
}

/* Zeros before the first one of a window; 16 or more where there are as many. */
NN_INLINE int32_t nn_coded_zeros(uint32_t window)
{
#if defined(__GNUC__) && defined(__ARM_FEATURE_CLZ)
    return __builtin_clz(window | 1u);
#else
    int32_t zeros = 0;
    for (; zeros < 16 && (window >> 31) == 0u; window <<= 1) {
        zeros += 1;
    }
    return zeros;
#endif
}

/* The number in Rice's code at bit *at, which moves on. */
NN_INLINE uint32_t nn_coded_rice(const uint8_t *codes, uint32_t *at, int32_t low)
{
    const uint32_t window = nn_coded_window(codes, *at);
    const int32_t zeros = nn_coded_zeros(window);
    if (zeros >= 16) {
        *at += 32;
        return nn_coded_window(codes, *at - 16) >> 16;
    }
    *at += (uint32_t)(zeros + 1 + low);
    return ((uint32_t)zeros << low) + nn_coded_top(window << zeros << 1, low);
}

/* The next `count` bits as a number. */
NN_SHARED uint32_t nn_coded_take(const uint8_t *codes, uint32_t *at, int32_t count)
{
    const uint32_t value = nn_coded_top(nn_coded_window(codes, *at), count);
    *at += (uint32_t)count;
    return value;
}

/* The next weight that is there. */
NN_INLINE int32_t nn_coded_weight(const nn_coded_format *f, uint32_t *at)
{
    int32_t code;
    if (f->value_bits < 8) {
        code = (int32_t)nn_coded_rice(f->codes, at, f->value_bits);
    } else {
        code = (int32_t)(nn_coded_window(f->codes, *at) >> 24);
        *at += 8;
    }
    return (code & 1) != 0 ? -(code >> 1) - f->negative : (code >> 1) + f->positive;
}

/*
 * The sums of a channel whose weights begin at bit `bit`; returns their end.
 * x          taps, each [lanes] values + 128, `pitch` bytes apart
 * lanes      1, or NN_CODED_LANES
 * sums       [lanes]; the first is what all start with
 */
NN_INLINE uint32_t nn_coded_sums(const nn_coded_s8 *m, uint32_t bit, const uint8_t *x, int32_t pitch, int32_t lanes,
                                 int32_t sums[])
{
    const int32_t depth = m->depth;
    const nn_coded_format format = m->format;
    int32_t a = sums[0], b = a, c = a, d = a, e = a, f = a, g = a, h = a;
    int32_t at = 0;
    for (;;) {
        const uint8_t *tap;
        int32_t weight;
        if (format.gap_bits >= 0) {
            at += (int32_t)nn_coded_rice(format.codes, &bit, format.gap_bits);
        }
        if (at >= depth) {
            break;
        }
        weight = nn_coded_weight(&format, &bit);
        tap = x + at * pitch;
        a += weight * tap[0];
        if (lanes > 1) {
            b += weight * tap[1], c += weight * tap[2], d += weight * tap[3], e += weight * tap[4];
            f += weight * tap[5], g += weight * tap[6], h += weight * tap[7];
        }
        at += 1;
    }
    sums[0] = a;
    if (lanes > 1) {
        sums[1] = b, sums[2] = c, sums[3] = d, sums[4] = e, sums[5] = f, sums[6] = g, sums[7] = h;
    }
    return bit;
}

/*
 * Channels [from, to) of `pixels` pixels, at most `lanes`; returns the bit after the last channel.
 * bit        where channel `from` begins
 * strip      [depth][lanes], values + 128; with a step [depth][to - from][lanes]
 * y          [pixels][channels]
 * skip       as y; read only with an add, each element before y's is written
 */
NN_INLINE uint32_t nn_coded_matmul(const nn_coded_s8 *m, uint32_t bit, int32_t from, int32_t to, const uint8_t *strip,
                                   int32_t lanes, int32_t pixels, int8_t *y, const int8_t *skip)
{
    const nn_coded_format *const f = &m->format;
    const uint32_t half = (uint32_t)1 << (f->bias_bits - 1);
    int32_t channel, i;
    for (channel = from; channel < to; ++channel) {
        const int32_t bias = (int32_t)(nn_coded_take(f->codes, &bit, f->bias_bits) ^ half) - (int32_t)half;
        const int32_t shift = (int32_t)nn_coded_take(f->codes, &bit, f->shift_bits) + f->shift_least;
        const uint32_t high = nn_coded_take(f->codes, &bit, 15);
        const int32_t multiplier = (int32_t)(high << 16 | nn_coded_take(f->codes, &bit, 16));
        int32_t sums[NN_CODED_LANES];
        sums[0] = bias;
        bit = nn_coded_sums(m, bit, strip + (channel - from) * m->step * lanes,
                            (m->step != 0 ? to - from : 1) * lanes, lanes, sums);
        for (i = 0; i < pixels; ++i) {
            const int32_t at = i * m->channels + channel;
            const int32_t v = nn_output(sums[i], multiplier, shift, m->plain, m->out_zero, m->out_min, m->out_max);
            y[at] = !NN_IS_SUM(m->sum) ? (int8_t)v : nn_sum_s8(m->sum, v, skip[at], 1);
        }
    }
    return bit;
}

#endif
