/*
 * Start-up for Cortex-M: vector table, memory, floating point, faults. Built for Armv6-M to Armv8.1-M.
 * main runs on its own stack, at the low end of RAM: when it overflows, the access faults, and the handlers still have theirs.
 */
#include "board.h"
#include "runtime.h"

#define CPACR 0xE000ED88u
#define CFSR 0xE000ED28u
#define BFAR 0xE000ED38u
#define STACKING_FAULTS 0x00101010u /* CFSR: MSTKERR, STKERR, STKOF */

extern uint32_t runtime_data_load[];
extern uint32_t runtime_data_start[];
extern uint32_t runtime_data_end[];
extern uint32_t runtime_bss_start[];
extern uint32_t runtime_bss_end[];
extern uint32_t runtime_handler_stack[];

void runtime_reset(void);
void runtime_fault(void);
void runtime_fault_report(uint32_t number, const uint32_t *frame);

/* The handler of BOARD_MARK, where there is one. */
__attribute__((weak)) void runner_mark(void);

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    runtime_handler_stack, (const void *)runtime_reset, (const void *)runtime_fault, (const void *)runtime_fault,
    (const void *)runtime_fault, (const void *)runtime_fault, (const void *)runtime_fault, (const void *)runtime_fault,
    NULL, NULL, NULL, (const void *)runner_mark, (const void *)runtime_fault, NULL,
    (const void *)runtime_fault, (const void *)runtime_fault,
};

__attribute__((naked)) intptr_t runtime_semihost(uintptr_t operation, const void *argument)
{
    (void)operation;
    (void)argument;
    __asm__ volatile("bkpt 0xab\n\tbx lr");
}

/* Thread mode goes over to the process stack; what follows is main's. */
__attribute__((naked, noinline, noreturn)) static void enter_main(void)
{
    __asm__ volatile(
        "ldr r0, =runtime_stack_high\n\t"
        "msr psp, r0\n\t"
        "movs r0, #2\n\t"
        "mrs r1, control\n\t"
        "orrs r0, r1\n\t"
        "msr control, r0\n\t"
        "isb\n\t"
        "bl main\n\t"
        "bl runtime_exit\n\t"
        ".ltorg");
}

void runtime_reset(void)
{
    const uint32_t *from = runtime_data_load;
    uint32_t *to;
    for (to = runtime_data_start; to < runtime_data_end; ++to) {
        *to = *from++;
    }
    for (to = runtime_bss_start; to < runtime_bss_end; ++to) {
        *to = 0;
    }
#if defined(__ARM_FP) || (defined(__ARM_FEATURE_MVE) && __ARM_FEATURE_MVE)
    BOARD_REGISTER(CPACR) |= 0xFu << 20; /* floating point and MVE */
    __asm__ volatile("dsb\n\tisb");
#endif
    board_setup();
    enter_main();
}

/* Finds the frame that the exception stacked, on whichever stack was in use. */
__attribute__((naked)) void runtime_fault(void)
{
    __asm__ volatile(
        "mrs r0, ipsr\n\t"
        "mov r2, lr\n\t"
        "movs r3, #4\n\t"
        "mrs r1, psp\n\t"
        "tst r2, r3\n\t"
        "bne 1f\n\t"
        "mrs r1, msp\n\t"
        "1: ldr r3, =runtime_fault_report\n\t"
        "bx r3\n\t"
        ".ltorg");
}

/* One line that verify/qemu-fault.ts reads. The frame holds r0-r3, r12, lr, pc, xpsr. */
void runtime_fault_report(uint32_t number, const uint32_t *frame)
{
    const uint32_t status = BOARD_REGISTER(CFSR);
    const int broken = (status & STACKING_FAULTS) != 0u;
    runtime_print_hex("espalier-fault: number", number);
    runtime_print_hex("pc", broken ? 0u : frame[6]);
    runtime_print_hex("lr", broken ? 0u : frame[5]);
    runtime_print_hex("status", status);
    runtime_print_hex("address", BOARD_REGISTER(BFAR));
    runtime_print("\n");
    runtime_exit(1);
}
