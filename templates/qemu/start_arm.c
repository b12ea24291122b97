/*
 * Start-up for Cortex-M: vector table, memory, floating point, faults. Built for Armv6-M to Armv8.1-M.
 * main runs on its own stack, at the low end of RAM, below which access faults; the handlers have theirs. Code and
 * constants are read-only, as in flash.
 */
#include "board.h"
#include "runtime.h"

#define CPACR 0xE000ED88u
#define CFSR 0xE000ED28u
#define MMFAR 0xE000ED34u
#define BFAR 0xE000ED38u
#define MPU_CTRL 0xE000ED94u
#define MPU_RNR 0xE000ED98u
#define MPU_RBAR 0xE000ED9Cu
#define MPU_RASR 0xE000EDA0u /* Armv8-M: RLAR */
#define MPU_MAIR0 0xE000EDC0u
#define GUARD_BYTES 0x1000000u
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

/* A guard below the stack (Armv8-M: the stack's limit), and read-only code. Regions of Armv7-M are powers of two. */
static void protect(void)
{
#if defined(__ARM_ARCH) && __ARM_ARCH >= 8
    __asm__ volatile("msr psplim, %0" : : "r"(runtime_stack_low));
    BOARD_REGISTER(MPU_MAIR0) = 0x44u;
    BOARD_REGISTER(MPU_RNR) = 0u;
    BOARD_REGISTER(MPU_RBAR) = BOARD_CODE | 4u;
    BOARD_REGISTER(MPU_RASR) = ((BOARD_CODE + BOARD_CODE_BYTES - 1u) & ~31u) | 1u;
#else
    BOARD_REGISTER(MPU_RBAR) = (BOARD_RAM - GUARD_BYTES) | 0x10u;
    BOARD_REGISTER(MPU_RASR) = (1u << 28) | ((uint32_t)(__builtin_ctz(GUARD_BYTES) - 1) << 1) | 1u;
    BOARD_REGISTER(MPU_RBAR) = BOARD_CODE | 0x11u;
    BOARD_REGISTER(MPU_RASR) = (6u << 24) | ((uint32_t)(__builtin_ctz(BOARD_CODE_BYTES) - 1) << 1) | 1u;
#endif
    BOARD_REGISTER(MPU_CTRL) = 5u; /* on, with the default map for the rest */
    __asm__ volatile("dsb\n\tisb");
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
    protect();
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
    runtime_print_hex("address", BOARD_REGISTER((status & 0x80u) != 0u ? MMFAR : BFAR));
    runtime_print("\n");
    runtime_exit(1);
}
