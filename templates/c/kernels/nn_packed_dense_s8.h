#ifndef NN_PACKED_DENSE_S8_H
#define NN_PACKED_DENSE_S8_H

#include "nn_common.h"
#include "nn_packed_s8.h"

/*
 * Four outputs of one row of inputs. A word w holds the weights of four channels, bytes u0 to u3, and three
 * multiplications by an input serve all four: added up, with |S| < 2^23,
 *
 *     A = sum of w * x                        = S0 + 2^8 * S1 + 2^16 * S2 + 2^24 * S3
 *     B = sum of (w >> 8 & 0x00ff00ff) * x    = S1 + 2^16 * S3
 *     C = sum of (w >> 16) * x                = S2 + 2^8 * S3
 *
 * modulo 2^32. A - 2^8 * B - 2^16 * C = S0 - 2^24 * S3 tells S0 and the last byte of S3; with it, B tells S1 and the
 * next byte of S3, and then C the rest. Inputs are bytes x + 128, as weights are: what that adds to A, B and C depends
 * on the sum of the inputs alone, and is taken off where they start.
 */

/* What the layer is, and where in it the next outputs are. */
typedef struct nn_packed_dense {
    const uint32_t *weights;    /* [groups][depth], 4 channels in a word, w + 128 */
    const int32_t *offsets;     /* [groups][4], added to the sums */
    const int32_t *offsets_end; /* where to stop */
    const uint8_t *x;           /* [depth], x + 128 */
    const uint8_t *x_end;
    int8_t *y;
    uint32_t start[3]; /* where A, B, C start */
    int32_t skip;      /* threes of taps that the first round of the loop leaves out */
    /* of all channels, as in nn_packed_s8.h */
    uint32_t limit, fraction, factor, begin, middle, away;
    uint32_t mask; /* 0x00ff00ff */
} nn_packed_dense;

/* Threes of taps of an inner loop. */
#if defined(NN_OPTIMIZE_SIZE)
#define NN_PACKED_THREES 1
#else
#define NN_PACKED_THREES 3
#endif

#if NN_PACKED_ASM

/* A tap: w weights, r1 inputs, r2 mask, r8-r10 = A, B, C; 20 bytes. */
#if defined(__thumb2__)
#define NN_PACKED_DENSE_TAP(w, i)                \
    "ldrb r3, [r1, #" i "]\n\t"                  \
    "and r4, r2, " w ", lsr #8\n\t"              \
    "mla r9, r4, r3, r9\n\t"                     \
    "lsrs r4, " w ", #16\n\t"                    \
    "mla r10, r4, r3, r10\n\t"                   \
    "mla r8, " w ", r3, r8\n\t"
#else
#define NN_PACKED_DENSE_TAP(w, i)                \
    "ldrb r3, [r1, #" i "]\n\t"                  \
    "lsrs r4, " w ", #8\n\t"                     \
    "ands r4, r4, r2\n\t"                        \
    "muls r4, r3, r4\n\t"                        \
    "add r9, r9, r4\n\t"                         \
    "lsrs r4, " w ", #16\n\t"                    \
    "muls r4, r3, r4\n\t"                        \
    "add r10, r10, r4\n\t"                       \
    "muls " w ", r3, " w "\n\t"                  \
    "add r8, r8, " w "\n\t"
#endif

/* Three taps, 62 bytes. */
#define NN_PACKED_DENSE_THREE(i, j, k)           \
    "ldm r0!, {r5, r6, r7}\n\t"                  \
    NN_PACKED_DENSE_TAP("r5", i)                 \
    NN_PACKED_DENSE_TAP("r6", j)                 \
    NN_PACKED_DENSE_TAP("r7", k)

#if defined(NN_OPTIMIZE_SIZE)
#define NN_PACKED_DENSE_ROUND                    \
    NN_PACKED_DENSE_THREE("0", "1", "2")         \
    "adds r1, r1, #3\n\t"
#else
#define NN_PACKED_DENSE_ROUND                    \
    NN_PACKED_DENSE_THREE("0", "1", "2")         \
    NN_PACKED_DENSE_THREE("3", "4", "5")         \
    NN_PACKED_DENSE_THREE("6", "7", "8")         \
    "adds r1, r1, #9\n\t"
#endif

/* The sum at sp + at, with its offset, as a stored value at r7 + i. */
#define NN_PACKED_DENSE_STORE(at, i, beyond, back) \
    "ldr r0, [sp, #" at "]\n\t"                  \
    NN_PACKED_RESULT_AWAY("r0", beyond)          \
    back ":\n\t"                                 \
    "strb r0, [r7, #" i "]\n\t"

/*
 * A, B, C in r4-r6, d in lr: four values are stored, then comes the next group at 1, or what follows. r12 = offsets;
 * the stack: 0 to 12 sums.
 */
#define NN_PACKED_DENSE_VALUES                   \
    /* r0 = S0, r4 = the last byte of S3 << 24 */\
    "lsls r0, r5, #8\n\t"                        \
    "subs r4, r4, r0\n\t"                        \
    "lsls r0, r6, #16\n\t"                       \
    "subs r4, r4, r0\n\t"                        \
    "lsls r0, r4, #8\n\t"                        \
    "asrs r0, r0, #8\n\t"                        \
    "subs r4, r0, r4\n\t"                        \
    /* r1 = S1, r5 = the next byte of S3 << 24 */\
    "lsrs r3, r4, #8\n\t"                        \
    "subs r5, r5, r3\n\t"                        \
    "lsls r1, r5, #8\n\t"                        \
    "asrs r1, r1, #8\n\t"                        \
    "subs r5, r5, r1\n\t"                        \
    /* r2 = S2, r6 = the rest of S3 << 24 */     \
    "lsrs r3, r4, #16\n\t"                       \
    "subs r6, r6, r3\n\t"                        \
    "lsrs r3, r5, #8\n\t"                        \
    "subs r6, r6, r3\n\t"                        \
    "lsls r2, r6, #8\n\t"                        \
    "asrs r2, r2, #8\n\t"                        \
    "subs r6, r6, r2\n\t"                        \
    /* r6 = S3 */                                \
    "asrs r6, r6, #8\n\t"                        \
    "lsrs r5, r5, #16\n\t"                       \
    "adds r6, r6, r5\n\t"                        \
    "lsrs r4, r4, #24\n\t"                       \
    "adds r6, r6, r4\n\t"                        \
    "mov r3, r12\n\t"                            \
    "ldm r3!, {r4, r5}\n\t"                      \
    "adds r0, r0, r4\n\t"                        \
    "adds r1, r1, r5\n\t"                        \
    "ldm r3!, {r4, r5}\n\t"                      \
    "adds r2, r2, r4\n\t"                        \
    "adds r6, r6, r5\n\t"                        \
    "mov r12, r3\n\t"                            \
    "str r0, [sp]\n\t"                           \
    "str r1, [sp, #4]\n\t"                       \
    "str r2, [sp, #8]\n\t"                       \
    "str r6, [sp, #12]\n\t"                      \
    "ldr r0, [r7, #40]\n\t"                      \
    "ldr r4, [r7, #44]\n\t"                      \
    "ldr r5, [r7, #48]\n\t"                      \
    "ldr r1, [r7, #52]\n\t"                      \
    "ldr r2, [r7, #56]\n\t"                      \
    "ldr r6, [r7, #60]\n\t"                      \
    "ldr r7, [r7, #20]\n\t"                      \
    "mov r8, r0\n\t"                             \
    "mov r9, r1\n\t"                             \
    "mov r10, r2\n\t"                            \
    NN_PACKED_DENSE_STORE("0", "0", "10f", "20") \
    NN_PACKED_DENSE_STORE("4", "1", "11f", "21") \
    NN_PACKED_DENSE_STORE("8", "2", "12f", "22") \
    NN_PACKED_DENSE_STORE("12", "3", "13f", "23")\
    "adds r7, r7, #4\n\t"                        \
    "mov r0, lr\n\t"                             \
    "str r7, [r0, #20]\n\t"                      \
    "ldr r1, [r0, #8]\n\t"                       \
    "cmp r12, r1\n\t"                            \
    "beq 9f\n\t"                                 \
    "b 1b\n"                                     \
    "9:\n\t"                                     \
    "str r1, [r0, #4]\n\t"

/*
 * All groups up to offsets_end: four values each at d->y, which moves on as the weights do.
 * The stack: 0 to 12 sums, 16 where to enter the loop. lr = d, r12 = offsets.
 */
NN_PACKED_FUNCTION void nn_packed_dense_4(nn_packed_dense *d NN_PACKED_UNUSED)
{
    __asm__ __volatile__(
        NN_PACKED_PUSH
        "sub sp, sp, #20\n\t"
        "mov lr, r0\n\t"
        "ldr r1, [r0, #4]\n\t"
        "mov r12, r1\n\t"
        "ldr r1, [r0, #36]\n\t"
        "movs r2, #62\n\t"
        "muls r2, r1, r2\n\t"
        "adr r3, 2f\n\t"
        "adds r3, r3, r2\n\t"
        "adds r3, r3, #1\n\t"
        "str r3, [sp, #16]\n"
        "1:\n\t"
        "mov r7, lr\n\t"
        "ldr r3, [r7, #24]\n\t"
        "ldr r4, [r7, #28]\n\t"
        "ldr r5, [r7, #32]\n\t"
        "mov r8, r3\n\t"
        "mov r9, r4\n\t"
        "mov r10, r5\n\t"
        "ldr r1, [r7, #12]\n\t"
        "ldr r2, [r7, #36]\n\t"
        "subs r1, r1, r2\n\t"
        "lsls r2, r2, #1\n\t"
        "subs r1, r1, r2\n\t"
        "ldr r2, [r7, #16]\n\t"
        "mov r11, r2\n\t"
        "ldr r2, [r7, #64]\n\t"
        "ldr r0, [r7]\n\t"
        "ldr r3, [sp, #16]\n\t"
        "bx r3\n\t"
        ".balign 4\n"
        "2:\n\t"
        NN_PACKED_DENSE_ROUND
        "cmp r1, r11\n\t"
        "bne 2b\n\t"
        "mov r7, lr\n\t"
        "str r0, [r7]\n\t"
        "mov r4, r8\n\t"
        "mov r5, r9\n\t"
        "mov r6, r10\n\t"
        NN_PACKED_DENSE_VALUES
        "add sp, sp, #20\n\t"
        NN_PACKED_POP
        NN_PACKED_BEYOND("10", "r0", "20b")
        NN_PACKED_BEYOND("11", "r0", "21b")
        NN_PACKED_BEYOND("12", "r0", "22b")
        NN_PACKED_BEYOND("13", "r0", "23b"));
}

#else

/* A tap of four channels: weights w, input x, added to A, B, C. */
NN_INLINE void nn_packed_dense_tap(uint32_t w, uint32_t x, uint32_t sums[3])
{
    sums[0] += w * x;
    sums[1] += ((w >> 8) & 0x00ff00ffu) * x;
    sums[2] += (w >> 16) * x;
}

/* Four values from A, B, C. */
NN_INLINE void nn_packed_dense_values(nn_packed_dense *d, const uint32_t abc[3], const nn_packed_stairs *stairs)
{
    uint32_t a = abc[0];
    uint32_t b = abc[1];
    uint32_t c = abc[2];
    uint32_t sums[4];
    a -= (b << 8) + (c << 16);
    sums[0] = (uint32_t)((int32_t)(a << 8) >> 8);
    a = sums[0] - a;
    b -= a >> 8;
    sums[1] = (uint32_t)((int32_t)(b << 8) >> 8);
    b -= sums[1];
    c -= (a >> 16) + (b >> 8);
    sums[2] = (uint32_t)((int32_t)(c << 8) >> 8);
    c -= sums[2];
    sums[3] = (uint32_t)((int32_t)c >> 8) + (b >> 16) + (a >> 24);
    *d->y++ = nn_packed_value(sums[0] + (uint32_t)d->offsets[0], stairs);
    *d->y++ = nn_packed_value(sums[1] + (uint32_t)d->offsets[1], stairs);
    *d->y++ = nn_packed_value(sums[2] + (uint32_t)d->offsets[2], stairs);
    *d->y++ = nn_packed_value(sums[3] + (uint32_t)d->offsets[3], stairs);
}

/* As in the assembly. */
NN_PACKED_FUNCTION void nn_packed_dense_4(nn_packed_dense *d)
{
    const nn_packed_stairs stairs = {d->limit, d->fraction, d->factor, d->begin, d->middle, d->away};
    for (; d->offsets != d->offsets_end; d->offsets += 4) {
        uint32_t start[3] = {d->start[0], d->start[1], d->start[2]};
        const uint32_t *w = d->weights;
        const uint8_t *x;
        for (x = d->x; x != d->x_end; x += 3) {
            nn_packed_dense_tap(w[0], x[0], start);
            nn_packed_dense_tap(w[1], x[1], start);
            nn_packed_dense_tap(w[2], x[2], start);
            w += 3;
        }
        d->weights = w;
        nn_packed_dense_values(d, start, &stairs);
    }
}

#endif

#endif
