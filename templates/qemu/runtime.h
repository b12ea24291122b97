#ifndef RUNTIME_H
#define RUNTIME_H

/* What the start-up code and the runners share. */
#include <stddef.h>
#include <stdint.h>

/* Linker script: the stack of main. */
extern uint32_t runtime_stack_low[];
extern uint32_t runtime_stack_high[];

int main(void);

/* start_<architecture>.c: one semihosting call. */
intptr_t runtime_semihost(uintptr_t operation, const void *argument);

/* Ends the simulation: 0 = done, anything else = failed. */
void runtime_exit(int status);

/* Prints a line for the person or program that started the simulation. */
void runtime_print(const char *text);

/* Prints `text`, a space and `value` as 8 hexadecimal digits. */
void runtime_print_hex(const char *text, uint32_t value);

/* First word of the command line given to the simulator. */
char runtime_mode(void);

/* Opens a file of the folder in which the simulator runs; ends the simulation when it cannot. */
intptr_t runtime_open(const char *name, int write);

/* Reads up to `bytes`; returns how many were read. */
size_t runtime_read(intptr_t file, void *data, size_t bytes);

/* Writes all bytes; ends the simulation when it cannot. */
void runtime_write(intptr_t file, const void *data, size_t bytes);

#endif
