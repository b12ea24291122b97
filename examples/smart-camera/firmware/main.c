/*
 * A camera that tells whether somebody is there. Pictures come from a file of the computer that simulates the board
 * (runtime.h); on a board, `fetch_picture` takes them from the camera's DMA.
 */
#include "person.h"
#include "runtime.h"

enum { BYTES = PERSON_INPUT_SIZE };

static union {
    uint8_t bytes[PERSON_ARENA_BYTES];
    uint64_t align;
} arena;

/* One picture of 96x96 RGB pixels, 0 to 255, straight into the network's input; 0 when there is none. */
static int fetch_picture(intptr_t camera)
{
    int8_t *const input = person_input(arena.bytes);
    int32_t i;
    if (runtime_read(camera, input, BYTES) != BYTES) {
        return 0;
    }
    for (i = 0; i < BYTES; ++i) {
        input[i] = (int8_t)(((uint8_t *)input)[i] - 128); /* zero point -128, scale 1 / 255 */
    }
    return 1;
}

/* "person 97 %\n"; the two scores are probabilities in steps of 1 / 256 from -128. */
static void tell(intptr_t out, const int8_t *scores)
{
    const int32_t person = scores[1] > scores[0];
    const int32_t percent = ((int32_t)scores[person] + 128) * 100 / 255;
    char digits[7] = "  0 %\n";
    runtime_write(out, person ? "person   " : "nobody   ", 9);
    digits[0] = (char)(percent >= 100 ? '1' : ' ');
    digits[1] = (char)('0' + percent / 10 % 10);
    digits[2] = (char)('0' + percent % 10);
    runtime_write(out, digits, 6);
}

int main(void)
{
    const intptr_t camera = runtime_open("samples.bin", 0);
    const intptr_t out = runtime_open("result.bin", 1);
    while (fetch_picture(camera)) {
        person_run(arena.bytes);
        tell(out, person_output(arena.bytes));
    }
    return 0;
}
