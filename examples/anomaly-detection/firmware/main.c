/*
 * Watches a machine by its sound: an autoencoder that learned how the machine sounds when it is well rebuilds five frames
 * of its spectrum; what it cannot rebuild is unusual. Windows come from a file of the computer that simulates the board
 * (runtime.h); on a board, `fetch_window` takes them from the microphone's front end.
 */
#include "ad.h"
#include "runtime.h"

enum { SIZE = AD_INPUT_SIZE };

static union {
    uint8_t bytes[AD_ARENA_BYTES];
    uint64_t align;
} arena;

/* What was heard: a run overwrites the input. */
static int8_t heard[SIZE];

/* 5 frames of 128 log-mel bands, quantised to the network's input; 0 when there are none. */
static int fetch_window(intptr_t microphone)
{
    return runtime_read(microphone, heard, SIZE) == SIZE;
}

/* Scales of input and output in units of 2^-16 dB. */
static int32_t from_scale(float scale)
{
    return (int32_t)(scale * 65536.0f + 0.5f);
}

/* Mean squared error between what was heard and what was rebuilt, in hundredths of dB^2. */
static int32_t score(const int8_t *rebuilt)
{
    const int32_t in = from_scale(AD_INPUT_SCALE);
    const int32_t out = from_scale(AD_OUTPUT_SCALE);
    int64_t sum = 0;
    int32_t i;
    for (i = 0; i < SIZE; ++i) {
        const int32_t x = in * (heard[i] - AD_INPUT_ZERO_POINT);
        const int32_t y = out * (rebuilt[i] - AD_OUTPUT_ZERO_POINT);
        const int64_t d = ((int64_t)x - y) / 256; /* units of 2^-8 dB */
        sum += d * d;
    }
    return (int32_t)(sum * 100 / 65536 / SIZE);
}

/* "12.34\n" */
static void tell(intptr_t out, int32_t hundredths)
{
    char text[16];
    int at = 16;
    int place = 0;
    text[--at] = '\n';
    for (; place < 3 || hundredths > 0; ++place) {
        if (place == 2) {
            text[--at] = '.';
        }
        text[--at] = (char)('0' + hundredths % 10);
        hundredths /= 10;
    }
    runtime_write(out, &text[at], 16 - at);
}

int main(void)
{
    const intptr_t microphone = runtime_open("samples.bin", 0);
    const intptr_t out = runtime_open("result.bin", 1);
    while (fetch_window(microphone)) {
        int32_t i;
        for (i = 0; i < SIZE; ++i) {
            ad_input(arena.bytes)[i] = heard[i];
        }
        ad_run(arena.bytes);
        tell(out, score(ad_output(arena.bytes)));
    }
    return 0;
}
