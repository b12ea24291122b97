#ifndef NN_FFT_S16_H
#define NN_FFT_S16_H

#include "nn_common.h"

/*
 * The transform of complex numbers of 16 bits, in place.
 * cosines    [points]: a circle in Q15; numbers are half as many as points
 */

/* A product of Q15 numbers, or a sum of two, in Q15. */
NN_INLINE int16_t nn_fft_s16_round(int32_t product)
{
    return (int16_t)((product + 16384) >> 15);
}

/* Bits that a number takes; 0 for 0. */
NN_INLINE int32_t nn_fft_s16_bits(uint32_t value)
{
    int32_t bits = 0;
    uint32_t rest = value;
    while (rest != 0u) {
        rest >>= 1;
        ++bits;
    }
    return bits;
}

/* Where pair `index` lies before the innermost step: its digits in the radices, turned round. */
NN_INLINE int32_t nn_fft_s16_place(int32_t index, int32_t pairs)
{
    int32_t at = 0;
    int32_t rest = index;
    int32_t size = pairs;
    while (size > 1) {
        int32_t bits = 1;
        if ((size & 3) == 0) {
            bits = 2;
        }
        size >>= bits;
        at += (rest & ((1 << bits) - 1)) * size;
        rest >>= bits;
    }
    return at;
}

/* z *= exp(-2 pi i step / points) * share / 2^15, rounded after either */
NN_INLINE void nn_fft_s16_turn(const int16_t *cosines, int32_t points, int16_t *z, int32_t step)
{
    const int32_t c = cosines[step];
    const int32_t s = cosines[(step + points / 4) & (points - 1)];
    const int32_t re = z[0];
    const int32_t im = z[1];
    z[0] = nn_fft_s16_round(re * c - im * s);
    z[1] = nn_fft_s16_round(re * s + im * c);
}

NN_INLINE void nn_fft_s16_scale(int16_t *z, int32_t share)
{
    z[0] = nn_fft_s16_round(z[0] * share);
    z[1] = nn_fft_s16_round(z[1] * share);
}

/* Two numbers of a pair's parts side by side become their sum and difference. */
NN_INLINE void nn_fft_s16_two(int16_t *a, int16_t *b)
{
    nn_fft_s16_scale(a, 16383);
    nn_fft_s16_scale(b, 16383);
    b[0] = nn_fft_s16_round(b[0] * 32767);
    b[1] = nn_fft_s16_round(b[1] * 32767);
    {
        const int32_t re = a[0];
        const int32_t im = a[1];
        a[0] = (int16_t)(re + b[0]);
        a[1] = (int16_t)(im + b[1]);
        b[0] = (int16_t)(re - b[0]);
        b[1] = (int16_t)(im - b[1]);
    }
}

/* Four complex numbers, `m` apart, become their transform; the second is turned by `step`. */
NN_PART void nn_fft_s16_four(const int16_t *cosines, int32_t points, int16_t *z, int32_t m, int32_t step)
{
    int16_t *const z1 = z + 2 * m;
    int16_t *const z2 = z + 4 * m;
    int16_t *const z3 = z + 6 * m;
    nn_fft_s16_scale(z, 8191);
    nn_fft_s16_scale(z1, 8191);
    nn_fft_s16_scale(z2, 8191);
    nn_fft_s16_scale(z3, 8191);
    nn_fft_s16_turn(cosines, points, z1, step);
    nn_fft_s16_turn(cosines, points, z2, 2 * step);
    nn_fft_s16_turn(cosines, points, z3, 3 * step);
    {
        const int32_t sum_re = z[0] + z2[0];
        const int32_t sum_im = z[1] + z2[1];
        const int32_t dif_re = z[0] - z2[0];
        const int32_t dif_im = z[1] - z2[1];
        const int32_t side_re = z1[0] + z3[0];
        const int32_t side_im = z1[1] + z3[1];
        const int32_t turn_re = z1[0] - z3[0];
        const int32_t turn_im = z1[1] - z3[1];
        z[0] = (int16_t)(sum_re + side_re);
        z[1] = (int16_t)(sum_im + side_im);
        z1[0] = (int16_t)(dif_re + turn_im);
        z1[1] = (int16_t)(dif_im - turn_re);
        z2[0] = (int16_t)(sum_re - side_re);
        z2[1] = (int16_t)(sum_im - side_im);
        z3[0] = (int16_t)(dif_re - turn_im);
        z3[1] = (int16_t)(dif_im + turn_re);
    }
}

/* The transform of pairs in turned-round order, in place; every step divides by its radix. */
NN_PART void nn_fft_s16_transform(const int16_t *cosines, int32_t points, int16_t *z)
{
    const int32_t pairs = points / 2;
    int32_t m = 1;
    int32_t at, k;
    if ((nn_fft_s16_bits((uint32_t)pairs) & 1) == 0) {
        for (at = 0; at < pairs; at += 2) {
            nn_fft_s16_two(z + 2 * at, z + 2 * at + 2);
        }
        m = 2;
    }
    while (m < pairs) {
        /* of the circle of all points, twice as many as pairs */
        const int32_t stride = points / (4 * m);
        for (at = 0; at < pairs; at += 4 * m) {
            for (k = 0; k < m; ++k) {
                nn_fft_s16_four(cosines, points, z + 2 * (at + k), m, k * stride);
            }
        }
        m *= 4;
    }
}

#endif
