/*
 * From sound to word: one second of audio -> features -> network -> the word. Here the sound comes from a file of the
 * computer that simulates the board (runtime.h); on a board, fill `audio` from the microphone's DMA instead.
 */
#include "kws.h"
#include "mfcc.h"
#include "runtime.h"

static const char *const words[KWS_OUTPUT_SIZE] = {"down", "go",   "left", "no",  "off",     "on",
                                                   "right", "stop", "up",   "yes", "silence", "unknown"};

static int16_t audio[MFCC_SAMPLES];
static union {
    uint8_t bytes[KWS_ARENA_BYTES];
    uint64_t align;
} arena;

/* Index of the greatest score. */
static uint32_t best(const int8_t *scores)
{
    uint32_t i;
    uint32_t at = 0;
    for (i = 1; i < KWS_OUTPUT_SIZE; ++i) {
        if (scores[i] > scores[at]) {
            at = i;
        }
    }
    return at;
}

static size_t length(const char *text)
{
    size_t n = 0;
    while (text[n] != '\0') {
        ++n;
    }
    return n;
}

int main(void)
{
    const intptr_t in = runtime_open("samples.bin", 0);
    const intptr_t out = runtime_open("result.bin", 1);
    while (runtime_read(in, audio, sizeof audio) == sizeof audio) {
        const char *word;
        mfcc_int8(audio, KWS_INPUT_SCALE, KWS_INPUT_ZERO_POINT, kws_input(arena.bytes));
        kws_run(arena.bytes);
        word = words[best(kws_output(arena.bytes))];
        runtime_write(out, word, length(word));
        runtime_write(out, "\n", 1);
    }
    return 0;
}
