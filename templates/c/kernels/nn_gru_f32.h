#ifndef NN_GRU_F32_H
#define NN_GRU_F32_H

#include "nn_gates_f32.h"

typedef struct nn_gru_f32_layer {
    const float *weights;   /* [3 gates][units][inputs]: update, reset, new */
    const float *recurrent; /* [3 gates][units][units] */
    const float *bias;      /* [6][units]: of the input's part, of the state's part */
    int32_t batch, steps, inputs, units;
    int32_t reverse, last; /* from the last step on; only the last output is wanted */
    int32_t reset_after;   /* the reset gate multiplies the state's part of the new value, else the state */
    float slope;           /* of a gate that is a line; 0: logistic */
} nn_gru_f32_layer;

/* Row of gate g: the input's part. */
NN_INLINE float nn_gru_f32_in(const nn_gru_f32_layer *layer, int32_t row, const float *x)
{
    return layer->bias[row] + nn_gates_dot_f32(layer->weights + row * layer->inputs, x, layer->inputs);
}

/* The state's part. */
NN_INLINE float nn_gru_f32_past(const nn_gru_f32_layer *layer, int32_t row, const float *h)
{
    return layer->bias[3 * layer->units + row] +
           nn_gates_dot_f32(layer->recurrent + row * layer->units, h, layer->units);
}

/* One step of one sample: x [inputs]; h [units] is updated; work [3][units]. */
NN_PART void nn_gru_f32_step(const nn_gru_f32_layer *layer, const float *x, float *h, float *work)
{
    const int32_t units = layer->units;
    float *const update = work;
    float *const masked = work + units;
    float *const fresh = masked + units;
    int32_t i;
    for (i = 0; i < units; ++i) {
        const float reset = nn_gate_f32(
            nn_gru_f32_in(layer, units + i, x) + nn_gru_f32_past(layer, units + i, h), layer->slope);
        update[i] = nn_gate_f32(nn_gru_f32_in(layer, i, x) + nn_gru_f32_past(layer, i, h), layer->slope);
        masked[i] = layer->reset_after ? reset * nn_gru_f32_past(layer, 2 * units + i, h) : reset * h[i];
    }
    for (i = 0; i < units; ++i) {
        const float past = layer->reset_after ? masked[i] : nn_gru_f32_past(layer, 2 * units + i, masked);
        fresh[i] = tanhf(nn_gru_f32_in(layer, 2 * units + i, x) + past);
    }
    for (i = 0; i < units; ++i) {
        h[i] = update[i] * h[i] + (1.0f - update[i]) * fresh[i];
    }
}

/* All steps of sample n. */
NN_PART void nn_gru_f32_sequence(const nn_gru_f32_layer *layer, int32_t n, const float *x, float *h, float *y,
                                 float *work)
{
    const int32_t units = layer->units;
    int32_t i;
    for (i = 0; i < layer->steps; ++i) {
        const int32_t t = layer->reverse ? layer->steps - 1 - i : i;
        nn_gru_f32_step(layer, x + (n * layer->steps + t) * layer->inputs, h, work);
        if (!layer->last) {
            nn_gates_copy_f32(y + (n * layer->steps + t) * units, h, units);
        }
    }
    if (layer->last) {
        nn_gates_copy_f32(y + n * units, h, units);
    }
}

/*
 * Gated recurrent unit from a state.
 * x          [batch][steps][inputs]
 * h          [batch][units]: output of the step before; updated
 * y          [batch][steps][units], or [batch][units]
 * scratch    [3][units]
 */
NN_KERNEL void nn_gru_state_f32(const nn_gru_f32_layer *layer, const float *x, float *h, float *y, int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_gru_f32_sequence(layer, n, x, h + n * layer->units, y, (float *)(void *)scratch);
    }
}

/* The same from zeros; scratch [4][units]. */
NN_KERNEL void nn_gru_f32(const nn_gru_f32_layer *layer, const float *x, float *y, int8_t *scratch)
{
    float *const work = (float *)(void *)scratch;
    float *const h = work + 3 * layer->units;
    int32_t n, i;
    for (n = 0; n < layer->batch; ++n) {
        for (i = 0; i < layer->units; ++i) {
            h[i] = 0.0f;
        }
        nn_gru_f32_sequence(layer, n, x, h, y, work);
    }
}

#endif
