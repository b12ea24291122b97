#ifndef NN_PACKED_MATMUL_S8_H
#define NN_PACKED_MATMUL_S8_H

#include "nn_common.h"
#include "nn_packed_6x1_s8.h"

/* A matrix whose rows of weights have `chunks` pieces of `depth` taps. */
NN_INLINE nn_packed_matrix nn_packed_matrix_of(const uint8_t *weights, const int32_t *numbers, int32_t channels,
                                               int32_t depth, int32_t chunks, int32_t away)
{
    const int32_t over = depth % NN_PACKED_UNROLL;
    const int32_t each = away || chunks > 1 ? NN_PACKED_MORE_NUMBERS : NN_PACKED_NUMBERS;
    const nn_packed_matrix m = {weights, numbers, numbers + channels * each, depth,
                                over == 0 ? 0 : NN_PACKED_UNROLL - over, chunks, away};
    return m;
}

/* Where the values of six pixels go, only `pixels` of them different. */
NN_INLINE void nn_packed_offsets(int32_t offsets[6], int32_t pixels, int32_t channels)
{
    int32_t i;
    for (i = 0; i < 6; ++i) {
        offsets[i] = nn_min(i, pixels - 1) * channels;
    }
}

/* All channels of six pixels; as nn_packed_6. */
NN_INLINE void nn_packed_matmul_6(const nn_packed_matrix *m, const uint32_t *strip, int8_t *y, const int32_t *offsets)
{
#if NN_PACKED_ASM
    if (m->away || m->chunks > 1) {
        nn_packed_6_any(m, strip, y, offsets);
        return;
    }
#endif
    nn_packed_6(m, strip, y, offsets);
}

#endif
