// A stub for each hook, under tt-metal's own name. SPDX-License-Identifier: Apache-2.0
//
// BEFORE: all registers that can carry arguments are saved, on_<id>() is called, they are restored, and the original is
// jumped to: return values, arguments on the stack and exceptions pass as if nobody was there. AROUND calls the original
// instead, and after_<id>() when it returned or threw. Without an original the stub first finds it (state 0: finds
// tt-metal at all). r11 is free between functions; nothing else is touched.
#include "adapters/preload/symbols.h"

.hidden hook_state; .hidden hook_originals; .hidden find_original; .hidden unwind_resume; .hidden swallow_exception
.hidden call_personality; .hidden around_personality

#define FRAME(size) \
    push %rbp; .cfi_def_cfa_offset 16; .cfi_offset %rbp, -16; \
    mov %rsp, %rbp; .cfi_def_cfa_register %rbp; \
    sub $(size), %rsp
#define LEAVE leave; .cfi_def_cfa %rsp, 8
#define SAVE_INTEGERS \
    mov %rdi, 0(%rsp); mov %rsi, 8(%rsp); mov %rdx, 16(%rsp); mov %rcx, 24(%rsp); mov %r8, 32(%rsp); \
    mov %r9, 40(%rsp); mov %rax, 48(%rsp); mov %r10, 56(%rsp)
#define LOAD_INTEGERS \
    mov 0(%rsp), %rdi; mov 8(%rsp), %rsi; mov 16(%rsp), %rdx; mov 24(%rsp), %rcx; mov 32(%rsp), %r8; \
    mov 40(%rsp), %r9; mov 48(%rsp), %rax; mov 56(%rsp), %r10
#define SAVE \
    SAVE_INTEGERS; \
    movaps %xmm0, 64(%rsp); movaps %xmm1, 80(%rsp); movaps %xmm2, 96(%rsp); movaps %xmm3, 112(%rsp); \
    movaps %xmm4, 128(%rsp); movaps %xmm5, 144(%rsp); movaps %xmm6, 160(%rsp); movaps %xmm7, 176(%rsp)
#define RESTORE \
    LOAD_INTEGERS; \
    movaps 64(%rsp), %xmm0; movaps 80(%rsp), %xmm1; movaps 96(%rsp), %xmm2; movaps 112(%rsp), %xmm3; \
    movaps 128(%rsp), %xmm4; movaps 144(%rsp), %xmm5; movaps 160(%rsp), %xmm6; movaps 176(%rsp), %xmm7

.text
// Calls the handler in r11 with the registers; an exception ends in swallow_exception() and goes no further.
.p2align 4
.type call_handler, @function
call_handler:
    .cfi_startproc
    .cfi_personality 0x1b, call_personality
    .cfi_lsda 0x1b, call_landing
    FRAME(192)
    and $-16, %rsp
    SAVE
    mov %rsp, %rdi
    call *%r11
.Lcall_done:
    RESTORE
    LEAVE
    ret
.Lcall_caught:
    .cfi_def_cfa %rbp, 16
    mov %rax, %rdi
    call swallow_exception
    jmp .Lcall_done
    .cfi_endproc
.size call_handler, . - call_handler

// The same for functions whose arguments are integers: r11 is a handler of an AROUND hook.
.p2align 4
.type call_around, @function
call_around:
    .cfi_startproc
    .cfi_personality 0x1b, call_personality
    .cfi_lsda 0x1b, around_landing
    FRAME(64)
    and $-16, %rsp
    SAVE_INTEGERS
    mov %rsp, %rdi
    call *%r11
.Laround_done:
    LOAD_INTEGERS
    LEAVE
    ret
.Laround_caught:
    .cfi_def_cfa %rbp, 16
    mov %rax, %rdi
    call swallow_exception
    jmp .Laround_done
    .cfi_endproc
.size call_around, . - call_around

// run_guarded(work, first, second).
.hidden run_guarded
.globl run_guarded
.type run_guarded, @function
run_guarded:
    .cfi_startproc
    mov %rdi, %r11
    mov %rsi, %rdi
    mov %rdx, %rsi
    jmp call_handler
    .cfi_endproc
.size run_guarded, . - run_guarded

// call_returning(result, function, self, argument): the result's address is the first argument.
.hidden call_returning
.globl call_returning
.type call_returning, @function
call_returning:
    .cfi_startproc
    endbr64
    mov %rsi, %rax
    mov %rdx, %rsi
    mov %rcx, %rdx
    jmp *%rax
    .cfi_endproc
.size call_returning, . - call_returning

// Finds the original of hook number r11.
.p2align 4
.type call_find, @function
call_find:
    .cfi_startproc
    FRAME(192)
    and $-16, %rsp
    SAVE
    mov %r11d, %edi
    mov 16(%rbp), %rsi
    call find_original
    RESTORE
    LEAVE
    ret
    .cfi_endproc
.size call_find, . - call_find

.section .gcc_except_table, "a", @progbits
.p2align 2
call_landing: .long .Lcall_caught - call_landing
around_landing: .long .Laround_caught - around_landing
.text

#define BEGIN(id, symbol) \
    .hidden on_##id; .globl symbol; .type symbol, @function; \
    .hidden stub_##id; .globl stub_##id; .set stub_##id, symbol; \
    .p2align 4; \
    symbol: .cfi_startproc

#define END(id, symbol) .cfi_endproc; .size symbol, . - symbol; .set hook_number, hook_number + 1

.set hook_number, 0

#define BEFORE(id, symbol) \
    BEGIN(id, symbol); \
    endbr64; \
    10: cmpl $1, hook_state(%rip); \
    jne 20f; \
    leaq on_##id(%rip), %r11; \
    call call_handler; \
    20: movq hook_originals + 8 * hook_number(%rip), %r11; \
    testq %r11, %r11; \
    jz 30f; \
    jmp *%r11; \
    30: movl $hook_number, %r11d; \
    call call_find; \
    jmp 10b; \
    END(id, symbol);

#define SAVE_ARGUMENTS \
    mov %rdi, 0(%rsp); mov %rsi, 8(%rsp); mov %rdx, 16(%rsp); mov %rcx, 24(%rsp); mov %r8, 32(%rsp); mov %r9, 40(%rsp)
#define LOAD_ARGUMENTS \
    mov 0(%rsp), %rdi; mov 8(%rsp), %rsi; mov 16(%rsp), %rdx; mov 24(%rsp), %rcx; mov 32(%rsp), %r8; mov 40(%rsp), %r9

#define AROUND(id, symbol) \
    .hidden after_##id; \
    BEGIN(id, symbol); \
    .cfi_personality 0x1b, around_personality; \
    .cfi_lsda 0x1b, landing_##id; \
    endbr64; \
    10: cmpq $0, hook_originals + 8 * hook_number(%rip); \
    je 30f; \
    cmpl $1, hook_state(%rip); \
    jne 20f; \
    .cfi_remember_state; \
    FRAME(96); \
    SAVE_ARGUMENTS; \
    leaq on_##id(%rip), %r11; \
    call call_around; \
    call *hook_originals + 8 * hook_number(%rip); \
    mov %rax, 48(%rsp); mov %rdx, 56(%rsp); movaps %xmm0, 64(%rsp); \
    LOAD_ARGUMENTS; \
    xorl %eax, %eax; \
    leaq after_##id(%rip), %r11; \
    call call_around; \
    mov 48(%rsp), %rax; mov 56(%rsp), %rdx; movaps 64(%rsp), %xmm0; \
    LEAVE; \
    ret; \
    40: .cfi_def_cfa %rbp, 16; \
    mov %rax, 48(%rsp); \
    LOAD_ARGUMENTS; \
    movl $1, %eax; \
    leaq after_##id(%rip), %r11; \
    call call_around; \
    mov 48(%rsp), %rdi; \
    call *unwind_resume(%rip); \
    ud2; \
    .cfi_restore_state; \
    20: jmp *hook_originals + 8 * hook_number(%rip); \
    30: movl $hook_number, %r11d; \
    call call_find; \
    jmp 10b; \
    .pushsection .gcc_except_table; \
    landing_##id: .long 40b - landing_##id; \
    .popsection; \
    END(id, symbol);

HOOKS(BEFORE, AROUND)

.section .note.GNU-stack, "", @progbits
