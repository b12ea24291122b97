/*
 * Start-up for RISC-V in machine mode: stack, memory, traps. The code region is locked read-only, so that a stack overflow
 * (the stack is the low end of RAM, right above the code) and writes to constants trap.
 */
#include "board.h"
#include "runtime.h"

extern uint32_t runtime_bss_start[];
extern uint32_t runtime_bss_end[];
extern uint32_t runtime_code_start[];
extern uint32_t runtime_code_bytes[];

void runtime_reset(void);
void runtime_trap(void);
void runtime_prepare(void);
void runtime_trap_report(uint32_t cause, uint32_t pc, uint32_t value, uint32_t ra);

__attribute__((naked, section(".vectors"), used)) void runtime_reset(void)
{
    __asm__ volatile(
        ".option push\n\t.option norelax\n\t"
        "la gp, __global_pointer$\n\t"
        ".option pop\n\t"
        "la sp, runtime_stack_high\n\t"
        "la t0, runtime_handler_stack\n\t"
        "csrw mscratch, t0\n\t"
        "la t0, runtime_trap\n\t"
        "csrw mtvec, t0\n\t"
        "call runtime_prepare\n\t"
        "call main\n\t"
        "call runtime_exit");
}

/* The three instructions around ebreak mark it as a semihosting call; they must be uncompressed and on one page. */
__attribute__((naked, aligned(16))) intptr_t runtime_semihost(uintptr_t operation, const void *argument)
{
    (void)operation;
    (void)argument;
    __asm__ volatile(
        ".option push\n\t.option norvc\n\t"
        "slli zero, zero, 0x1f\n\t"
        "ebreak\n\t"
        "srai zero, zero, 7\n\t"
        "ret\n\t"
        ".option pop");
}

void runtime_prepare(void)
{
    uint32_t *to;
    const uint32_t region = ((uint32_t)(uintptr_t)runtime_code_start >> 2) | (((uint32_t)(uintptr_t)runtime_code_bytes >> 3) - 1u);
    for (to = runtime_bss_start; to < runtime_bss_end; ++to) {
        *to = 0;
    }
    __asm__ volatile("csrw pmpaddr0, %0" : : "r"(region));
    __asm__ volatile("csrw pmpcfg0, %0" : : "r"(0x9Du)); /* locked, a power of two in size, execute and read */
    board_setup();
}

/* The handler of BOARD_MARK, where there is one. */
__asm__(".weak runner_mark");

/* Traps have their own stack: they may have come from the end of main's. Cause 11 is BOARD_MARK: save, call, go on behind. */
__attribute__((naked, aligned(4))) void runtime_trap(void)
{
    __asm__ volatile(
        "csrrw sp, mscratch, sp\n\t"
        "addi sp, sp, -64\n\t"
        "sw ra, 0(sp)\n\tsw t0, 4(sp)\n\tsw t1, 8(sp)\n\tsw t2, 12(sp)\n\t"
        "sw a0, 16(sp)\n\tsw a1, 20(sp)\n\tsw a2, 24(sp)\n\tsw a3, 28(sp)\n\t"
        "sw a4, 32(sp)\n\tsw a5, 36(sp)\n\tsw a6, 40(sp)\n\tsw a7, 44(sp)\n\t"
        "sw t3, 48(sp)\n\tsw t4, 52(sp)\n\tsw t5, 56(sp)\n\tsw t6, 60(sp)\n\t"
        "csrr a0, mcause\n\t"
        "li a1, 11\n\t"
        "bne a0, a1, 1f\n\t"
        "call runner_mark\n\t"
        "csrr a0, mepc\n\t"
        "addi a0, a0, 4\n\t"
        "csrw mepc, a0\n\t"
        "lw ra, 0(sp)\n\tlw t0, 4(sp)\n\tlw t1, 8(sp)\n\tlw t2, 12(sp)\n\t"
        "lw a0, 16(sp)\n\tlw a1, 20(sp)\n\tlw a2, 24(sp)\n\tlw a3, 28(sp)\n\t"
        "lw a4, 32(sp)\n\tlw a5, 36(sp)\n\tlw a6, 40(sp)\n\tlw a7, 44(sp)\n\t"
        "lw t3, 48(sp)\n\tlw t4, 52(sp)\n\tlw t5, 56(sp)\n\tlw t6, 60(sp)\n\t"
        "addi sp, sp, 64\n\t"
        "csrrw sp, mscratch, sp\n\t"
        "mret\n\t"
        "1: mv a3, ra\n\t"
        "csrr a1, mepc\n\t"
        "csrr a2, mtval\n\t"
        "j runtime_trap_report");
}

/* One line that verify/qemu-fault.ts reads. */
void runtime_trap_report(uint32_t cause, uint32_t pc, uint32_t value, uint32_t ra)
{
    runtime_print_hex("espalier-fault: number", cause);
    runtime_print_hex("pc", pc);
    runtime_print_hex("lr", ra);
    runtime_print_hex("status", 0);
    runtime_print_hex("address", value);
    runtime_print("\n");
    runtime_exit(1);
}
