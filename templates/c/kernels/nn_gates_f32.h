#ifndef NN_GATES_F32_H
#define NN_GATES_F32_H

#include "nn_common.h"
#include "nn_common_f32.h"
#include <math.h>

/* Sum of products of a row of weights and a vector. */
NN_PART float nn_gates_dot_f32(const float *w, const float *v, int32_t count)
{
    float even = 0.0f;
    float odd = 0.0f;
    int32_t i;
    for (i = 0; i + 1 < count; i += 2) {
        even += w[i] * v[i];
        odd += w[i + 1] * v[i + 1];
    }
    if (i < count) {
        even += w[i] * v[i];
    }
    return even + odd;
}

/* The function of a gate: logistic, or with slope != 0 the line slope * x + 0.5, clamped to [0, 1]. */
NN_INLINE float nn_gate_f32(float x, float slope)
{
    return slope > 0.0f ? nn_clamp_f32(slope * x + 0.5f, 0.0f, 1.0f) : 1.0f / (1.0f + expf(-x));
}

/* Copies an output row. */
NN_INLINE void nn_gates_copy_f32(float *to, const float *from, int32_t count)
{
    int32_t i;
    for (i = 0; i < count; ++i) {
        to[i] = from[i];
    }
}

#endif
