#ifndef NN_FRAME_H
#define NN_FRAME_H

#include "nn_common.h"

/* How pixels of a frame become those of a model input: taken as they are, the nearest one, a mean of four. */
enum { NN_FRAME_SAME = 0, NN_FRAME_NEAREST = 1, NN_FRAME_BILINEAR = 2 };

typedef struct nn_frame {
    int32_t resize;         /* as the enum */
    int32_t height, width;  /* of the frame, up to 32767 */
    int32_t row, pixel;     /* bytes from row to row, from pixel to pixel */
    int32_t y_step, x_step; /* pixels of the frame per pixel of the input, in 1/65536 */
    int32_t plane;          /* bytes from channel to channel; 0: all channels of the input are made of one */
    int32_t is_swapped;     /* the first and the third channel change places */
    int32_t is_grey;        /* red, green and blue become grey */
} nn_frame;

/* The centre of pixel i, in 1/65536 pixel of the frame; bilinear: from the centre of the first pixel. */
NN_INLINE int32_t nn_frame_centre(const nn_frame *frame, int32_t i, int32_t step)
{
    const int32_t centre = i * step + step / 2;
    if (frame->resize == NN_FRAME_NEAREST) {
        return centre;
    }
    return centre < 32768 ? 0 : centre - 32768;
}

/* Value between two by a share of the second in 1/256, times 256. */
NN_INLINE int32_t nn_frame_between(int32_t first, int32_t second, int32_t share)
{
    return first * (256 - share) + second * share;
}

/* Mean of four neighbours, to the nearest whole number, halves up. */
NN_INLINE int32_t nn_frame_mean(const nn_frame *frame, const uint8_t *plane, int32_t at_y, int32_t at_x)
{
    const int32_t y = nn_min(at_y >> 16, frame->height - 1);
    const int32_t x = nn_min(at_x >> 16, frame->width - 1);
    const int32_t below = y + 1 < frame->height ? frame->row : 0;
    const int32_t right = x + 1 < frame->width ? frame->pixel : 0;
    const int32_t share = (at_x & 65535) >> 8;
    const uint8_t *const first = plane + y * frame->row + x * frame->pixel;
    const int32_t upper = nn_frame_between(first[0], first[right], share);
    const int32_t lower = nn_frame_between(first[below], first[below + right], share);
    return (nn_frame_between(upper, lower, (at_y & 65535) >> 8) + 32768) >> 16;
}

/* Value of pixel (y, x) of the input in a plane of the frame. */
NN_INLINE int32_t nn_frame_value(const nn_frame *frame, const uint8_t *plane, int32_t y, int32_t x)
{
    int32_t at_y, at_x;
    if (frame->resize == NN_FRAME_SAME) {
        return plane[y * frame->row + x * frame->pixel];
    }
    at_y = nn_frame_centre(frame, y, frame->y_step);
    at_x = nn_frame_centre(frame, x, frame->x_step);
    if (frame->resize == NN_FRAME_BILINEAR) {
        return nn_frame_mean(frame, plane, at_y, at_x);
    }
    at_y = nn_min(at_y >> 16, frame->height - 1);
    at_x = nn_min(at_x >> 16, frame->width - 1);
    return plane[at_y * frame->row + at_x * frame->pixel];
}

/* The same in channel c of the frame, counted in the order of the model. */
NN_INLINE int32_t nn_frame_channel(const nn_frame *frame, const uint8_t *pixels, int32_t y, int32_t x, int32_t c)
{
    const int32_t channel = frame->is_swapped != 0 && c < 3 ? 2 - c : c;
    return nn_frame_value(frame, pixels + channel * frame->plane, y, x);
}

/*
 * Channel c of pixel (y, x) of the input, 0 to 255. Grey is 0.299 red + 0.587 green + 0.114 blue, in 1/256.
 * pixels     the frame
 */
NN_INLINE int32_t nn_frame_pixel(const nn_frame *frame, const uint8_t *pixels, int32_t y, int32_t x, int32_t c)
{
    int32_t grey;
    if (frame->is_grey == 0) {
        return nn_frame_channel(frame, pixels, y, x, c);
    }
    grey = 77 * nn_frame_channel(frame, pixels, y, x, 0);
    grey += 150 * nn_frame_channel(frame, pixels, y, x, 1);
    grey += 29 * nn_frame_channel(frame, pixels, y, x, 2);
    return (grey + 128) >> 8;
}

#endif
