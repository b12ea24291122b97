#ifndef NN_AUDIO_FEATURES_S16_H
#define NN_AUDIO_FEATURES_S16_H

#include "nn_fft_s16.h"

typedef struct nn_audio_features_s16_layer {
    const int16_t *window;        /* [samples] */
    const int16_t *weights;       /* of all channels, towards a channel's own sum */
    const int16_t *unweights;     /* the same, towards the sum of the next channel */
    const int16_t *starts;        /* [channels + 1]: first bin */
    const int16_t *weight_starts; /* [channels + 1]: first weight */
    const int16_t *widths;        /* [channels + 1] */
    const int16_t *gains;         /* [125] */
    const int16_t *cosines;       /* [points]: a circle in Q15 */
    const int16_t *logs;          /* [130]: 2^16 * (log2(1 + i / 128) - i / 128) */
    int32_t samples, points;
    int32_t first_bin, end_bin;
    int32_t channels;
    int32_t window_shift;
    int32_t even_new, even_old, odd_new, odd_old; /* shares of signal and noise in the new noise */
    int32_t remaining, share_bits;
    int32_t noise_bits, clamps;
    int32_t snr_shift;
    int32_t log_scale, log_bits;
} nn_audio_features_s16_layer;

NN_INLINE int32_t nn_audio_features_s16_sample(const nn_audio_features_s16_layer *layer, const int16_t *x, int32_t i)
{
    return nn_clamp(((int32_t)x[i] * layer->window[i]) >> layer->window_shift, -32768, 32767);
}

/* How far the samples may be shifted to the left. The greatest is kept in 16 bits: -32768 has no opposite. */
NN_PART int32_t nn_audio_features_s16_room(const nn_audio_features_s16_layer *layer, const int16_t *x)
{
    int32_t most = 0;
    int32_t i;
    for (i = 0; i < layer->samples; ++i) {
        const int32_t v = nn_audio_features_s16_sample(layer, x, i);
        if (v > most) {
            most = v;
        } else if (-v > most) {
            most = -v == 32768 ? -32768 : -v;
        } else {
            /* a smaller one */
        }
    }
    return most > 0 ? 15 - nn_fft_s16_bits((uint32_t)most) : 0;
}

NN_INLINE void nn_audio_features_s16_energy(const nn_audio_features_s16_layer *layer, uint32_t *energy, int32_t bin,
                                            int32_t re, int32_t im)
{
    if ((bin >= layer->first_bin) && (bin < layer->end_bin)) {
        energy[bin] = (uint32_t)(re * re) + (uint32_t)(im * im);
    }
}

/* Energies of the real numbers' spectrum, from that of their pairs. */
NN_PART void nn_audio_features_s16_energies(const nn_audio_features_s16_layer *layer, const int16_t *z,
                                              uint32_t *energy)
{
    const int32_t pairs = layer->points / 2;
    int32_t k;
    for (k = 0; k <= pairs; ++k) {
        energy[k] = 0u;
    }
    {
        const int32_t re = nn_fft_s16_round(z[0] * 16383);
        const int32_t im = nn_fft_s16_round(z[1] * 16383);
        nn_audio_features_s16_energy(layer, energy, 0, (int16_t)(re + im), 0);
        nn_audio_features_s16_energy(layer, energy, pairs, (int16_t)(re - im), 0);
    }
    for (k = 1; k <= pairs / 2; ++k) {
        const int16_t *const far = z + 2 * (pairs - k);
        const int32_t re = nn_fft_s16_round(z[2 * k] * 16383);
        const int32_t im = nn_fft_s16_round(z[2 * k + 1] * 16383);
        const int32_t far_re = nn_fft_s16_round(far[0] * 16383);
        const int32_t far_im = nn_fft_s16_round((int16_t)(-far[1]) * 16383);
        const int32_t sum_re = re + far_re;
        const int32_t sum_im = im + far_im;
        /* turned by half of a pair's step and a quarter of the circle */
        const int32_t c = layer->cosines[k];
        const int32_t s = layer->cosines[k + layer->points / 4];
        const int32_t turn_re = nn_fft_s16_round((re - far_re) * s + (im - far_im) * c);
        const int32_t turn_im = nn_fft_s16_round((im - far_im) * s - (re - far_re) * c);
        nn_audio_features_s16_energy(layer, energy, k, (sum_re + turn_re) >> 1, (sum_im + turn_im) >> 1);
        nn_audio_features_s16_energy(layer, energy, pairs - k, (sum_re - turn_re) >> 1, (turn_im - sum_im) >> 1);
    }
}

/* The root of a value, rounded, within 16 bits if the value is within 32. */
NN_PART uint32_t nn_audio_features_s16_root(uint64_t value)
{
    const uint64_t most = (value >> 32) == 0u ? (uint64_t)0xFFFFu : (uint64_t)0xFFFFFFFFu;
    uint64_t bit = (uint64_t)1 << 62;
    uint64_t rest = value;
    uint64_t result = 0;
    while (bit > value) {
        bit >>= 2;
    }
    while (bit != 0u) {
        if (rest >= result + bit) {
            rest -= result + bit;
            result = (result >> 1) + bit;
        } else {
            result >>= 1;
        }
        bit >>= 2;
    }
    if ((rest > result) && (result != most)) {
        ++result;
    }
    return (uint32_t)result;
}

/* The signal less the noise, which learns from it. */
NN_PART uint32_t nn_audio_features_s16_subtract(const nn_audio_features_s16_layer *layer, uint32_t value,
                                                int32_t channel, int32_t *noise)
{
    const int32_t is_odd = channel & 1;
    const uint32_t share_new = (uint32_t)(is_odd ? layer->odd_new : layer->even_new);
    const uint32_t share_old = (uint32_t)(is_odd ? layer->odd_old : layer->even_old);
    const uint32_t scaled = value << layer->noise_bits;
    const uint64_t sum = (uint64_t)scaled * share_new + (uint64_t)(uint32_t)*noise * share_old;
    const uint32_t estimate = (uint32_t)(sum >> layer->share_bits);
    const uint32_t taken = estimate > scaled ? scaled : estimate;
    const uint32_t least = (uint32_t)(((uint64_t)value * (uint32_t)layer->remaining) >> layer->share_bits);
    const uint32_t result = (scaled - taken) >> layer->noise_bits;
    *noise = (int32_t)(layer->clamps ? taken : estimate);
    return result > least ? result : least;
}

/* The gain against a level of noise: a parabola for each power of two. */
NN_PART int32_t nn_audio_features_s16_gain(const int16_t *gains, uint32_t noise)
{
    const int32_t interval = nn_fft_s16_bits(noise);
    const int16_t *part = gains;
    int32_t fraction, slope;
    if (noise <= 2u) {
        return gains[noise];
    }
    part += 4 * interval - 6;
    fraction = (int32_t)((interval < 11 ? noise << (11 - interval) : noise >> (interval - 11)) & 0x3FFu);
    slope = ((part[2] * fraction) >> 5) + part[1] * 32;
    return (int16_t)(((slope * fraction + 16384) >> 15) + part[0]);
}

/* The signal with that gain, compressed: a parabola that goes on as a line; 6 fractional bits. */
NN_PART uint32_t nn_audio_features_s16_normalise(const nn_audio_features_s16_layer *layer, uint32_t value,
                                                 uint32_t noise)
{
    const uint32_t gain = (uint32_t)nn_audio_features_s16_gain(layer->gains, noise);
    const uint32_t snr = (uint32_t)(((uint64_t)value * gain) >> layer->snr_shift);
    return snr < 8192u ? (snr * snr) >> 20 : (snr >> 6) - 64u;
}

/* scale * ln(value << bits), at most 32767 */
NN_PART int16_t nn_audio_features_s16_log(const nn_audio_features_s16_layer *layer, uint32_t value)
{
    const uint32_t x = value << layer->log_bits;
    const int32_t whole = nn_fft_s16_bits(x) - 1;
    int32_t fraction, near, next;
    uint32_t rest, ln;
    if (x <= 1u) {
        return 0;
    }
    rest = x - ((uint32_t)1 << whole);
    fraction = (int32_t)(whole < 16 ? rest << (16 - whole) : rest >> (whole - 16));
    near = layer->logs[fraction >> 9];
    next = layer->logs[(fraction >> 9) + 1];
    fraction += near + (((next - near) * (fraction & 511)) >> 16);
    ln = (uint32_t)(((uint64_t)45426 * (uint32_t)(whole * 65536 + fraction) + 32768u) >> 16);
    ln = ((uint32_t)layer->log_scale * ln + 32768u) >> 16;
    return (int16_t)(ln < 32767u ? ln : 32767u);
}

/*
 * Logarithms of the loudness in bands of a frame of sound, less noise: TFLite Micro's signal operators in a row.
 * x          [samples]
 * noise      [channels], bits of a uint32; updated
 * y          [channels]
 * scratch    [points / 2 + 1] energies, [points / 2][2] numbers of the transform
 */
NN_KERNEL void nn_audio_features_s16(const nn_audio_features_s16_layer *layer, const int16_t *x, int32_t *noise,
                                     int16_t *y, int8_t *scratch)
{
    const int32_t pairs = layer->points / 2;
    uint32_t *const energy = (uint32_t *)(void *)scratch;
    int16_t *const z = (int16_t *)(void *)(energy + pairs + 1);
    const int32_t shift = nn_audio_features_s16_room(layer, x);
    uint64_t sum = 0;
    uint64_t next_sum = 0;
    int32_t i, c;
    for (i = 0; i < layer->points; ++i) {
        const int32_t sample = i < layer->samples ? nn_audio_features_s16_sample(layer, x, i) : 0;
        const int32_t at = 2 * nn_fft_s16_place(i >> 1, pairs) + (i & 1);
        z[at] = (int16_t)((uint32_t)sample << shift);
    }
    nn_fft_s16_transform(layer->cosines, layer->points, z);
    nn_audio_features_s16_energies(layer, z, energy);
    for (c = 0; c <= layer->channels; ++c) {
        const uint32_t *const bins = energy + layer->starts[c];
        const int16_t *const weights = layer->weights + layer->weight_starts[c];
        const int16_t *const unweights = layer->unweights + layer->weight_starts[c];
        for (i = 0; i < layer->widths[c]; ++i) {
            sum += (uint64_t)(int64_t)weights[i] * bins[i];
            next_sum += (uint64_t)(int64_t)unweights[i] * bins[i];
        }
        if (c > 0) {
            uint32_t value = nn_audio_features_s16_root(sum) >> shift;
            value = nn_audio_features_s16_subtract(layer, value, c - 1, noise + (c - 1));
            value = nn_audio_features_s16_normalise(layer, value, (uint32_t)noise[c - 1]);
            y[c - 1] = nn_audio_features_s16_log(layer, value);
        }
        sum = next_sum;
        next_sum = 0;
    }
}

#endif
