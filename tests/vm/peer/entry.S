/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a PVH domain begins: in 32-bit protected mode, without paging, with the
 * address of Xen's start info in %ebx.
 */
	.section .note.Xen, "a", @note
	.align	4
	.long	4, 4, 18		/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz	"Xen"
	.long	entry

	.text
	.globl	entry
entry:
	mov	$stack, %esp
	/* Xen writes its page of hypercalls there. */
	mov	$0x40000002, %eax
	push	%ebx
	cpuid
	mov	%ebx, %ecx
	mov	$hypercalls, %eax
	xor	%edx, %edx
	wrmsr
	call	peer
1:	hlt
	jmp	1b

	.bss
	.align	4096
	.globl	hypercalls
hypercalls:
	.skip	4096
	.skip	8192
stack:

	.section .note.GNU-stack, "", @progbits
