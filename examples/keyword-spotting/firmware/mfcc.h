#ifndef MFCC_H
#define MFCC_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MFCC_SAMPLES 16000 /* one second at 16 kHz */
#define MFCC_FRAMES 49
#define MFCC_COEFFICIENTS 10

/*
 * The features that the keyword model hears: 49 frames of 30 ms every 20 ms, 10 coefficients each, in the model's int8
 * encoding.
 * audio      [MFCC_SAMPLES]; scaled so that its greatest sample is 1, as in training
 * features   [MFCC_FRAMES][MFCC_COEFFICIENTS]
 * scale, zero_point   of the model's input
 * Takes about 2.3 KB of stack. Uses sqrtf and logf.
 */
void mfcc_int8(const int16_t *audio, float scale, int32_t zero_point, int8_t *features);

#ifdef __cplusplus
}
#endif

#endif
