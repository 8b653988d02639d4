// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ways of a descriptor and its pages through the kernel: to other
 * processes, to files and pipes, and to the end of the process.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device.h"
#include "fd_pass.h"
#include "fixture.h"
#include "suite.h"

/* A directory in a file system that supports O_DIRECT. */
#define DISK	"/mnt/disk"

/* Forks a child that receives the file before this process opens it. */
static pid_t receiver(int *socket, int (*body)(int file, int socket))
{
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	pid = fork();
	if (!pid) {
		close(ends[0]);
		_exit(body(receive_file(ends[1]), ends[1]));
	}
	close(ends[1]);
	*socket = ends[0];
	return pid;
}

static void ends_well(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

static int use_all_calls(int file, int socket)
{
	void *address;

	(void)socket;
	if (device_map(file, 0, 2, &address) ||
	    !memory_is(address, 0x11, 2 * PAGE))
		return 1;
	memset(address, 0x22, 2 * PAGE);
	if (device_dealloc(file, 0, 1) ||
	    device_alloc(file, NOBODY, 0, 3, NULL, NULL))
		return 2;
	return 0;
}

START_TEST(a_passed_descriptor_is_the_same_file)
{
	int file = (int)must(device_open());
	int socket;
	void *address;
	pid_t pid;

	must(device_alloc(file, NOBODY, 0, 2, NULL, NULL));
	must(device_map(file, 0, 2, &address));
	memset(address, 0x11, 2 * PAGE);
	pid = receiver(&socket, use_all_calls);
	ck_assert(send_file(socket, file));
	ends_well(pid);
	ck_assert(memory_is(address, 0x22, 2 * PAGE));
	fails(device_dealloc(file, 0, 1), EINVAL);
	/* Page 0 is mapped here, 1 is allocated, 2 to 4 came from the child. */
	ck_assert_int_eq(device_counter("entries"), 5);
	must(device_dealloc(file, PAGE, 4));
}
END_TEST

static int wait_then_look(int file, int socket)
{
	void *address;
	char byte;

	if (read(socket, &byte, 1) != 1)
		return 1;
	return device_map(file, 0, 1, &address) ||
	       !memory_is(address, 0x11, PAGE);
}

START_TEST(a_passed_descriptor_keeps_the_pages_of_its_sender)
{
	int file = (int)must(device_open());
	void *address;
	int socket;
	pid_t pid;

	must(device_alloc(file, NOBODY, 0, 1, NULL, NULL));
	must(device_map(file, 0, 1, &address));
	memset(address, 0x11, PAGE);
	pid = receiver(&socket, wait_then_look);
	ck_assert(send_file(socket, file));
	munmap(address, PAGE);
	close(file);
	ck_assert_int_eq(device_counter("entries"), 1);
	ck_assert_int_eq(write(socket, "", 1), 1);
	ends_well(pid);
	ck_assert_int_ge(device_await("entries", 0, 1000), 0);
}
END_TEST

START_TEST(a_descriptor_that_nobody_receives_frees_its_pages)
{
	int file = (int)must(device_open());
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	must(device_alloc(file, NOBODY, 0, 3, NULL, NULL));
	ck_assert(send_file(ends[0], file));
	close(file);
	ck_assert_int_eq(device_counter("entries"), 3);
	close(ends[0]);
	close(ends[1]);
	ck_assert_int_ge(device_await("entries", 0, 1000), 0);
}
END_TEST

START_TEST(a_duplicate_keeps_the_pages)
{
	int file = (int)must(device_open());
	int copy = dup(file);

	must(device_alloc(file, NOBODY, 0, 2, NULL, NULL));
	close(file);
	ck_assert_int_eq(device_counter("entries"), 2);
	must(device_dealloc(copy, 0, 1));
	ck_assert_int_eq(device_counter("entries"), 1);
	close(copy);
	ck_assert_int_eq(device_counter("entries"), 0);
}
END_TEST

START_TEST(a_close_frees_the_pages)
{
	int file = (int)must(device_open());

	must(device_alloc(file, NOBODY, 0, 5, NULL, NULL));
	must(device_alloc_2010(file, NOBODY, 0, NULL, NULL));
	close(file);
	ck_assert_int_eq(device_counter("entries"), 0);
}
END_TEST

START_TEST(a_close_with_a_live_mapping_frees_nothing)
{
	int file = (int)must(device_open());
	void *address;

	must(device_alloc(file, NOBODY, 0, 5, NULL, NULL));
	must(device_map(file, PAGE, 2, &address));
	memset(address, 0x11, 2 * PAGE);
	close(file);
	ck_assert_int_eq(device_counter("entries"), 5);
	ck_assert(memory_is(address, 0x11, 2 * PAGE));
	munmap(address, PAGE);
	ck_assert_int_eq(device_counter("entries"), 5);
	munmap((char *)address + PAGE, PAGE);
	ck_assert_int_eq(device_counter("entries"), 0);
}
END_TEST

/*
 * Forks a child with pages that are allocated, mapped, or mapped only. When it
 * can read from @go, it ends, or becomes a cat until that has read the rest.
 */
static pid_t holder(int *go, bool becomes_cat)
{
	int ready[2], start[2];
	pid_t pid;
	char byte;

	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(start, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		int file = device_open();
		void *address;

		if (device_alloc(file, NOBODY, 1, 6, NULL, NULL) ||
		    device_map(file, 2 * PAGE, 4, &address) ||
		    device_dealloc(file, 4 * PAGE, 2))
			_exit(1);
		memset(address, 0x11, 4 * PAGE);
		if (write(ready[1], "", 1) != 1 ||
		    read(start[0], &byte, 1) != 1)
			_exit(1);
		if (becomes_cat) {
			dup2(start[0], STDIN_FILENO);
			execlp("cat", "cat", NULL);
			_exit(1);
		}
		_exit(0);
	}
	close(start[0]);
	close(ready[1]);
	*go = start[1];
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	ck_assert_int_eq(device_counter("entries"), 6);
	return pid;
}

START_TEST(a_process_that_exits_leaves_nothing)
{
	int go;
	pid_t pid = holder(&go, false);

	ck_assert_int_eq(write(go, "", 1), 1);
	ends_well(pid);
	ck_assert_int_ge(device_await("entries", 0, 1000), 0);
}
END_TEST

START_TEST(a_process_that_is_killed_leaves_nothing)
{
	int go;
	pid_t pid = holder(&go, false);

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ck_assert_int_ge(device_await("entries", 0, 1000), 0);
}
END_TEST

START_TEST(an_exec_closes_the_descriptor_and_its_mappings)
{
	int go, status;
	pid_t pid = holder(&go, true);

	ck_assert_int_eq(write(go, "", 1), 1);
	ck_assert_int_ge(device_await("entries", 0, 2000), 0);
	ck_assert_int_eq(waitpid(pid, &status, WNOHANG), 0);
	close(go);
	ends_well(pid);
}
END_TEST

/* A new file on a real file system, with @pages pages full of @byte. */
static int disk_file(size_t pages, int byte)
{
	char *bytes = malloc(pages * PAGE);
	int fd = open(DISK, O_TMPFILE | O_RDWR, 0600);

	ck_assert_msg(fd >= 0, "%s: %s", DISK, strerror(errno));
	memset(bytes, byte, pages * PAGE);
	ck_assert_int_eq(write(fd, bytes, pages * PAGE), pages * PAGE);
	fsync(fd);
	free(bytes);
	return fd;
}

static void use_o_direct(int fd)
{
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_DIRECT), 0);
}

START_TEST(o_direct_reads_a_file_into_shared_pages)
{
	int file = (int)must(device_open());
	int disk = disk_file(16, 0x5a);
	void *address;

	use_o_direct(disk);
	must(device_alloc(file, NOBODY, 1, 18, NULL, NULL));
	must(device_map(file, 0, 18, &address));
	ck_assert_int_eq(pread(disk, (char *)address + PAGE, 16 * PAGE, 0),
			 16 * PAGE);
	ck_assert(memory_is(address, 0, PAGE));
	ck_assert(memory_is((char *)address + PAGE, 0x5a, 16 * PAGE));
	ck_assert(memory_is((char *)address + 17 * PAGE, 0, PAGE));
}
END_TEST

START_TEST(o_direct_writes_shared_pages_to_a_file)
{
	int file = (int)must(device_open());
	int disk = disk_file(16, 0);
	char *back = malloc(16 * PAGE);
	void *address;

	must(device_alloc(file, NOBODY, 1, 16, NULL, NULL));
	must(device_map(file, 0, 16, &address));
	memset(address, 0xa5, 16 * PAGE);
	use_o_direct(disk);
	ck_assert_int_eq(pwrite(disk, address, 16 * PAGE, 0), 16 * PAGE);
	fcntl(disk, F_SETFL, 0);
	ck_assert_int_eq(pread(disk, back, 16 * PAGE, 0), 16 * PAGE);
	ck_assert(memory_is(back, 0xa5, 16 * PAGE));
}
END_TEST

START_TEST(o_direct_reads_into_pages_that_madv_dontneed_dropped)
{
	int file = (int)must(device_open());
	int disk = disk_file(4, 0x5a);
	void *address;

	use_o_direct(disk);
	must(device_alloc(file, NOBODY, 1, 4, NULL, NULL));
	must(device_map(file, 0, 4, &address));
	ck_assert_int_eq(madvise(address, 4 * PAGE, MADV_DONTNEED), 0);
	ck_assert_int_eq(pread(disk, address, 4 * PAGE, 0), 4 * PAGE);
	ck_assert(memory_is(address, 0x5a, 4 * PAGE));
}
END_TEST

START_TEST(a_socket_takes_what_it_sends_from_pages_and_receives_into_them)
{
	int file = (int)must(device_open());
	void *address;
	int ends[2];

	must(device_alloc(file, NOBODY, 1, 4, NULL, NULL));
	must(device_map(file, 0, 4, &address));
	memset(address, 0x3c, 2 * PAGE);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	ck_assert_int_eq(send(ends[0], address, 2 * PAGE, 0), 2 * PAGE);
	ck_assert_int_eq(recv(ends[1], (char *)address + 2 * PAGE, 2 * PAGE,
			      MSG_WAITALL), 2 * PAGE);
	ck_assert(memory_is(address, 0x3c, 4 * PAGE));
}
END_TEST

START_TEST(pages_in_a_pipe_outlive_their_end)
{
	int file = (int)must(device_open());
	char back[2 * PAGE];
	struct iovec io;
	void *address;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	must(device_alloc(file, NOBODY, 1, 2, NULL, NULL));
	must(device_map(file, 0, 2, &address));
	memset(address, 0x3c, 2 * PAGE);
	io.iov_base = address;
	io.iov_len = 2 * PAGE;
	ck_assert_int_eq(vmsplice(ends[1], &io, 1, 0), 2 * PAGE);
	munmap(address, 2 * PAGE);
	close(file);
	ck_assert_int_eq(device_counter("entries"), 0);

	/* The next region that gets these pages again overwrites them. */
	file = (int)must(device_open());
	must(device_alloc(file, NOBODY, 1, 64, NULL, NULL));
	must(device_map(file, 0, 64, &address));
	memset(address, 0xff, 64 * PAGE);
	ck_assert_int_eq(read(ends[0], back, 2 * PAGE), 2 * PAGE);
	ck_assert(memory_is(back, 0x3c, 2 * PAGE));
}
END_TEST

START_TEST(other_processes_reach_the_pages_as_a_debugger_does)
{
	int file = (int)must(device_open());
	struct iovec here, there;
	char back[PAGE];
	void *address;
	pid_t pid;

	must(device_alloc(file, NOBODY, 1, 1, NULL, NULL));
	must(device_map(file, 0, 1, &address));
	memset(address, 0x42, PAGE);
	pid = fork();
	if (!pid) {
		pause();
		_exit(0);
	}
	here = (struct iovec){ back, PAGE };
	there = (struct iovec){ address, PAGE };
	ck_assert_int_eq(process_vm_readv(pid, &here, 1, &there, 1, 0), PAGE);
	ck_assert(memory_is(back, 0x42, PAGE));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
END_TEST
