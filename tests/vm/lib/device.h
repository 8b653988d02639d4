/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device under test, used by bare system calls: what tests and workers have
 * in common. Every function returns 0 (or what its comment says) or -errno.
 */
#ifndef VM_DEVICE_H
#define VM_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEVICE_PATH	"/dev/xen/gntalloc"
#define PAGE		4096UL

/* Opens the device. Returns a new descriptor. */
int device_open(void);

/* Closes and unmaps all that this process has of the device, and all dma-bufs. */
void device_let_go(void);

int device_alloc_2010(int fd, uint16_t domid, uint32_t readonly,
		      uint32_t *gref, uint32_t *page_idx);
int device_dealloc_2010(int fd, uint32_t gref);

/* @grefs has room for @count grefs. */
int device_alloc(int fd, uint16_t domid, uint16_t flags, uint32_t count,
		 uint64_t *index, uint32_t *grefs);
int device_dealloc(int fd, uint64_t index, uint32_t count);
int device_notify(int fd, uint64_t index, uint32_t action, uint32_t port);

/* Maps @pages pages by mmap(), MAP_SHARED, readable and writable. */
int device_map(int fd, uint64_t index, size_t pages, void **address);

/* The address at the end of a page after which nothing is mapped. */
char *cliff(void);

/*
 * Does every byte have the value @byte? (One ck_assert for each byte would cost
 * one write() each.)
 */
bool memory_is(const void *address, unsigned char byte, size_t size);

/* The value of a counter of the module, such as "entries" or "draining". */
long device_counter(const char *name);

/*
 * Waits until the counter has the value, and reads nothing but that counter.
 * Returns the milliseconds that it took, or -ETIMEDOUT.
 */
long device_await(const char *name, long value, long milliseconds);

/* The pages that this process has pinned: VmPin in /proc/self/status. */
long pinned_pages(void);

long long device_limit(void);
int device_set_limit(long long limit);

/*
 * Writes @text, without any change, to a file; reads the first line of a file.
 * Returns 0 or -errno.
 */
int device_write_text(const char *path, const char *text);
int device_read_text(const char *path, char *text, size_t size);
/* The same for a parameter of the module. */
int device_write_parameter(const char *name, const char *text);
int device_read_parameter(const char *name, char *text, size_t size);
/*
 * Returns the number behind "@name:" in a file, where it begins a line; or -errno,
 * which is -ENODATA if there is no such line.
 */
long device_read_number(const char *path, const char *name);

/*
 * Returns 1 when the module is loaded. Its version is in @version, if not NULL.
 */
int module_loaded(char *version, size_t size);

/* Unloads by delete_module(O_NONBLOCK), refused at once while in use. */
int module_unload(void);

/* Loads by modprobe with these parameters. -EINVAL when modprobe fails. */
int module_load(const char *parameters);

/* Is the version of this kernel at least @major.@minor? */
bool kernel_since(int major, int minor);

/*
 * How many times longer than usual everything takes in this kernel, which may
 * be one that looks for bugs. A test that repeats something only to be more
 * certain divides the repetitions by it.
 */
int slowness(void);

/*
 * How many times longer than usual a test waits for what has to come, such as
 * an answer, before it fails. libcheck multiplies its time-outs by this number.
 * The machine may have other things to do.
 */
int patience(void);
long now_ms(void);
void sleep_ms(long milliseconds);

#endif
