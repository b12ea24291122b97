#ifndef NN_WINDOW_H
#define NN_WINDOW_H

#include "nn_common.h"

/*
 * Slides a window of rows down a tensor that is computed as it is read.
 * window     the rows [*first, *end) of the tensor, row_bytes each, from the start of the window
 * wanted     first row wanted next; negative rows lie in the padding
 * count      rows wanted
 * height     rows of the whole tensor
 * Rows no longer wanted are dropped, the others move to the start. Returns one past the last wanted row: the caller
 * computes rows [*end, result) behind those that stay, then sets *end to the result.
 */
NN_PART int32_t nn_window_slide(int8_t *window, int32_t row_bytes, int32_t wanted, int32_t count, int32_t height,
                               int32_t *first, int32_t *end)
{
    const int32_t from = wanted < 0 ? 0 : wanted;
    const int32_t to = wanted + count < height ? wanted + count : height;
    if (from < *end) {
        (void)memmove(window, window + (from - *first) * row_bytes, (size_t)((*end - from) * row_bytes));
    } else {
        *end = from;
    }
    *first = from;
    return to;
}

#endif
