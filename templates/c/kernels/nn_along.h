#ifndef NN_ALONG_H
#define NN_ALONG_H

#include "nn_common.h"

typedef struct nn_along_layer {
    int32_t outer, size, inner; /* x [outer][size][inner] */
    int32_t sign;               /* 1: the greatest, -1: the least */
    int32_t last;               /* not 0: the last of equal ones */
    int32_t k;                  /* of top_k: how many */
} nn_along_layer;

/* Does a come before b, greatest first (or least first)? */
NN_INLINE int32_t nn_before_f32(float a, float b, int32_t sign)
{
    return sign > 0 ? a > b : a < b;
}

/* Position of the greatest (least) value along an axis; y [outer][inner]; may not overlap. */
NN_KERNEL void nn_arg_f32(const nn_along_layer *layer, const float *x, int32_t *y)
{
    const int32_t inner = layer->inner;
    int32_t o, i, k;
    for (o = 0; o < layer->outer; ++o) {
        for (i = 0; i < inner; ++i) {
            int32_t best = 0;
            for (k = 1; k < layer->size; ++k) {
                const float a = x[k * inner + i];
                const float b = x[best * inner + i];
                if (nn_before_f32(a, b, layer->sign) || (layer->last != 0 && !nn_before_f32(b, a, layer->sign))) {
                    best = k;
                }
            }
            *y++ = best;
        }
        x += layer->size * inner;
    }
}

/* Positions of the k greatest (least) values along an axis, in order; y [outer][k][inner]; may not overlap. */
NN_KERNEL void nn_top_k_indices_f32(const nn_along_layer *layer, const float *x, int32_t *y)
{
    const int32_t inner = layer->inner;
    int32_t o, i, n, at;
    for (o = 0; o < layer->outer; ++o) {
        for (i = 0; i < inner; ++i) {
            for (n = 0; n < layer->size; ++n) {
                const float v = x[n * inner + i];
                at = n < layer->k ? n : layer->k;
                while (at > 0 && nn_before_f32(v, x[y[(at - 1) * inner + i] * inner + i], layer->sign)) {
                    if (at < layer->k) {
                        y[at * inner + i] = y[(at - 1) * inner + i];
                    }
                    --at;
                }
                if (at < layer->k) {
                    y[at * inner + i] = n;
                }
            }
        }
        x += layer->size * inner;
        y += layer->k * inner;
    }
}

/* The values themselves; otherwise as nn_top_k_indices_f32. */
NN_KERNEL void nn_top_k_values_f32(const nn_along_layer *layer, const float *x, float *y)
{
    const int32_t inner = layer->inner;
    int32_t o, i, n, at;
    for (o = 0; o < layer->outer; ++o) {
        for (i = 0; i < inner; ++i) {
            for (n = 0; n < layer->size; ++n) {
                const float v = x[n * inner + i];
                at = n < layer->k ? n : layer->k;
                while (at > 0 && nn_before_f32(v, y[(at - 1) * inner + i], layer->sign)) {
                    if (at < layer->k) {
                        y[at * inner + i] = y[(at - 1) * inner + i];
                    }
                    --at;
                }
                if (at < layer->k) {
                    y[at * inner + i] = v;
                }
            }
        }
        x += layer->size * inner;
        y += layer->k * inner;
    }
}

/* Does a come before b, greatest first (or least first)? */
NN_INLINE int32_t nn_before_s8(int8_t a, int8_t b, int32_t sign)
{
    return sign > 0 ? a > b : a < b;
}

/* Position of the greatest (least) value along an axis; y [outer][inner]; may not overlap. */
NN_KERNEL void nn_arg_s8(const nn_along_layer *layer, const int8_t *x, int32_t *y)
{
    const int32_t inner = layer->inner;
    int32_t o, i, k;
    for (o = 0; o < layer->outer; ++o) {
        for (i = 0; i < inner; ++i) {
            int32_t best = 0;
            for (k = 1; k < layer->size; ++k) {
                const int8_t a = x[k * inner + i];
                const int8_t b = x[best * inner + i];
                if (nn_before_s8(a, b, layer->sign) || (layer->last != 0 && !nn_before_s8(b, a, layer->sign))) {
                    best = k;
                }
            }
            *y++ = best;
        }
        x += layer->size * inner;
    }
}

/* Positions of the k greatest (least) values along an axis, in order; y [outer][k][inner]; may not overlap. */
NN_KERNEL void nn_top_k_indices_s8(const nn_along_layer *layer, const int8_t *x, int32_t *y)
{
    const int32_t inner = layer->inner;
    int32_t o, i, n, at;
    for (o = 0; o < layer->outer; ++o) {
        for (i = 0; i < inner; ++i) {
            for (n = 0; n < layer->size; ++n) {
                const int8_t v = x[n * inner + i];
                at = n < layer->k ? n : layer->k;
                while (at > 0 && nn_before_s8(v, x[y[(at - 1) * inner + i] * inner + i], layer->sign)) {
                    if (at < layer->k) {
                        y[at * inner + i] = y[(at - 1) * inner + i];
                    }
                    --at;
                }
                if (at < layer->k) {
                    y[at * inner + i] = n;
                }
            }
        }
        x += layer->size * inner;
        y += layer->k * inner;
    }
}

/* The values themselves; otherwise as nn_top_k_indices_s8. */
NN_KERNEL void nn_top_k_values_s8(const nn_along_layer *layer, const int8_t *x, int8_t *y)
{
    const int32_t inner = layer->inner;
    int32_t o, i, n, at;
    for (o = 0; o < layer->outer; ++o) {
        for (i = 0; i < inner; ++i) {
            for (n = 0; n < layer->size; ++n) {
                const int8_t v = x[n * inner + i];
                at = n < layer->k ? n : layer->k;
                while (at > 0 && nn_before_s8(v, y[(at - 1) * inner + i], layer->sign)) {
                    if (at < layer->k) {
                        y[at * inner + i] = y[(at - 1) * inner + i];
                    }
                    --at;
                }
                if (at < layer->k) {
                    y[at * inner + i] = v;
                }
            }
        }
        x += layer->size * inner;
        y += layer->k * inner;
    }
}

/* Does a come before b, greatest first (or least first)? */
NN_INLINE int32_t nn_before_s16(int16_t a, int16_t b, int32_t sign)
{
    return sign > 0 ? a > b : a < b;
}

/* Position of the greatest (least) value along an axis; y [outer][inner]; may not overlap. */
NN_KERNEL void nn_arg_s16(const nn_along_layer *layer, const int16_t *x, int32_t *y)
{
    const int32_t inner = layer->inner;
    int32_t o, i, k;
    for (o = 0; o < layer->outer; ++o) {
        for (i = 0; i < inner; ++i) {
            int32_t best = 0;
            for (k = 1; k < layer->size; ++k) {
                const int16_t a = x[k * inner + i];
                const int16_t b = x[best * inner + i];
                if (nn_before_s16(a, b, layer->sign) || (layer->last != 0 && !nn_before_s16(b, a, layer->sign))) {
                    best = k;
                }
            }
            *y++ = best;
        }
        x += layer->size * inner;
    }
}

/* Positions of the k greatest (least) values along an axis, in order; y [outer][k][inner]; may not overlap. */
NN_KERNEL void nn_top_k_indices_s16(const nn_along_layer *layer, const int16_t *x, int32_t *y)
{
    const int32_t inner = layer->inner;
    int32_t o, i, n, at;
    for (o = 0; o < layer->outer; ++o) {
        for (i = 0; i < inner; ++i) {
            for (n = 0; n < layer->size; ++n) {
                const int16_t v = x[n * inner + i];
                at = n < layer->k ? n : layer->k;
                while (at > 0 && nn_before_s16(v, x[y[(at - 1) * inner + i] * inner + i], layer->sign)) {
                    if (at < layer->k) {
                        y[at * inner + i] = y[(at - 1) * inner + i];
                    }
                    --at;
                }
                if (at < layer->k) {
                    y[at * inner + i] = n;
                }
            }
        }
        x += layer->size * inner;
        y += layer->k * inner;
    }
}

/* The values themselves; otherwise as nn_top_k_indices_s16. */
NN_KERNEL void nn_top_k_values_s16(const nn_along_layer *layer, const int16_t *x, int16_t *y)
{
    const int32_t inner = layer->inner;
    int32_t o, i, n, at;
    for (o = 0; o < layer->outer; ++o) {
        for (i = 0; i < inner; ++i) {
            for (n = 0; n < layer->size; ++n) {
                const int16_t v = x[n * inner + i];
                at = n < layer->k ? n : layer->k;
                while (at > 0 && nn_before_s16(v, y[(at - 1) * inner + i], layer->sign)) {
                    if (at < layer->k) {
                        y[at * inner + i] = y[(at - 1) * inner + i];
                    }
                    --at;
                }
                if (at < layer->k) {
                    y[at * inner + i] = v;
                }
            }
        }
        x += layer->size * inner;
        y += layer->k * inner;
    }
}

/* Does a come before b, greatest first (or least first)? */
NN_INLINE int32_t nn_before_s32(int32_t a, int32_t b, int32_t sign)
{
    return sign > 0 ? a > b : a < b;
}

/* Position of the greatest (least) value along an axis; y [outer][inner]; may not overlap. */
NN_KERNEL void nn_arg_s32(const nn_along_layer *layer, const int32_t *x, int32_t *y)
{
    const int32_t inner = layer->inner;
    int32_t o, i, k;
    for (o = 0; o < layer->outer; ++o) {
        for (i = 0; i < inner; ++i) {
            int32_t best = 0;
            for (k = 1; k < layer->size; ++k) {
                const int32_t a = x[k * inner + i];
                const int32_t b = x[best * inner + i];
                if (nn_before_s32(a, b, layer->sign) || (layer->last != 0 && !nn_before_s32(b, a, layer->sign))) {
                    best = k;
                }
            }
            *y++ = best;
        }
        x += layer->size * inner;
    }
}

/* Positions of the k greatest (least) values along an axis, in order; y [outer][k][inner]; may not overlap. */
NN_KERNEL void nn_top_k_indices_s32(const nn_along_layer *layer, const int32_t *x, int32_t *y)
{
    const int32_t inner = layer->inner;
    int32_t o, i, n, at;
    for (o = 0; o < layer->outer; ++o) {
        for (i = 0; i < inner; ++i) {
            for (n = 0; n < layer->size; ++n) {
                const int32_t v = x[n * inner + i];
                at = n < layer->k ? n : layer->k;
                while (at > 0 && nn_before_s32(v, x[y[(at - 1) * inner + i] * inner + i], layer->sign)) {
                    if (at < layer->k) {
                        y[at * inner + i] = y[(at - 1) * inner + i];
                    }
                    --at;
                }
                if (at < layer->k) {
                    y[at * inner + i] = n;
                }
            }
        }
        x += layer->size * inner;
        y += layer->k * inner;
    }
}

/* The values themselves; otherwise as nn_top_k_indices_s32. */
NN_KERNEL void nn_top_k_values_s32(const nn_along_layer *layer, const int32_t *x, int32_t *y)
{
    const int32_t inner = layer->inner;
    int32_t o, i, n, at;
    for (o = 0; o < layer->outer; ++o) {
        for (i = 0; i < inner; ++i) {
            for (n = 0; n < layer->size; ++n) {
                const int32_t v = x[n * inner + i];
                at = n < layer->k ? n : layer->k;
                while (at > 0 && nn_before_s32(v, y[(at - 1) * inner + i], layer->sign)) {
                    if (at < layer->k) {
                        y[at * inner + i] = y[(at - 1) * inner + i];
                    }
                    --at;
                }
                if (at < layer->k) {
                    y[at * inner + i] = v;
                }
            }
        }
        x += layer->size * inner;
        y += layer->k * inner;
    }
}

typedef struct nn_cumsum_layer {
    int32_t outer, size, inner; /* x [outer][size][inner] */
    int32_t exclusive;          /* not 0: without the element itself */
    int32_t reverse;            /* not 0: from the end */
} nn_cumsum_layer;

/* Running sums along an axis; y [outer][size][inner]; may be x. */
NN_KERNEL void nn_cumsum_f32(const nn_cumsum_layer *layer, const float *x, float *y)
{
    const int32_t inner = layer->inner;
    int32_t o, i, n;
    for (o = 0; o < layer->outer; ++o) {
        for (i = 0; i < inner; ++i) {
            float sum = 0.0f;
            for (n = 0; n < layer->size; ++n) {
                const int32_t at = (layer->reverse != 0 ? layer->size - 1 - n : n) * inner + i;
                const float v = x[at];
                const float next = sum + v;
                y[at] = layer->exclusive != 0 ? sum : next;
                sum = next;
            }
        }
        x += layer->size * inner;
        y += layer->size * inner;
    }
}

/* Running sums along an axis; y [outer][size][inner]; may be x. */
NN_KERNEL void nn_cumsum_s32(const nn_cumsum_layer *layer, const int32_t *x, int32_t *y)
{
    const int32_t inner = layer->inner;
    int32_t o, i, n;
    for (o = 0; o < layer->outer; ++o) {
        for (i = 0; i < inner; ++i) {
            int32_t sum = 0;
            for (n = 0; n < layer->size; ++n) {
                const int32_t at = (layer->reverse != 0 ? layer->size - 1 - n : n) * inner + i;
                const int32_t v = x[at];
                const int32_t next = (int32_t)((uint32_t)sum + (uint32_t)v);
                y[at] = layer->exclusive != 0 ? sum : next;
                sum = next;
            }
        }
        x += layer->size * inner;
        y += layer->size * inner;
    }
}

#endif
