// SPDX-License-Identifier: GPL-2.0-or-later
/* Sockets of this machine, by the path of their file. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tool.h"

/* Make a socket, and call @function with the address of @path. */
static int with_address(const char *path,
			int (*function)(int fd, const struct sockaddr *address,
					socklen_t size))
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, err;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	/* A server that accepts nobody must not keep this program waiting. */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (function(fd, (struct sockaddr *)&address, sizeof(address))) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

int socket_connect(const char *path)
{
	return with_address(path, connect);
}

static int bind_and_listen(int fd, const struct sockaddr *address,
			   socklen_t size)
{
	return bind(fd, address, size) || listen(fd, SOMAXCONN);
}

int socket_listen(const char *path)
{
	return with_address(path, bind_and_listen);
}

int socket_accept(int fd)
{
	fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
