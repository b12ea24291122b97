#ifndef NN_DSP_MATMUL_S8_H
#define NN_DSP_MATMUL_S8_H

#include "nn_common.h"
#include "nn_dsp_3x2_s8.h"
#include "nn_dsp_blocks_3x2_s8.h"
#include "nn_dsp_wide_3x2_s8.h"

/* How weights are stored. */
enum {
    NN_DSP_NARROW, /* groups of 2 channels as nn_dsp_3x2 takes them: 8 bits */
    NN_DSP_WIDE,   /* as nn_dsp_wide_3x2 takes them: 16 bits */
    NN_DSP_BLOCKS  /* as nn_dsp_blocks_3x2 takes them: sparse */
};

/* A matrix of weights and the numbers of its channels. */
typedef struct nn_dsp_matrix {
    const int32_t *weights; /* groups of 2 channels */
    int32_t whole, length;  /* words: of groups whose channels are both there, of all groups */
    int32_t blocks;         /* of 4 taps */
    int32_t channels;
    int32_t form; /* one of the enum above */
    int32_t away; /* do halves of negative sums go away from zero? */
} nn_dsp_matrix;

/* Groups of 2 channels. */
NN_INLINE void nn_dsp_groups_3(const nn_dsp_matrix *m, const int32_t *w, const int32_t *w_end, const int32_t *strip,
                               int8_t *y0, int8_t *y1, int8_t *y2)
{
    if (m->form == NN_DSP_WIDE) {
        if (m->away) {
            nn_dsp_wide_3x2_away(w, w_end, strip, m->blocks, y0, y1, y2);
        } else {
            nn_dsp_wide_3x2_up(w, w_end, strip, m->blocks, y0, y1, y2);
        }
    } else if (m->form == NN_DSP_BLOCKS) {
        if (m->away) {
            nn_dsp_blocks_3x2_away(w, w_end, strip, m->blocks, y0, y1, y2);
        } else {
            nn_dsp_blocks_3x2_up(w, w_end, strip, m->blocks, y0, y1, y2);
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
    const int32_t even = m->channels / 2 * 2;
    const int32_t *const w_whole = m->weights + m->whole;
    if (even > 0) {
        nn_dsp_groups_3(m, m->weights, w_whole, strip, y0, y1, y2);
    }
    if (m->channels % 2 != 0) {
        int8_t last[6];
        nn_dsp_groups_3(m, w_whole, m->weights + m->length, strip, last, last + 2, last + 4);
        y0[even] = last[0];
        y1[even] = last[2];
        y2[even] = last[4];
    }
}

#endif
