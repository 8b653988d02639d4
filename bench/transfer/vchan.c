// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vchan send FILE DOMID PATH, vchan receive FILE DOMID PATH: a file through Xen's
 * libxenvchan, as simply as possible, with the largest ring that it can have.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <libxenvchan.h>

#define RING	1048576
#define BUFFER	262144

static char buffer[BUFFER];

static void check(int right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "vchan: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What gntshare prints, from when both sides are there until all is stored. */
static void report(long size, double start)
{
	fprintf(stderr, "%ld bytes, %.1f MB/s\n", size,
		(double)size / 1e6 / (seconds() - start));
}

static void send_all(struct libxenvchan *channel, int fd)
{
	struct stat st;
	double start;
	long size, got;

	check(!fstat(fd, &st), "fstat");
	size = st.st_size;
	check(libxenvchan_read(channel, buffer, 1) == 1, "read");
	start = seconds();
	check(libxenvchan_write(channel, &size, sizeof(size)) == sizeof(size),
	      "write");
	while ((got = read(fd, buffer, sizeof(buffer))) > 0)
		check(libxenvchan_write(channel, buffer, (size_t)got) == got,
		      "write");
	check(!got, "read");
	/* The receiver has stored it. */
	check(libxenvchan_read(channel, buffer, 1) == 1, "read");
	report(size, start);
}

static void receive_all(struct libxenvchan *channel, int fd)
{
	long size, left;
	double start;
	int got;

	check(libxenvchan_write(channel, buffer, 1) == 1, "write");
	start = seconds();
	check(libxenvchan_read(channel, &size, sizeof(size)) == sizeof(size),
	      "read");
	left = size;
	while (left > 0) {
		got = libxenvchan_read(channel, buffer, sizeof(buffer));
		check(got > 0, "read");
		check(write(fd, buffer, (size_t)got) == got, "write");
		left -= got;
	}
	check(libxenvchan_write(channel, buffer, 1) == 1, "write");
	report(size, start);
}

int main(int argc, char **argv)
{
	struct libxenvchan *channel;
	int sends, fd;

	check(argc == 5, "usage");
	sends = !strcmp(argv[1], "send");
	fd = sends ? open(argv[2], O_RDONLY) :
		     open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0644);
	check(fd >= 0, argv[2]);
	do {
		channel = sends ? libxenvchan_server_init(NULL, atoi(argv[3]),
							  argv[4], 1024, RING) :
				  libxenvchan_client_init(NULL, atoi(argv[3]),
							  argv[4]);
		/* The server may not be there yet. */
	} while (!channel && !sends && !usleep(10000));
	check(!!channel, "init");
	channel->blocking = 1;
	if (sends)
		send_all(channel, fd);
	else
		receive_all(channel, fd);
	libxenvchan_close(channel);
	return close(fd) != 0;
}
