#ifndef NN_SVDF_S8_S16_H
#define NN_SVDF_S8_S16_H

#include "nn_common.h"

typedef struct nn_svdf_s8_s16_layer {
    const int8_t *feature; /* [units][rank][inputs] */
    const int16_t *time;    /* [units][rank][memory] */
    const int32_t *folded; /* [units][rank]: -zero point of x * sum of the feature's weights */
    const int32_t *bias;   /* [units] */
    int32_t batch, inputs, units, rank, memory;
    int32_t into, into_shift; /* feature -> state */
    int32_t out, out_shift;   /* sum over time -> output */
    int32_t out_zero, out_min, out_max;
} nn_svdf_s8_s16_layer;

/* One filter: its memory moves on by one, the feature of x comes last; the sum over time. */
NN_PART int32_t nn_svdf_s8_s16_filter(const nn_svdf_s8_s16_layer *layer, int32_t filter, const int8_t *x,
                                  int16_t *state)
{
    const int8_t *const feature = layer->feature + filter * layer->inputs;
    const int16_t *const time = layer->time + filter * layer->memory;
    const int32_t last = layer->memory - 1;
    int32_t newest = layer->folded[filter];
    int32_t sum = 0;
    int32_t i;
    for (i = 0; i < layer->inputs; ++i) {
        newest += (int32_t)feature[i] * x[i];
    }
    for (i = 0; i < last; ++i) {
        state[i] = state[i + 1];
        sum += (int32_t)time[i] * state[i];
    }
    state[last] = (int16_t)nn_clamp(nn_requantize(newest, layer->into, layer->into_shift), -32768, 32767);
    return sum + (int32_t)time[last] * state[last];
}

/*
 * A layer of low rank over the last `memory` inputs: TFLite Micro's arithmetic.
 * x          [batch][inputs]
 * state      [batch][units][rank][memory], oldest first; updated
 * y          [batch][units]
 */
NN_KERNEL void nn_svdf_s8_s16(const nn_svdf_s8_s16_layer *layer, const int8_t *x, int16_t *state, int8_t *y)
{
    int32_t n, u, r;
    for (n = 0; n < layer->batch; ++n) {
        for (u = 0; u < layer->units; ++u) {
            int32_t sum = layer->bias[u];
            for (r = 0; r < layer->rank; ++r) {
                const int32_t filter = u * layer->rank + r;
                int16_t *const memory = state + (n * layer->units * layer->rank + filter) * layer->memory;
                sum += nn_svdf_s8_s16_filter(layer, filter, x + n * layer->inputs, memory);
            }
            sum = nn_requantize(sum, layer->out, layer->out_shift) + layer->out_zero;
            y[n * layer->units + u] = (int8_t)nn_clamp(sum, layer->out_min, layer->out_max);
        }
    }
}

#endif
