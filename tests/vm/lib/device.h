/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device under test, by bare system calls: what the tests and the workers
 * share. Every function returns 0 (or what it says) or -errno.
 */
#ifndef VM_DEVICE_H
#define VM_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEVICE_PATH	"/dev/xen/gntalloc"
#define PAGE		4096UL

/* A new descriptor of the device. */
int device_open(void);

/* Close and unmap all that this process has of the device. */
void device_let_go(void);

int device_alloc_2010(int fd, uint16_t domid, uint32_t readonly,
		      uint32_t *gref, uint32_t *page_idx);
int device_dealloc_2010(int fd, uint32_t gref);

/* @grefs has room for @count of them. */
int device_alloc(int fd, uint16_t domid, uint16_t flags, uint32_t count,
		 uint64_t *index, uint32_t *grefs);
int device_dealloc(int fd, uint64_t index, uint32_t count);
int device_notify(int fd, uint64_t index, uint32_t action, uint32_t port);

/* mmap() of @pages pages, MAP_SHARED, readable and writable. */
int device_map(int fd, uint64_t index, size_t pages, void **address);

/* Where a page of memory ends, and none is behind it. */
char *cliff(void);

/* Is all of it this byte? (A ck_assert for each would cost a write each.) */
bool memory_is(const void *address, unsigned char byte, size_t size);

/* The module's counter "grants" or "draining". */
long device_counter(const char *name);

/*
 * Wait until the counter has the value, reading nothing but the counter.
 * Returns the milliseconds that it took, or -ETIMEDOUT.
 */
long device_await(const char *name, long value, long milliseconds);

long long device_limit(void);
int device_set_limit(long long limit);

/* Write @text, as it is, to the module's parameter. */
int device_write_parameter(const char *name, const char *text);
int device_read_parameter(const char *name, char *text, size_t size);

/* 1 when the module is loaded; its version in @version when not NULL. */
int module_loaded(char *version, size_t size);

/* delete_module(O_NONBLOCK): refused at once while the module is in use. */
int module_unload(void);

/* modprobe with these parameters; -EINVAL when modprobe fails. */
int module_load(const char *parameters);

/* Is this kernel, by its version, at least that one? */
bool kernel_since(int major, int minor);

/*
 * How many times as long as usual all may take here, in a kernel that looks for
 * bugs: what libcheck multiplies its time-outs by. What is only repeated, to
 * be sure, is repeated less.
 */
int slowness(void);
long now_ms(void);
void sleep_ms(long milliseconds);

#endif
