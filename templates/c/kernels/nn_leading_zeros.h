#ifndef NN_LEADING_ZEROS_H
#define NN_LEADING_ZEROS_H

#include "nn_common.h"

/* Leading zero bits; x > 0. */
NN_INLINE int32_t nn_leading_zeros(int32_t x)
{
    int32_t n = 0;
    for (; x < ((int32_t)1 << 30); x += x) {
        ++n;
    }
    return n + 1;
}

#endif
