#ifndef MARK_H
#define MARK_H

/* One instruction that calls runner_mark and leaves no trace in a register: AFTER_LAYER of the image that counts layers. */
#if defined(__riscv)
#define BOARD_MARK __asm__ volatile("ecall" : : : "memory")
#else
#define BOARD_MARK __asm__ volatile("svc 0" : : : "memory")
#endif

#endif
