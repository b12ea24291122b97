#ifndef NN_SVDF_F32_H
#define NN_SVDF_F32_H

#include "nn_common.h"
#include "nn_common_f32.h"

typedef struct nn_svdf_f32_layer {
    const float *feature; /* [units][rank][inputs] */
    const float *time;    /* [units][rank][memory] */
    const float *bias;    /* [units] */
    int32_t batch, inputs, units, rank, memory;
    float out_min, out_max;
} nn_svdf_f32_layer;

/* One filter: its memory moves on by one, the feature of x comes last; the sum over time. */
NN_PART float nn_svdf_f32_filter(const nn_svdf_f32_layer *layer, int32_t filter, const float *x, float *state)
{
    const float *const feature = layer->feature + filter * layer->inputs;
    const float *const time = layer->time + filter * layer->memory;
    const int32_t last = layer->memory - 1;
    float newest = 0.0f;
    float sum = 0.0f;
    int32_t i;
    for (i = 0; i < layer->inputs; ++i) {
        newest += feature[i] * x[i];
    }
    for (i = 0; i < last; ++i) {
        state[i] = state[i + 1];
        sum += time[i] * state[i];
    }
    state[last] = newest;
    return sum + time[last] * newest;
}

/*
 * A layer of low rank over the last `memory` inputs.
 * x          [batch][inputs]
 * state      [batch][units][rank][memory], oldest first; updated
 * y          [batch][units]
 */
NN_KERNEL void nn_svdf_f32(const nn_svdf_f32_layer *layer, const float *x, float *state, float *y)
{
    int32_t n, u, r;
    for (n = 0; n < layer->batch; ++n) {
        for (u = 0; u < layer->units; ++u) {
            float sum = layer->bias[u];
            for (r = 0; r < layer->rank; ++r) {
                const int32_t filter = u * layer->rank + r;
                float *const memory = state + (n * layer->units * layer->rank + filter) * layer->memory;
                sum += nn_svdf_f32_filter(layer, filter, x + n * layer->inputs, memory);
            }
            y[n * layer->units + u] = nn_clamp_f32(sum, layer->out_min, layer->out_max);
        }
    }
}

#endif
