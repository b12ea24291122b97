#include "mfcc.h"

#include <math.h>

#include "mfcc_tables.h"

enum { WINDOW = 480, STRIDE = 320, SIZE = 512, HALF = SIZE / 2, BANDS = 40 };

/* A frame of 512 real samples as 256 complex numbers: the even samples are the real parts, the odd the imaginary ones. */
typedef struct {
    float re[HALF];
    float im[HALF];
} spectrum_t;

static uint32_t reversed(uint32_t i)
{
    uint32_t r = 0;
    uint32_t bit;
    for (bit = 1; bit < HALF; bit <<= 1) {
        r = (r << 1) | (i & 1u);
        i >>= 1;
    }
    return r;
}

/* The windowed frame, zero behind its 480 samples, in bit-reversed order. */
static void load_frame(const int16_t *audio, float gain, spectrum_t *s)
{
    uint32_t i;
    for (i = 0; i < HALF; ++i) {
        const uint32_t at = reversed(i);
        const int inside = 2 * i < WINDOW;
        s->re[at] = inside ? (float)audio[2 * i] * gain * mfcc_window[2 * i] : 0.0f;
        s->im[at] = inside ? (float)audio[2 * i + 1] * gain * mfcc_window[2 * i + 1] : 0.0f;
    }
}

/* Complex FFT of 256 points, in place, radix 2, input in bit-reversed order. */
static void transform(spectrum_t *s)
{
    uint32_t span;
    for (span = 1; span < HALF; span <<= 1) {
        const uint32_t turn = HALF / span; /* in steps of 2 pi / 512 */
        uint32_t k;
        for (k = 0; k < span; ++k) {
            const float c = mfcc_cos[k * turn];
            const float d = mfcc_sin[k * turn];
            uint32_t a;
            for (a = k; a < HALF; a += 2 * span) {
                const uint32_t b = a + span;
                const float re = s->re[b] * c + s->im[b] * d;
                const float im = s->im[b] * c - s->re[b] * d;
                s->re[b] = s->re[a] - re;
                s->im[b] = s->im[a] - im;
                s->re[a] += re;
                s->im[a] += im;
            }
        }
    }
}

/* |X[k]| of the 512 real samples, 0 < k < 256, from the transform of their even and odd halves. */
static float magnitude(const spectrum_t *s, uint32_t k)
{
    const uint32_t m = HALF - k;
    const float even_re = 0.5f * (s->re[k] + s->re[m]);
    const float even_im = 0.5f * (s->im[k] - s->im[m]);
    const float odd_re = 0.5f * (s->im[k] + s->im[m]);
    const float odd_im = 0.5f * (s->re[m] - s->re[k]);
    const float re = even_re + odd_re * mfcc_cos[k] + odd_im * mfcc_sin[k];
    const float im = even_im + odd_im * mfcc_cos[k] - odd_re * mfcc_sin[k];
    return sqrtf(re * re + im * im);
}

/* Logarithm of the energy in each mel band. */
static void log_mel(const spectrum_t *s, float *bands)
{
    uint32_t i;
    for (i = 0; i < BANDS; ++i) {
        bands[i] = 0.0f;
    }
    for (i = 0; i < MFCC_BINS; ++i) {
        const float x = magnitude(s, MFCC_FIRST_BIN + i);
        const uint32_t band = mfcc_band[i];
        if (band < BANDS) {
            bands[band] += x * mfcc_share[i];
        }
        if (band > 0) {
            bands[band - 1] += x * (1.0f - mfcc_share[i]);
        }
    }
    for (i = 0; i < BANDS; ++i) {
        bands[i] = logf(bands[i] + 1e-6f);
    }
}

/* Truncated toward zero, as the model's calibration samples were. */
static int8_t quantised(float x, float scale, int32_t zero_point)
{
    const float v = x / scale + (float)zero_point;
    if (v <= -128.0f) {
        return -128;
    }
    return v >= 127.0f ? 127 : (int8_t)(int32_t)v;
}

/* 1 / the greatest sample. Silence stays silence. */
static float gain_of(const int16_t *audio)
{
    int16_t most = 1;
    uint32_t i;
    for (i = 0; i < MFCC_SAMPLES; ++i) {
        if (audio[i] > most) {
            most = audio[i];
        }
    }
    return 1.0f / (float)most;
}

void mfcc_int8(const int16_t *audio, float scale, int32_t zero_point, int8_t *features)
{
    const float gain = gain_of(audio);
    spectrum_t spectrum;
    float bands[BANDS];
    uint32_t frame;
    for (frame = 0; frame < MFCC_FRAMES; ++frame) {
        uint32_t c;
        load_frame(audio + frame * STRIDE, gain, &spectrum);
        transform(&spectrum);
        log_mel(&spectrum, bands);
        for (c = 0; c < MFCC_COEFFICIENTS; ++c) {
            float sum = 0.0f;
            uint32_t b;
            for (b = 0; b < BANDS; ++b) {
                sum += bands[b] * mfcc_dct[c * BANDS + b];
            }
            features[frame * MFCC_COEFFICIENTS + c] = quantised(sum, scale, zero_point);
        }
    }
}
