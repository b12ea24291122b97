#ifndef NN_MVE_WINDOW_S8_H
#define NN_MVE_WINDOW_S8_H

#include "nn_common.h"

/* First tap of a window from `start` on that does not lie before the image. */
NN_INLINE int32_t nn_mve_first_tap(int32_t start, int32_t dilation)
{
    return start >= 0 ? 0 : (dilation - 1 - start) / dilation;
}

/* One past the last of `taps` that does not lie behind the image. */
NN_INLINE int32_t nn_mve_end_tap(int32_t start, int32_t dilation, int32_t taps, int32_t size)
{
    return size <= start ? 0 : nn_min(taps, (size - 1 - start) / dilation + 1);
}

#endif
