/* Files, messages and the end of a run through semihosting: Arm IHI0068, which RISC-V follows. */
#include "runtime.h"

enum {
    SYS_OPEN = 0x01,
    SYS_WRITE0 = 0x04,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_GET_CMDLINE = 0x15,
    SYS_EXIT = 0x18,
    MODE_RB = 1,
    MODE_WB = 5
};

#define EXIT_DONE 0x20026u   /* ADP_Stopped_ApplicationExit */
#define EXIT_FAILED 0x20024u /* ADP_Stopped_InternalError */

void runtime_exit(int status)
{
    for (;;) {
        (void)runtime_semihost(SYS_EXIT, (const void *)(uintptr_t)(status == 0 ? EXIT_DONE : EXIT_FAILED));
    }
}

void runtime_print(const char *text)
{
    (void)runtime_semihost(SYS_WRITE0, text);
}

void runtime_print_hex(const char *text, uint32_t value)
{
    char digits[10];
    int i;
    for (i = 0; i < 8; ++i) {
        digits[i] = "0123456789abcdef"[(value >> (28 - 4 * i)) & 15u];
    }
    digits[8] = ' ';
    digits[9] = '\0';
    runtime_print(text);
    runtime_print(" ");
    runtime_print(digits);
}

/* The command line is "IMAGE MODE", or just "MODE"; the last word counts. */
char runtime_mode(void)
{
    static char text[256];
    uintptr_t block[2];
    uintptr_t i;
    char first = '\0';
    block[0] = (uintptr_t)text;
    block[1] = sizeof text;
    if (runtime_semihost(SYS_GET_CMDLINE, block) != 0) {
        return '\0';
    }
    for (i = 0; i < block[1] && i < sizeof text && text[i] != '\0'; ++i) {
        if (i == 0 || text[i - 1] == ' ') {
            first = text[i];
        }
    }
    return first;
}

intptr_t runtime_open(const char *name, int write)
{
    uintptr_t block[3];
    intptr_t file;
    uintptr_t length = 0;
    while (name[length] != '\0') {
        ++length;
    }
    block[0] = (uintptr_t)name;
    block[1] = write ? MODE_WB : MODE_RB;
    block[2] = length;
    file = runtime_semihost(SYS_OPEN, block);
    if (file == -1) {
        runtime_print("espalier-error: cannot open a file\n");
        runtime_exit(1);
    }
    return file;
}

size_t runtime_read(intptr_t file, void *data, size_t bytes)
{
    uintptr_t block[3];
    block[0] = (uintptr_t)file;
    block[1] = (uintptr_t)data;
    block[2] = bytes;
    return bytes - (size_t)runtime_semihost(SYS_READ, block);
}

void runtime_write(intptr_t file, const void *data, size_t bytes)
{
    uintptr_t block[3];
    block[0] = (uintptr_t)file;
    block[1] = (uintptr_t)data;
    block[2] = bytes;
    if (runtime_semihost(SYS_WRITE, block) != 0) {
        runtime_print("espalier-error: cannot write a file\n");
        runtime_exit(1);
    }
}
