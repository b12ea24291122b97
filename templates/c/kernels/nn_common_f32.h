#ifndef NN_COMMON_F32_H
#define NN_COMMON_F32_H

#include "nn_common.h"

NN_INLINE float nn_clamp_f32(float x, float low, float high)
{
    const float above = x > low ? x : low;
    return above < high ? above : high;
}

#endif
