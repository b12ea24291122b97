#ifndef NN_BATCH_MATMUL_H
#define NN_BATCH_MATMUL_H

#include "nn_broadcast.h"
#include "nn_common.h"

typedef struct nn_batch_matmul_f32_layer {
    const int32_t *axes;    /* of the batches, as nn_broadcast_offset takes it, in elements */
    int32_t batches;
    int32_t n, k, m;        /* [n][k] times [k][m] */
    int32_t a_row, a_step;  /* elements from row to row, and along k */
    int32_t b_column, b_step;
} nn_batch_matmul_f32_layer;

/* Products of matrices: y [batches][n][m]; may not overlap. */
NN_KERNEL void nn_batch_matmul_f32(const nn_batch_matmul_f32_layer *layer, const float *a, const float *b, float *y)
{
    int32_t batch, i, j, d;
    for (batch = 0; batch < layer->batches; ++batch) {
        const float *const from_a = a + nn_broadcast_offset(layer->axes, batch, 1);
        const float *const from_b = b + nn_broadcast_offset(layer->axes, batch, 2);
        for (i = 0; i < layer->n; ++i) {
            for (j = 0; j < layer->m; ++j) {
                const float *p = from_a + i * layer->a_row;
                const float *q = from_b + j * layer->b_column;
                float sum = 0.0f;
                for (d = 0; d < layer->k; ++d) {
                    sum += *p * *q;
                    p += layer->a_step;
                    q += layer->b_step;
                }
                *y++ = sum;
            }
        }
    }
}

typedef struct nn_batch_matmul_s8_layer {
    int32_t a_zero, b_zero, out_zero;
    int32_t multiplier;
    int32_t shift;          /* as nn_requantize takes it */
    const int32_t *axes;    /* of the batches, as nn_broadcast_offset takes it, in elements */
    int32_t batches;
    int32_t n, k, m;        /* [n][k] times [k][m] */
    int32_t a_row, a_step;  /* elements from row to row, and along k */
    int32_t b_column, b_step;
} nn_batch_matmul_s8_layer;

/* Products of stored values; otherwise as nn_batch_matmul_f32. Bit-exact with TFLite's int8 BATCH_MATMUL. */
NN_KERNEL void nn_batch_matmul_s8(const nn_batch_matmul_s8_layer *layer, const int8_t *a, const int8_t *b, int8_t *y)
{
    int32_t batch, i, j, d;
    for (batch = 0; batch < layer->batches; ++batch) {
        const int8_t *const from_a = a + nn_broadcast_offset(layer->axes, batch, 1);
        const int8_t *const from_b = b + nn_broadcast_offset(layer->axes, batch, 2);
        for (i = 0; i < layer->n; ++i) {
            for (j = 0; j < layer->m; ++j) {
                const int8_t *p = from_a + i * layer->a_row;
                const int8_t *q = from_b + j * layer->b_column;
                int32_t sum = 0;
                for (d = 0; d < layer->k; ++d) {
                    sum += (*p - layer->a_zero) * (*q - layer->b_zero);
                    p += layer->a_step;
                    q += layer->b_step;
                }
                sum = nn_requantize(sum, layer->multiplier, layer->shift) + layer->out_zero;
                *y++ = (int8_t)nn_clamp(sum, -128, 127);
            }
        }
    }
}

#endif
