// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An event channel, and a clock that ticks beside it: how one side of a channel is
 * woken.
 *
 * The device masks a port when an event comes. As long as it stays masked, the
 * other side can send what it likes.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "internal.h"

/* How often to look whether the domains are there, in milliseconds. */
#define TICK	100
#define SOON	20

int gntchan__watch(int epoll, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

int gntchan__timer(int ms)
{
	struct itimerspec often = {
		.it_value = { .tv_nsec = ms * 1000000L },
		.it_interval = { .tv_nsec = ms * 1000000L },
	};
	int err, fd = timerfd_create(CLOCK_MONOTONIC,
				     TFD_NONBLOCK | TFD_CLOEXEC);

	if (fd < 0 || !timerfd_settime(fd, 0, &often, NULL))
		return fd < 0 ? -errno : fd;
	err = -errno;
	close(fd);
	return err;
}

int gntchan__bell_open(struct gntchan__bell *bell)
{
	int fd, flags, err;

	bell->fd = -1;
	bell->timer = -1;
	bell->masked = false;
	bell->hurries = false;
	bell->next = gntchan__now() + TICK;
	bell->evtchn = xenevtchn_open(NULL, 0);
	if (!bell->evtchn)
		return -errno;
	fd = xenevtchn_fd(bell->evtchn);
	flags = fcntl(fd, F_GETFL);
	if (flags >= 0 && !fcntl(fd, F_SETFL, flags | O_NONBLOCK))
		return 0;
	err = -errno;
	gntchan__bell_close(bell, false);
	return err;
}

static int open_fd(struct gntchan__bell *bell)
{
	int err;

	bell->fd = epoll_create1(EPOLL_CLOEXEC);
	if (bell->fd < 0)
		return -errno;
	bell->timer = gntchan__timer(TICK);
	if (bell->timer < 0)
		return bell->timer;
	err = gntchan__watch(bell->fd, bell->timer);
	return err ? err : gntchan__watch(bell->fd, xenevtchn_fd(bell->evtchn));
}

static void close_fd(struct gntchan__bell *bell)
{
	if (bell->timer >= 0)
		close(bell->timer);
	if (bell->fd >= 0)
		close(bell->fd);
	bell->timer = -1;
	bell->fd = -1;
}

int gntchan__bell_fd(struct gntchan__bell *bell)
{
	int err = bell->fd < 0 ? open_fd(bell) : 0;

	if (!err)
		return bell->fd;
	close_fd(bell);
	return err;
}

void gntchan__bell_close(struct gntchan__bell *bell, bool restored)
{
	if (!restored)
		xenevtchn_close(bell->evtchn);
	close_fd(bell);
}

static int bound(struct gntchan__bell *bell, xenevtchn_port_or_error_t port)
{
	if (port < 0)
		return -errno;
	bell->port = (evtchn_port_t)port;
	return 0;
}

int gntchan__bell_offer(struct gntchan__bell *bell, uint32_t domid)
{
	return bound(bell, xenevtchn_bind_unbound_port(bell->evtchn, domid));
}

int gntchan__bell_bind(struct gntchan__bell *bell, uint32_t domid,
		       uint32_t port)
{
	return bound(bell, xenevtchn_bind_interdomain(bell->evtchn, domid,
						      port));
}

void gntchan__bell_ring(struct gntchan__bell *bell)
{
	/* If it fails, the other side has ended, and that is seen elsewhere. */
	xenevtchn_notify(bell->evtchn, bell->port);
}

bool gntchan__bell_domain_exists(struct gntchan__bell *bell, uint32_t domid)
{
	/* No domain has a port 0 that can be bound, so this always fails. */
	errno = 0;
	xenevtchn_bind_interdomain(bell->evtchn, domid, 0);
	return errno != ESRCH;
}

bool gntchan__bell_take(struct gntchan__bell *bell, bool slow)
{
	xenevtchn_port_or_error_t port = xenevtchn_pending(bell->evtchn);

	if (port < 0)
		return false;
	if (slow)
		bell->masked = true;
	else
		xenevtchn_unmask(bell->evtchn, (evtchn_port_t)port);
	return true;
}

void gntchan__bell_again(struct gntchan__bell *bell)
{
	static const struct itimerspec now = {
		.it_value = { .tv_nsec = 1 },
		.it_interval = { .tv_nsec = TICK * 1000000L },
	};

	if (bell->timer >= 0)
		timerfd_settime(bell->timer, 0, &now, NULL);
}

void gntchan__bell_hurry(struct gntchan__bell *bell)
{
	bell->next = gntchan__now() + SOON;
	bell->hurries = true;
}

bool gntchan__bell_ticked(struct gntchan__bell *bell)
{
	uint64_t ticks;

	/* If a program waits for the timer, it decides, and is read. */
	if (bell->timer >= 0) {
		if (read(bell->timer, &ticks, sizeof(ticks)) < 0)
			return false;
	} else {
		int64_t now = gntchan__now();

		if (now < bell->next)
			return false;
		bell->next = now + TICK;
	}
	bell->hurries = false;
	if (bell->masked)
		xenevtchn_unmask(bell->evtchn, bell->port);
	bell->masked = false;
	return true;
}

int gntchan__bell_sleep(struct gntchan__bell *bell, int64_t deadline)
{
	int64_t left = gntchan__left(deadline), tick;

	if (!left)
		return -EAGAIN;
	tick = bell->hurries ? SOON : TICK;
	return gntchan__poll(xenevtchn_fd(bell->evtchn),
			     left < tick ? left : tick);
}
