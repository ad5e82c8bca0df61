// A stub for each hook on aarch64: see stubs_x86_64.S. SPDX-License-Identifier: Apache-2.0
//
// x0 to x7 and q0 to q7 carry arguments, x8 the address of a result by value; x16 and x17 are free between functions.
#include "adapters/preload/symbols.h"

.hidden hook_state; .hidden hook_originals; .hidden find_original; .hidden unwind_resume; .hidden swallow_exception
.hidden call_personality; .hidden around_personality

#define ENTER(size) \
    stp x29, x30, [sp, #-(size)]!; .cfi_def_cfa_offset size; .cfi_offset 29, -(size); .cfi_offset 30, -(size) + 8; \
    mov x29, sp; .cfi_def_cfa_register 29
#define LEAVE(size) \
    mov sp, x29; ldp x29, x30, [sp], #(size); .cfi_def_cfa 31, 0; .cfi_restore 29; .cfi_restore 30
#define SAVE \
    stp x0, x1, [sp, #16]; stp x2, x3, [sp, #32]; stp x4, x5, [sp, #48]; stp x6, x7, [sp, #64]; str x8, [sp, #80]; \
    stp q0, q1, [sp, #96]; stp q2, q3, [sp, #128]; stp q4, q5, [sp, #160]; stp q6, q7, [sp, #192]
#define RESTORE \
    ldp x0, x1, [sp, #16]; ldp x2, x3, [sp, #32]; ldp x4, x5, [sp, #48]; ldp x6, x7, [sp, #64]; ldr x8, [sp, #80]; \
    ldp q0, q1, [sp, #96]; ldp q2, q3, [sp, #128]; ldp q4, q5, [sp, #160]; ldp q6, q7, [sp, #192]

.text
// Calls the handler in x16 with the registers; an exception ends in swallow_exception().
.p2align 2
.type call_handler, %function
call_handler:
    .cfi_startproc
    .cfi_personality 0x1b, call_personality
    .cfi_lsda 0x1b, call_landing
    ENTER(224)
    SAVE
    add x0, sp, #16
    blr x16
.Lcall_done:
    RESTORE
    LEAVE(224)
    ret
.Lcall_caught:
    .cfi_def_cfa 29, 224
    .cfi_offset 29, -224
    .cfi_offset 30, -216
    bl swallow_exception
    b .Lcall_done
    .cfi_endproc
.size call_handler, . - call_handler

// run_guarded(work, first, second).
.hidden run_guarded
.globl run_guarded
.type run_guarded, %function
run_guarded:
    .cfi_startproc
    hint #34
    mov x16, x0
    mov x0, x1
    mov x1, x2
    b call_handler
    .cfi_endproc
.size run_guarded, . - run_guarded

// call_returning(result, function, self, argument): the result's address is in x8.
.hidden call_returning
.globl call_returning
.type call_returning, %function
call_returning:
    .cfi_startproc
    hint #34
    mov x8, x0
    mov x16, x1
    mov x0, x2
    mov x1, x3
    br x16
    .cfi_endproc
.size call_returning, . - call_returning

// Finds the original of hook number w16, for the caller in x17.
.p2align 2
.type call_find, %function
call_find:
    .cfi_startproc
    ENTER(224)
    SAVE
    mov w0, w16
    mov x1, x17
    bl find_original
    RESTORE
    LEAVE(224)
    ret
    .cfi_endproc
.size call_find, . - call_find

.section .gcc_except_table, "a", %progbits
.p2align 2
call_landing: .long .Lcall_caught - call_landing
.text

#define BEGIN(id, symbol) \
    .hidden on_##id; .globl symbol; .type symbol, %function; \
    .hidden stub_##id; .globl stub_##id; .set stub_##id, symbol; \
    .p2align 2; \
    symbol: .cfi_startproc

#define END(id, symbol) .cfi_endproc; .size symbol, . - symbol; .set hook_number, hook_number + 1

// The return address survives in a frame of its own while something is called.
#define CALL(target) \
    stp x29, x30, [sp, #-16]!; .cfi_adjust_cfa_offset 16; .cfi_rel_offset 29, 0; .cfi_rel_offset 30, 8; \
    bl target; \
    ldp x29, x30, [sp], #16; .cfi_adjust_cfa_offset -16; .cfi_restore 29; .cfi_restore 30
#define ORIGINAL adrp x16, hook_originals + 8 * hook_number; ldr x16, [x16, :lo12:hook_originals + 8 * hook_number]
#define STATE adrp x16, hook_state; ldr w16, [x16, :lo12:hook_state]; cmp w16, #1
#define HANDLER(name) adrp x16, name; add x16, x16, :lo12:name

.set hook_number, 0

#define BEFORE(id, symbol) \
    BEGIN(id, symbol); \
    hint #34; \
    10: STATE; \
    b.ne 20f; \
    HANDLER(on_##id); \
    CALL(call_handler); \
    20: ORIGINAL; \
    cbz x16, 30f; \
    br x16; \
    30: mov w16, #hook_number; \
    mov x17, x30; \
    CALL(call_find); \
    b 10b; \
    END(id, symbol);

#define SAVE_ARGUMENTS \
    stp x0, x1, [sp, #16]; stp x2, x3, [sp, #32]; stp x4, x5, [sp, #48]; stp x6, x7, [sp, #64]
#define LOAD_ARGUMENTS \
    ldp x0, x1, [sp, #16]; ldp x2, x3, [sp, #32]; ldp x4, x5, [sp, #48]; ldp x6, x7, [sp, #64]

#define AROUND(id, symbol) \
    .hidden after_##id; \
    BEGIN(id, symbol); \
    .cfi_personality 0x1b, around_personality; \
    .cfi_lsda 0x1b, landing_##id; \
    hint #34; \
    10: ORIGINAL; \
    cbz x16, 30f; \
    STATE; \
    b.ne 20f; \
    .cfi_remember_state; \
    ENTER(128); \
    SAVE_ARGUMENTS; \
    HANDLER(on_##id); \
    bl call_handler; \
    ORIGINAL; \
    blr x16; \
    stp x0, x1, [sp, #80]; str q0, [sp, #96]; \
    LOAD_ARGUMENTS; \
    mov x8, #0; \
    HANDLER(after_##id); \
    bl call_handler; \
    ldp x0, x1, [sp, #80]; ldr q0, [sp, #96]; \
    LEAVE(128); \
    ret; \
    40: .cfi_def_cfa 29, 128; .cfi_offset 29, -128; .cfi_offset 30, -120; \
    str x0, [sp, #80]; \
    LOAD_ARGUMENTS; \
    mov x8, #1; \
    HANDLER(after_##id); \
    bl call_handler; \
    ldr x0, [sp, #80]; \
    adrp x16, unwind_resume; \
    ldr x16, [x16, :lo12:unwind_resume]; \
    blr x16; \
    brk #1; \
    .cfi_restore_state; \
    20: ORIGINAL; \
    br x16; \
    30: mov w16, #hook_number; \
    mov x17, x30; \
    CALL(call_find); \
    b 10b; \
    .pushsection .gcc_except_table; \
    landing_##id: .long 40b - landing_##id; \
    .popsection; \
    END(id, symbol);

HOOKS(BEFORE, AROUND)

.section .note.GNU-stack, "", %progbits
