#ifndef NN_SPARSE_S8_H
#define NN_SPARSE_S8_H

#include "nn_common.h"
#include "nn_matmul_s8.h"

/*
 * Matrix products with weights many of which are 0, in plain C: each weight that is there, and its place, is read once
 * for eight pixels. Two ways to tell the places, channel after channel:
 *
 * list       the number of entries (low byte, high byte), then for each how many taps are left out before it, and the
 *            weight
 * fours      of every four taps one or two: a byte with the places of four weights, 2 bits each, the first lowest, and
 *            the weights; such parts cover 16 or 8 taps, and all channels have as many
 */

/* Pixels of a strip, [taps][pixels]. */
#define NN_SPARSE_LANES 8

/* The weights, and what follows the sums. */
typedef struct nn_sparse_s8 {
    const uint8_t *weights;
    int32_t kept;   /* of four taps: 1 or 2; 0 = list */
    int32_t parts;  /* of a channel, fours */
    nn_matmul_s8 m; /* all but its weights and depth */
} nn_sparse_s8;

/* One weight times one tap of all lanes. */
#define NN_SPARSE_STEP(tap, w)                                                  \
    do {                                                                        \
        const int8_t *const t = (tap);                                          \
        const int32_t v = (int8_t)(w);                                          \
        a += v * t[0];                                                          \
        if (lanes > 1) {                                                        \
            b += v * t[1], c += v * t[2], d += v * t[3], e += v * t[4];         \
            f += v * t[5], g += v * t[6], h += v * t[7];                        \
        }                                                                       \
    } while (0)

/*
 * The sums of one channel; returns the weights of the next.
 * x          [taps][lanes]; fours: up to the end of the last part, whatever is beyond the last tap
 * lanes      1, or NN_SPARSE_LANES
 * sums       [lanes]; the first is what all start with
 */
NN_INLINE const uint8_t *nn_sparse_sums(const nn_sparse_s8 *s, const uint8_t *w, const int8_t *x, int32_t lanes,
                                        int32_t sums[])
{
    int32_t a = sums[0], b = a, c = a, d = a, e = a, f = a, g = a, h = a;
    if (s->kept == 0) {
        const uint8_t *const end = w + 2 + 2 * (w[0] + 256 * w[1]);
        for (w += 2; w != end; w += 2) {
            x += w[0] * lanes;
            NN_SPARSE_STEP(x, w[1]);
            x += lanes;
        }
    } else {
        const int32_t second = s->kept == 1 ? 4 : 0;
        const int32_t third = s->kept == 1 ? 8 : 4;
        const uint8_t *const end = w + 5 * s->parts;
        for (; w != end; w += 5) {
            const int32_t places = w[0];
            NN_SPARSE_STEP(x + (places & 3) * lanes, w[1]);
            NN_SPARSE_STEP(x + (second + (places >> 2 & 3)) * lanes, w[2]);
            NN_SPARSE_STEP(x + (third + (places >> 4 & 3)) * lanes, w[3]);
            NN_SPARSE_STEP(x + (third + second + (places >> 6)) * lanes, w[4]);
            x += 2 * third * lanes;
        }
    }
    sums[0] = a;
    if (lanes > 1) {
        sums[1] = b, sums[2] = c, sums[3] = d, sums[4] = e, sums[5] = f, sums[6] = g, sums[7] = h;
    }
    return w;
}

/*
 * All channels of some pixels.
 * strip      [taps][lanes]
 * pixels     at most lanes
 * y          [pixels][channels]
 * skip       as y; read only with an add
 */
NN_INLINE void nn_sparse_matmul(const nn_sparse_s8 *s, const int8_t *strip, int32_t lanes, int32_t pixels, int8_t *y,
                                const int8_t *skip)
{
    const uint8_t *w = s->weights;
    int32_t channel, i;
    for (channel = 0; channel < s->m.channels; ++channel) {
        int32_t sums[NN_SPARSE_LANES];
        sums[0] = nn_matmul_s8_start(&s->m, 0, channel);
        w = nn_sparse_sums(s, w, strip, lanes, sums);
        for (i = 0; i < pixels; ++i) {
            const int32_t at = i * s->m.channels;
            y[at + channel] = nn_matmul_s8_result(&s->m, sums[i], channel, skip + at);
        }
    }
}

#endif
