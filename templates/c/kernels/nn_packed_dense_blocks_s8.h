#ifndef NN_PACKED_DENSE_BLOCKS_S8_H
#define NN_PACKED_DENSE_BLOCKS_S8_H

#include "nn_common.h"
#include "nn_packed_dense_s8.h"
#include "nn_packed_s8.h"

/*
 * As nn_packed_dense_4, with only those blocks of four channels and eight taps that are not all 0. A block: a word with
 * its first tap, a multiple of 8, the highest bit set in the last block of a group; then its taps' words. What weights
 * + 128 add to A, B and C depends on the sum of the inputs that blocks meet.
 */
typedef struct nn_packed_dense_blocks {
    nn_packed_dense d;    /* inputs up to a multiple of 8; weights = blocks; start, skip and x_end do not matter */
    const uint16_t *sums; /* of every eight inputs */
} nn_packed_dense_blocks;

#if NN_PACKED_ASM

/*
 * All groups up to offsets_end.
 * The stack: 0 to 12 sums, 16 x, 20 d, 24 sums of inputs. r11 = sum of the inputs met, lr = head of the block.
 */
NN_PACKED_FUNCTION void nn_packed_dense_blocks_4(nn_packed_dense_blocks *b NN_PACKED_UNUSED)
{
    __asm__ __volatile__(
        NN_PACKED_PUSH
        "sub sp, sp, #28\n\t"
        "str r0, [sp, #20]\n\t"
        "ldr r1, [r0, #4]\n\t"
        "mov r12, r1\n\t"
        "ldr r1, [r0, #12]\n\t"
        "str r1, [sp, #16]\n\t"
        "ldr r1, [r0, #68]\n\t"
        "str r1, [sp, #24]\n"
        "1:\n\t"
        "ldr r7, [sp, #20]\n\t"
        "ldr r0, [r7]\n\t"
        "ldr r2, [r7, #64]\n\t"
        "movs r1, #0\n\t"
        "mov r8, r1\n\t"
        "mov r9, r1\n\t"
        "mov r10, r1\n\t"
        "mov r11, r1\n"
        "2:\n\t"
        "ldm r0!, {r5}\n\t"
        "mov lr, r5\n\t"
        "uxth r5, r5\n\t"
        "ldr r1, [sp, #16]\n\t"
        "adds r1, r1, r5\n\t"
        "lsrs r5, r5, #2\n\t"
        "ldr r3, [sp, #24]\n\t"
        "ldrh r3, [r3, r5]\n\t"
        "add r11, r11, r3\n\t"
        NN_PACKED_DENSE_THREE("0", "1", "2")
        NN_PACKED_DENSE_THREE("3", "4", "5")
        "ldm r0!, {r5, r6}\n\t"
        NN_PACKED_DENSE_TAP("r5", "6")
        NN_PACKED_DENSE_TAP("r6", "7")
        "mov r5, lr\n\t"
        "cmp r5, #0\n\t"
        "bge 2b\n\t"
        "ldr r7, [sp, #20]\n\t"
        "mov lr, r7\n\t"
        "str r0, [r7]\n\t"
        "mov r4, r8\n\t"
        "mov r5, r9\n\t"
        "mov r6, r10\n\t"
        /* 128 times the sum of inputs, at every place of a weight */
        "mov r1, r11\n\t"
        "lsls r3, r1, #7\n\t"
        "subs r4, r4, r3\n\t"
        "subs r5, r5, r3\n\t"
        "subs r6, r6, r3\n\t"
        "lsls r3, r1, #15\n\t"
        "subs r4, r4, r3\n\t"
        "subs r6, r6, r3\n\t"
        "lsls r3, r1, #23\n\t"
        "subs r4, r4, r3\n\t"
        "subs r5, r5, r3\n\t"
        "lsls r3, r1, #31\n\t"
        "subs r4, r4, r3\n\t"
        NN_PACKED_DENSE_VALUES
        "add sp, sp, #28\n\t"
        NN_PACKED_POP
        NN_PACKED_BEYOND("10", "r0", "20b")
        NN_PACKED_BEYOND("11", "r0", "21b")
        NN_PACKED_BEYOND("12", "r0", "22b")
        NN_PACKED_BEYOND("13", "r0", "23b"));
}

#else

/* As in the assembly. */
NN_PACKED_FUNCTION void nn_packed_dense_blocks_4(nn_packed_dense_blocks *b)
{
    nn_packed_dense *const d = &b->d;
    const nn_packed_stairs stairs = {d->limit, d->fraction, d->factor, d->begin, d->middle, d->away};
    for (; d->offsets != d->offsets_end; d->offsets += 4) {
        uint32_t abc[3] = {0, 0, 0};
        const uint32_t *w = d->weights;
        uint32_t met = 0;
        uint32_t head;
        do {
            const uint8_t *x;
            head = *w++;
            x = d->x + (head & 0xffffu);
            met += b->sums[(head & 0xffffu) >> 3];
            nn_packed_dense_tap(w[0], x[0], abc);
            nn_packed_dense_tap(w[1], x[1], abc);
            nn_packed_dense_tap(w[2], x[2], abc);
            nn_packed_dense_tap(w[3], x[3], abc);
            nn_packed_dense_tap(w[4], x[4], abc);
            nn_packed_dense_tap(w[5], x[5], abc);
            nn_packed_dense_tap(w[6], x[6], abc);
            nn_packed_dense_tap(w[7], x[7], abc);
            w += 8;
        } while ((head >> 31) == 0u);
        d->weights = w;
        abc[0] -= met * 128u * 0x01010101u;
        abc[1] -= met * 128u * 0x00010001u;
        abc[2] -= met * 128u * 0x00000101u;
        nn_packed_dense_values(d, abc, &stairs);
    }
}

#endif

#endif
