#ifndef NN_MVE_STRIP_S8_H
#define NN_MVE_STRIP_S8_H

#include "nn_common.h"
#include "nn_mve_s8.h"

/* Rectangles of an image, one per output pixel, and where their rows go; bytes. */
typedef struct nn_mve_windows {
    int32_t rows, width;           /* of a window */
    int32_t to_row, from_row;      /* from row to row */
    int32_t to_window, from_window; /* from window to window */
} nn_mve_windows;

#if NN_MVE_ASM

/* count >= 0 bytes copied; `from` is not read beyond its end. */
NN_INLINE void nn_mve_copy(int8_t *to, const int8_t *from, int32_t count)
{
    __asm__ volatile("wlstp.8 lr, %2, 2f\n"
                     "1:\n\t"
                     "vldrb.u8 q0, [%1], #16\n\t"
                     "vstrb.8 q0, [%0], #16\n\t"
                     "letp lr, 1b\n"
                     "2:"
                     : "+r"(to), "+r"(from)
                     : "r"(count)
                     : "lr", "q0", "memory");
}

/* count >= 0 bytes of one value. */
NN_INLINE void nn_mve_fill(int8_t *to, int32_t value, int32_t count)
{
    __asm__ volatile("vdup.8 q0, %1\n\t"
                     "wlstp.8 lr, %2, 2f\n"
                     "1:\n\t"
                     "vstrb.8 q0, [%0], #16\n\t"
                     "letp lr, 1b\n"
                     "2:"
                     : "+r"(to)
                     : "r"(value), "r"(count)
                     : "lr", "q0", "memory");
}

/*
 * r0 to, r1 from, r2, r3 of a row     r4-r9 members     r10 rows left, r12 windows left
 * Vectors of 16 bytes go to places `step` = 16 << bits apart.
 */
#define NN_MVE_COPY_WINDOWS(step, bits)          \
    ".syntax unified\n\t"                        \
    "push {r4, r5, r6, r7, r8, r9, r10, lr}\n\t" \
    "ldm r0, {r4, r5, r6, r7, r8, r9}\n\t"       \
    "mov r12, r3\n\t"                            \
    "mov r0, r1\n\t"                             \
    "mov r1, r2\n\t"                             \
    "cmp r5, #16\n\t"                            \
    "bhi 3f\n\t"                                 \
    /* Rows of up to 16 bytes. */                \
    "vctp.8 r5\n"                                \
    "1:\n\t"                                     \
    "mov r2, r0\n\t"                             \
    "mov r3, r1\n\t"                             \
    "dls lr, r4\n"                               \
    "2:\n\t"                                     \
    "vpstt\n\t"                                  \
    "vldrbt.u8 q0, [r3]\n\t"                     \
    "vstrbt.8 q0, [r2]\n\t"                      \
    "add r3, r3, r7\n\t"                         \
    "add r2, r2, r6\n\t"                         \
    "le lr, 2b\n\t"                              \
    "add r0, r0, r8\n\t"                         \
    "add r1, r1, r9\n\t"                         \
    "subs r12, r12, #1\n\t"                      \
    "bne 1b\n\t"                                 \
    "b 7f\n"                                     \
    /* Longer ones; the loop advances by whole vectors. */\
    "3:\n\t"                                     \
    "add r2, r5, #15\n\t"                        \
    "bic r2, r2, #15\n\t"                        \
    "sub r6, r6, r2, lsl #" bits "\n\t"          \
    "sub r7, r7, r2\n"                           \
    "4:\n\t"                                     \
    "mov r2, r0\n\t"                             \
    "mov r3, r1\n\t"                             \
    "mov r10, r4\n"                              \
    "5:\n\t"                                     \
    "dlstp.8 lr, r5\n"                           \
    "6:\n\t"                                     \
    "vldrb.u8 q0, [r3], #16\n\t"                 \
    "vstrb.8 q0, [r2], #" step "\n\t"            \
    "letp lr, 6b\n\t"                            \
    "add r3, r3, r7\n\t"                         \
    "add r2, r2, r6\n\t"                         \
    "subs r10, r10, #1\n\t"                      \
    "bne 5b\n\t"                                 \
    "add r0, r0, r8\n\t"                         \
    "add r1, r1, r9\n\t"                         \
    "subs r12, r12, #1\n\t"                      \
    "bne 4b\n"                                   \
    "7:\n\t"                                     \
    "pop {r4, r5, r6, r7, r8, r9, r10, pc}\n\t"

/* Copies `count` >= 1 windows; from = the first one's top left byte. At least one row and byte. */
NN_MVE_FUNCTION void nn_mve_copy_windows(const nn_mve_windows *windows NN_MVE_UNUSED, int8_t *to NN_MVE_UNUSED,
                                         const int8_t *from NN_MVE_UNUSED, int32_t count NN_MVE_UNUSED)
{
    __asm__ volatile(NN_MVE_COPY_WINDOWS("16", "0"));
}

/* The same in pieces of 16 bytes that go to places 64 apart: four windows side by side. */
NN_MVE_FUNCTION void nn_mve_spread_windows(const nn_mve_windows *windows NN_MVE_UNUSED, int8_t *to NN_MVE_UNUSED,
                                           const int8_t *from NN_MVE_UNUSED, int32_t count NN_MVE_UNUSED)
{
    __asm__ volatile(NN_MVE_COPY_WINDOWS("64", "2"));
}

#else

NN_INLINE void nn_mve_copy(int8_t *to, const int8_t *from, int32_t count)
{
    (void)memcpy(to, from, (size_t)count);
}

NN_INLINE void nn_mve_fill(int8_t *to, int32_t value, int32_t count)
{
    (void)memset(to, (int)value, (size_t)count);
}

/* Copies `count` windows; from = the first one's top left byte. */
NN_SHARED void nn_mve_copy_windows(const nn_mve_windows *windows, int8_t *to, const int8_t *from, int32_t count)
{
    int32_t i, row;
    for (i = 0; i < count; ++i) {
        for (row = 0; row < windows->rows; ++row) {
            (void)memcpy(to + row * windows->to_row, from + row * windows->from_row, (size_t)windows->width);
        }
        to += windows->to_window;
        from += windows->from_window;
    }
}

/* The same in pieces of 16 bytes that go to places 64 apart: four windows side by side. */
NN_SHARED void nn_mve_spread_windows(const nn_mve_windows *windows, int8_t *to, const int8_t *from, int32_t count)
{
    int32_t i, row, at;
    for (i = 0; i < count; ++i) {
        for (row = 0; row < windows->rows; ++row) {
            const int8_t *const x = from + i * windows->from_window + row * windows->from_row;
            int8_t *const y = to + i * windows->to_window + row * windows->to_row;
            for (at = 0; at < windows->width; at += 16) {
                (void)memcpy(y + 4 * at, x + at, (size_t)nn_min(16, windows->width - at));
            }
        }
    }
}

#endif

#endif
