#ifndef NN_LSTM_S8_H
#define NN_LSTM_S8_H

#include "nn_gates_s8.h"

typedef struct nn_lstm_s8_layer {
    const int8_t *weights;   /* [4 gates][units][inputs]: input, forget, cell, output */
    const int8_t *recurrent; /* [4 gates][units][units] */
    const int32_t *bias;     /* [2][4 gates][units]: of the input's part, of the state's; zero points folded in */
    const int32_t *gates;    /* [4 gates][multiplier, shift of the input's part, of the state's part] */
    int32_t batch, steps, inputs, units;
    int32_t reverse, last;          /* from the last step on; only the last output is wanted */
    int32_t forget, forget_shift;   /* forget gate * cell -> cell */
    int32_t fresh, fresh_shift;     /* input gate * new value -> cell */
    int32_t output, output_shift;   /* output gate * tanh(cell) -> output */
    int32_t out_zero;
    int32_t tanh, tanh_shift;       /* cell -> steps of the table */
    int32_t clip;                   /* bound of the cell state */
} nn_lstm_s8_layer;

/* Gate sums [4][units] in Q3.12. */
NN_PART void nn_lstm_s8_sums(const nn_lstm_s8_layer *layer, const int8_t *x, const int8_t *h, int16_t *sums)
{
    const int32_t units = layer->units;
    int32_t gate, u;
    for (gate = 0; gate < 4; ++gate) {
        const int32_t *const g = layer->gates + 4 * gate;
        for (u = 0; u < units; ++u) {
            const int32_t row = gate * units + u;
            const int8_t *const w = layer->weights + row * layer->inputs;
            const int8_t *const r = layer->recurrent + row * units;
            const int32_t in = nn_gates_part_s8(w, x, layer->inputs, layer->bias[row], g[0], g[1]);
            const int32_t past = nn_gates_part_s8(r, h, units, layer->bias[4 * units + row], g[2], g[3]);
            sums[row] = (int16_t)nn_gates_clamp_s16(in + past);
        }
    }
}

/* One step of one sample: x [inputs]; h, c [units] are updated; sums [4][units]. */
NN_PART void nn_lstm_s8_step(const nn_lstm_s8_layer *layer, const int8_t *x, int8_t *h, int16_t *c, int16_t *sums)
{
    const int32_t units = layer->units;
    int32_t u;
    nn_lstm_s8_sums(layer, x, h, sums);
    for (u = 0; u < units; ++u) {
        const int32_t in = nn_logistic_q15(sums[u]);
        const int32_t forget = nn_logistic_q15(sums[units + u]);
        const int32_t fresh = nn_tanh_q15(sums[2 * units + u], 3, 0);
        const int32_t out = nn_logistic_q15(sums[3 * units + u]);
        const int32_t kept = nn_gates_clamp_s16(nn_requantize(forget * c[u], layer->forget, layer->forget_shift));
        const int32_t added = nn_gates_clamp_s16(nn_requantize(in * fresh, layer->fresh, layer->fresh_shift));
        const int32_t cell = nn_clamp(nn_gates_clamp_s16(kept + added), -layer->clip, layer->clip);
        const int32_t shown = out * nn_tanh_q15(cell, layer->tanh, layer->tanh_shift);
        c[u] = (int16_t)cell;
        h[u] = (int8_t)nn_clamp(nn_requantize(shown, layer->output, layer->output_shift) + layer->out_zero, -128, 127);
    }
}

/* All steps of sample n. */
NN_PART void nn_lstm_s8_sequence(const nn_lstm_s8_layer *layer, int32_t n, const int8_t *x, int8_t *h, int16_t *c,
                                 int8_t *y, int16_t *sums)
{
    const int32_t units = layer->units;
    int32_t i;
    for (i = 0; i < layer->steps; ++i) {
        const int32_t t = layer->reverse ? layer->steps - 1 - i : i;
        nn_lstm_s8_step(layer, x + (n * layer->steps + t) * layer->inputs, h, c, sums);
        if (!layer->last) {
            nn_copy_bytes(y + (n * layer->steps + t) * units, h, (size_t)units);
        }
    }
    if (layer->last) {
        nn_copy_bytes(y + n * units, h, (size_t)units);
    }
}

/*
 * Long short-term memory from a state: TFLite Micro's arithmetic with a 16-bit cell state.
 * x          [batch][steps][inputs]
 * h, c       [batch][units]: output and cell of the step before; updated
 * y          [batch][steps][units], or [batch][units]
 * scratch    [4][units] of 16 bits
 */
NN_KERNEL void nn_lstm_state_s8(const nn_lstm_s8_layer *layer, const int8_t *x, int8_t *h, int16_t *c, int8_t *y,
                                int8_t *scratch)
{
    int32_t n;
    for (n = 0; n < layer->batch; ++n) {
        nn_lstm_s8_sequence(layer, n, x, h + n * layer->units, c + n * layer->units, y,
                            (int16_t *)(void *)scratch);
    }
}

/* The same from zeros; scratch [5][units] of 16 bits, [units] of 8 bits. */
NN_KERNEL void nn_lstm_s8(const nn_lstm_s8_layer *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    const int32_t units = layer->units;
    int16_t *const sums = (int16_t *)(void *)scratch;
    int16_t *const c = sums + 4 * units;
    int8_t *const h = scratch + 10 * units;
    int32_t n, u;
    for (n = 0; n < layer->batch; ++n) {
        for (u = 0; u < units; ++u) {
            c[u] = 0;
            h[u] = (int8_t)layer->out_zero;
        }
        nn_lstm_s8_sequence(layer, n, x, h, c, y, sums);
    }
}

#endif
