#ifndef NN_GRU_S8_H
#define NN_GRU_S8_H

#include "nn_gates_s8.h"

typedef struct nn_gru_s8_layer {
    const int8_t *weights;   /* [3 gates][units][inputs]: update, reset, new */
    const int8_t *recurrent; /* [3 gates][units][units] */
    const int32_t *bias;     /* [2][3 gates][units]: of the input's part, of the state's; zero points folded in */
    const int32_t *gates;    /* [3 gates][multiplier, shift of the input's part, of the state's part] */
    int32_t batch, steps, inputs, units;
    int32_t reverse, last;        /* from the last step on; only the last output is wanted */
    int32_t reset_after;          /* the reset gate multiplies the state's part of the new value, else the state */
    int32_t output, output_shift; /* state in Q0.15 -> output */
    int32_t out_zero;
} nn_gru_s8_layer;

/* The input's part of a gate's sum, in Q3.12. */
NN_PART int32_t nn_gru_s8_in(const nn_gru_s8_layer *layer, int32_t gate, int32_t unit, const int8_t *x)
{
    const int32_t row = gate * layer->units + unit;
    const int32_t *const g = layer->gates + 4 * gate;
    return nn_gates_part_s8(layer->weights + row * layer->inputs, x, layer->inputs, layer->bias[row], g[0], g[1]);
}

/* The state's part; h [units] as the output has it. */
NN_PART int32_t nn_gru_s8_past(const nn_gru_s8_layer *layer, int32_t gate, int32_t unit, const int8_t *h)
{
    const int32_t units = layer->units;
    const int32_t row = gate * units + unit;
    const int32_t *const g = layer->gates + 4 * gate;
    return nn_gates_part_s8(layer->recurrent + row * units, h, units, layer->bias[3 * units + row], g[2], g[3]);
}

/* The update or the reset gate in Q0.15. */
NN_INLINE int32_t nn_gru_s8_gate(const nn_gru_s8_layer *layer, int32_t gate, int32_t unit, const int8_t *x,
                                 const int8_t *h)
{
    return nn_logistic_q15(
        nn_gates_clamp_s16(nn_gru_s8_in(layer, gate, unit, x) + nn_gru_s8_past(layer, gate, unit, h)));
}

/* A state in Q0.15 as the output has it. */
NN_PART int8_t nn_gru_s8_narrow(const nn_gru_s8_layer *layer, int32_t h)
{
    return (int8_t)nn_clamp(nn_requantize(h, layer->output, layer->output_shift) + layer->out_zero, -128, 127);
}

/* a / 2^15, halves rounded up. */
NN_INLINE int32_t nn_gru_s8_round(int32_t a)
{
    return (a + ((int32_t)1 << 14)) >> 15;
}

/*
 * One step of one sample: x [inputs]; h [units] is updated, and h8, which is h as the output has it.
 * work       [2][units] of 16 bits: update gates; the state's part of the new values
 * masked     [units]: the state times the reset gates, in place of that part
 */
NN_PART void nn_gru_s8_step(const nn_gru_s8_layer *layer, const int8_t *x, int16_t *h, int8_t *h8, int16_t *work,
                            int8_t *masked)
{
    const int32_t units = layer->units;
    int16_t *const part = work + units;
    int32_t i;
    for (i = 0; i < units; ++i) {
        const int32_t reset = nn_gru_s8_gate(layer, 1, i, x, h8);
        work[i] = (int16_t)nn_gru_s8_gate(layer, 0, i, x, h8);
        if (layer->reset_after) {
            part[i] = (int16_t)nn_gru_s8_round(reset * nn_gru_s8_past(layer, 2, i, h8));
        } else {
            masked[i] = nn_gru_s8_narrow(layer, nn_gru_s8_round(reset * h[i]));
        }
    }
    for (i = 0; i < units; ++i) {
        const int32_t past = layer->reset_after ? part[i] : nn_gru_s8_past(layer, 2, i, masked);
        const int32_t fresh = nn_tanh_q15(nn_gates_clamp_s16(nn_gru_s8_in(layer, 2, i, x) + past), 3, 0);
        h[i] = (int16_t)nn_gru_s8_round(work[i] * h[i] + (32768 - work[i]) * fresh);
        h8[i] = nn_gru_s8_narrow(layer, h[i]);
    }
}

/* All steps of sample n. */
NN_PART void nn_gru_s8_sequence(const nn_gru_s8_layer *layer, int32_t n, const int8_t *x, int16_t *h, int8_t *y,
                                int8_t *scratch)
{
    const int32_t units = layer->units;
    int16_t *const work = (int16_t *)(void *)scratch;
    int8_t *const masked = scratch + 2 * units;
    int8_t *const h8 = scratch + 4 * units;
    int32_t i;
    for (i = 0; i < units; ++i) {
        h8[i] = nn_gru_s8_narrow(layer, h[i]);
    }
    for (i = 0; i < layer->steps; ++i) {
        const int32_t t = layer->reverse ? layer->steps - 1 - i : i;
        nn_gru_s8_step(layer, x + (n * layer->steps + t) * layer->inputs, h, h8, work, masked);
        if (!layer->last) {
            nn_copy_bytes(y + (n * layer->steps + t) * units, h8, (size_t)units);
        }
    }
    if (layer->last) {
        nn_copy_bytes(y + n * units, h8, (size_t)units);
    }
}

/*
 * Gated recurrent unit from a state: gates in Q3.12, the state in Q0.15, products with weights of the state in 8 bits.
 * x          [batch][steps][inputs]
 * h          [batch][units]: the state after the step before; updated
 * y          [batch][steps][units], or [batch][units]
 * scratch    [2][units] of 16 bits, [units] of 8 bits
 */
NN_KERNEL void nn_gru_state_s8(const nn_gru_s8_layer *layer, const int8_t *x, int16_t *h, int8_t *y, int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_gru_s8_sequence(layer, n, x, h + n * layer->units, y, scratch);
    }
}

/* The same from zeros; scratch [3][units] of 16 bits, [units] of 8 bits. */
NN_KERNEL void nn_gru_s8(const nn_gru_s8_layer *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    int16_t *const h = (int16_t *)(void *)scratch;
    int32_t n, u;
    for (n = 0; n < layer->batch; ++n) {
        for (u = 0; u < layer->units; ++u) {
            h[u] = 0;
        }
        nn_gru_s8_sequence(layer, n, x, h, y, scratch + 2 * layer->units);
    }
}

#endif
