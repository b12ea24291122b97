#ifndef NN_LSTM_F32_H
#define NN_LSTM_F32_H

#include "nn_gates_f32.h"

typedef struct nn_lstm_f32_layer {
    const float *weights;   /* [4 gates][units][inputs]: input, forget, cell, output */
    const float *recurrent; /* [4 gates][units][units] */
    const float *bias;      /* [4 gates][units] */
    int32_t batch, steps, inputs, units;
    int32_t reverse, last; /* from the last step on; only the last output is wanted */
    float slope;           /* of a gate that is a line; 0: logistic */
    float clip;            /* bound of the cell state */
} nn_lstm_f32_layer;

/* One step of one sample: x [inputs]; h, c [units] are updated; sums [4][units]. */
NN_PART void nn_lstm_f32_step(const nn_lstm_f32_layer *layer, const float *x, float *h, float *c, float *sums)
{
    const int32_t units = layer->units;
    int32_t i;
    for (i = 0; i < 4 * units; ++i) {
        sums[i] = layer->bias[i] + nn_gates_dot_f32(layer->weights + i * layer->inputs, x, layer->inputs) +
                  nn_gates_dot_f32(layer->recurrent + i * units, h, units);
    }
    for (i = 0; i < units; ++i) {
        const float kept = nn_gate_f32(sums[units + i], layer->slope) * c[i];
        const float added = nn_gate_f32(sums[i], layer->slope) * tanhf(sums[2 * units + i]);
        c[i] = nn_clamp_f32(kept + added, -layer->clip, layer->clip);
        h[i] = nn_gate_f32(sums[3 * units + i], layer->slope) * tanhf(c[i]);
    }
}

/* All steps of sample n. */
NN_PART void nn_lstm_f32_sequence(const nn_lstm_f32_layer *layer, int32_t n, const float *x, float *h, float *c,
                                  float *y, float *sums)
{
    const int32_t units = layer->units;
    int32_t i;
    for (i = 0; i < layer->steps; ++i) {
        const int32_t t = layer->reverse ? layer->steps - 1 - i : i;
        nn_lstm_f32_step(layer, x + (n * layer->steps + t) * layer->inputs, h, c, sums);
        if (!layer->last) {
            nn_gates_copy_f32(y + (n * layer->steps + t) * units, h, units);
        }
    }
    if (layer->last) {
        nn_gates_copy_f32(y + n * units, h, units);
    }
}

/*
 * Long short-term memory from a state.
 * x          [batch][steps][inputs]
 * h, c       [batch][units]: output and cell of the step before; updated
 * y          [batch][steps][units], or [batch][units]
 * scratch    [4][units]
 */
NN_KERNEL void nn_lstm_state_f32(const nn_lstm_f32_layer *layer, const float *x, float *h, float *c, float *y,
                                 int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_lstm_f32_sequence(layer, n, x, h + n * layer->units, c + n * layer->units, y,
                             (float *)(void *)scratch);
    }
}

/* The same from zeros; scratch [6][units]. */
NN_KERNEL void nn_lstm_f32(const nn_lstm_f32_layer *layer, const float *x, float *y, int8_t *scratch)
{
    float *const sums = (float *)(void *)scratch;
    float *const h = sums + 4 * layer->units;
    float *const c = h + layer->units;
    int32_t n, i;
    for (n = 0; n < layer->batch; ++n) {
        for (i = 0; i < 2 * layer->units; ++i) {
            h[i] = 0.0f;
        }
        nn_lstm_f32_sequence(layer, n, x, h, c, y, sums);
    }
}

#endif
