#ifndef NN_SIGMOID_S16_H
#define NN_SIGMOID_S16_H

#include "nn_common.h"

/* logistic(i / 24) in Q0.16, straight lines between the entries: the table of TFLite's 16-bit kernels. */
NN_PART int32_t nn_sigmoid_between(int32_t magnitude, int32_t bits)
{
    static const uint16_t table[256] = {
        32768, 33451, 34133, 34813, 35492, 36169, 36843, 37513, 38179, 38841, 39498, 40149,
        40793, 41432, 42063, 42687, 43303, 43911, 44511, 45101, 45682, 46254, 46816, 47369,
        47911, 48442, 48964, 49474, 49974, 50463, 50941, 51408, 51865, 52310, 52744, 53168,
        53581, 53982, 54374, 54754, 55124, 55484, 55834, 56173, 56502, 56822, 57132, 57433,
        57724, 58006, 58279, 58544, 58800, 59048, 59287, 59519, 59743, 59959, 60168, 60370,
        60565, 60753, 60934, 61109, 61278, 61441, 61598, 61750, 61896, 62036, 62172, 62302,
        62428, 62549, 62666, 62778, 62886, 62990, 63090, 63186, 63279, 63368, 63453, 63536,
        63615, 63691, 63764, 63835, 63903, 63968, 64030, 64090, 64148, 64203, 64257, 64308,
        64357, 64405, 64450, 64494, 64535, 64576, 64614, 64651, 64687, 64721, 64754, 64786,
        64816, 64845, 64873, 64900, 64925, 64950, 64974, 64997, 65018, 65039, 65060, 65079,
        65097, 65115, 65132, 65149, 65164, 65179, 65194, 65208, 65221, 65234, 65246, 65258,
        65269, 65280, 65291, 65300, 65310, 65319, 65328, 65337, 65345, 65352, 65360, 65367,
        65374, 65381, 65387, 65393, 65399, 65404, 65410, 65415, 65420, 65425, 65429, 65433,
        65438, 65442, 65445, 65449, 65453, 65456, 65459, 65462, 65465, 65468, 65471, 65474,
        65476, 65479, 65481, 65483, 65485, 65488, 65489, 65491, 65493, 65495, 65497, 65498,
        65500, 65501, 65503, 65504, 65505, 65507, 65508, 65509, 65510, 65511, 65512, 65513,
        65514, 65515, 65516, 65517, 65517, 65518, 65519, 65520, 65520, 65521, 65522, 65522,
        65523, 65523, 65524, 65524, 65525, 65525, 65526, 65526, 65526, 65527, 65527, 65528,
        65528, 65528, 65529, 65529, 65529, 65529, 65530, 65530, 65530, 65530, 65531, 65531,
        65531, 65531, 65531, 65532, 65532, 65532, 65532, 65532, 65532, 65533, 65533, 65533,
        65533, 65533, 65533, 65533, 65533, 65534, 65534, 65534, 65534, 65534, 65534, 65534,
        65534, 65534, 65534, 65534};
    const int32_t index = magnitude >> bits;
    const int32_t low = (int32_t)table[index];
    const int32_t fraction = magnitude & (((int32_t)1 << bits) - 1);
    return (int32_t)((uint32_t)low << bits) + fraction * ((int32_t)table[index + 1] - low);
}

/* logistic of a Q3.12 number, -32768 <= x <= 32767, in Q0.15. */
NN_PART int32_t nn_logistic_q15(int32_t x)
{
    const int32_t scaled = x * 3;
    const int32_t magnitude = scaled < 0 ? -scaled : scaled;
    const int32_t value = (magnitude >> 9) >= 255 ? (int32_t)0x7fff << 10 : nn_sigmoid_between(magnitude, 9);
    return (scaled >= 0 ? value + 512 : ((int32_t)1 << 25) - value + 511) >> 10;
}

/*
 * tanh of a stored value, -32768 <= x <= 32767, in Q0.15.
 * multiplier, shift     bring it to the steps of the table: x * multiplier / 2^shift, rounded
 */
NN_PART int32_t nn_tanh_q15(int32_t x, int32_t multiplier, int32_t shift)
{
    const int32_t half = shift > 0 ? (int32_t)1 << (shift - 1) : 0;
    const int32_t scaled = (x * multiplier + half) >> shift;
    const int32_t magnitude = scaled < 0 ? -scaled : scaled;
    const int32_t value = (magnitude >> 8) >= 255 ? (int32_t)0xffff << 8 : nn_sigmoid_between(magnitude, 8);
    const int32_t middle = (int32_t)1 << 23;
    return (scaled >= 0 ? value - middle + 128 : middle - value + 127) >> 8;
}

#endif
