#ifndef NN_DSP_BYTES_S8_H
#define NN_DSP_BYTES_S8_H

#include "nn_common.h"
#include "nn_dsp_s8.h"

/* Four neighbouring values as one word, the first lowest. Compilers make one load of it where cores allow that. */

NN_INLINE uint32_t nn_dsp_get_4(const int8_t *x)
{
    return (uint32_t)(uint8_t)x[0] | ((uint32_t)(uint8_t)x[1] << 8) | ((uint32_t)(uint8_t)x[2] << 16) |
           ((uint32_t)(uint8_t)x[3] << 24);
}

/* Value i of them. */
NN_INLINE int32_t nn_dsp_byte(uint32_t four, int32_t i)
{
    return ((int32_t)((four >> (8 * i)) & 0xffu) ^ 0x80) - 0x80;
}

NN_INLINE void nn_dsp_put_4(int8_t *y, uint32_t four)
{
#if NN_DSP_ASM
    __asm__("str %1, %0" : "=m"(*(int8_t(*)[4])y) : "r"(four)); /* of C they would make four */
#else
    y[0] = (int8_t)(uint8_t)four;
    y[1] = (int8_t)(uint8_t)(four >> 8);
    y[2] = (int8_t)(uint8_t)(four >> 16);
    y[3] = (int8_t)(uint8_t)(four >> 24);
#endif
}

#endif
