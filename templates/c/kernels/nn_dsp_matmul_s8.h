#ifndef NN_DSP_MATMUL_S8_H
#define NN_DSP_MATMUL_S8_H

#include "nn_common.h"
#include "nn_dsp_3x2_s8.h"
#include "nn_dsp_wide_3x2_s8.h"

/* A matrix of weights and the numbers of its channels. */
typedef struct nn_dsp_matrix {
    const int32_t *weights; /* groups of 2 channels, as nn_dsp_3x2 or nn_dsp_wide_3x2 takes them */
    int32_t blocks;         /* of 4 taps */
    int32_t channels;
    int32_t wide; /* are weights 16 bits? */
    int32_t away; /* do halves of negative sums go away from zero? */
} nn_dsp_matrix;

/* Whole groups of 2 channels. */
NN_INLINE void nn_dsp_groups_3(const nn_dsp_matrix *m, const int32_t *w, const int32_t *w_end, const int32_t *strip,
                               int8_t *y0, int8_t *y1, int8_t *y2)
{
    if (m->wide) {
        if (m->away) {
            nn_dsp_wide_3x2_away(w, w_end, strip, m->blocks, y0, y1, y2);
        } else {
            nn_dsp_wide_3x2_up(w, w_end, strip, m->blocks, y0, y1, y2);
        }
    } else if (m->away) {
        nn_dsp_3x2_away(w, w_end, strip, m->blocks, y0, y1, y2);
    } else {
        nn_dsp_3x2_up(w, w_end, strip, m->blocks, y0, y1, y2);
    }
}

/*
 * All channels of 3 pixels; y0 = y1 or y1 = y2 where pixels are the same. With an odd number of channels the last pair
 * goes through a buffer.
 */
NN_INLINE void nn_dsp_matmul_3(const nn_dsp_matrix *m, const int32_t *strip, int8_t *y0, int8_t *y1, int8_t *y2)
{
    const int32_t whole = m->channels / 2;
    const int32_t group = m->wide ? 4 * m->blocks + (m->away ? 8 : 6) : 2 * m->blocks + 2 * NN_DSP_NUMBERS;
    const int32_t *const w_end = m->weights + whole * group;
    if (whole > 0) {
        nn_dsp_groups_3(m, m->weights, w_end, strip, y0, y1, y2);
    }
    if (m->channels % 2 != 0) {
        int8_t last[6];
        nn_dsp_groups_3(m, w_end, w_end + group, strip, last, last + 2, last + 4);
        y0[2 * whole] = last[0];
        y1[2 * whole] = last[2];
        y2[2 * whole] = last[4];
    }
}

#endif
