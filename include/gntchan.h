/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * @file gntchan.h
 * Talk with a program in another Xen domain: a stream of bytes in each
 * direction.
 *
 * One side listens (gntchan_listen()) and accepts channels
 * (gntchan_accept()), the other one connects (gntchan_connect()). Then both
 * read and write. The side that listens shares the pages of the rings, by
 * libgntshare; the side that connects maps them. What is in these pages and in
 * xenstore is what Xen's libxenvchan has there (Xen's public header
 * io/libxenvchan.h), so that either side may be a program that uses
 * libxenvchan.
 *
 * @par Errors
 * A function of type int or ssize_t returns minus an errno value if it fails.
 * The value of errno itself may change.
 *
 * @par The other domain
 * It can write to the shared pages at any time, whatever it likes. All that
 * this library reads there it reads once, and checks. If the other side breaks
 * the rules, functions return -EPROTO. It can delay the bytes that it sends,
 * and never read those that were sent to it; for that there are time-outs. It
 * can end the channel.
 *
 * @par The end of the other side
 * If its program closes the channel or ends, however that is, this side can
 * read what was sent before, and then gets the end of the stream. gntchan_write()
 * returns -EPIPE; there is no SIGPIPE. If the other domain was destroyed, or
 * this one was restored or migrated, functions that have to wait return
 * -ECONNRESET, some 100 ms later. But Linux does not survive that a program has
 * a channel while its domain is saved: see BUGS in gntchan(7).
 *
 * @par Threads
 * Different channels and listeners are independent of each other. One channel,
 * or one listener, may be used by one thread at a time.
 *
 * @par fork()
 * A channel or listener belongs to the process that made it. In a child the
 * functions that read, write, wait or shut down return -EPERM, and
 * gntchan_close() and gntchan_listener_close() free the child's copies, with no
 * effect on the parent. As long as a child has the descriptors, the other side
 * does not see the end of the parent.
 */
#ifndef GNTCHAN_H
#define GNTCHAN_H

#include <gntshare.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One side of a channel. */
struct gntchan;

/** What accepts channels. */
struct gntchan_listener;

/**
 * What gntchan_listen() is to do. A later version of the library may add
 * members at the end.
 */
struct gntchan_listen_options {
	/**
	 * The name of the listener, such as "clipboard"; or a path of xenstore
	 * if there is a slash in it. For a client, domain C, of a listener in
	 * domain L with the name N, the path is
	 * /local/domain/L/data/gntchan/N/C.
	 */
	const char *name;
	/** The domains that may connect, each less than 0x7FF0, and each once. */
	const uint32_t *domids;
	/**
	 * How many these are, 1 to GNTCHAN_DOMIDS_MAX; 1 if name is a path.
	 */
	size_t count;
	/**
	 * The bytes of each channel's ring for what is read; they are rounded
	 * up to a power of two, and to 4096. 0 is 65536. The most is 1048576.
	 */
	size_t read_size;
	/** The same of the ring for what is written. */
	size_t write_size;
	/**
	 * The allocator of libgntshare in which the pages are made; it must stay
	 * open until the listener and all its channels are closed. If it was
	 * restricted without GNTSHARE_RESTRICT_KEEP_SEND_EVENT, a client of
	 * libxenvchan that waits is not told when this program is killed. NULL
	 * opens one.
	 */
	struct gntshare *share;
};

/** The most domains of one listener. */
#define GNTCHAN_DOMIDS_MAX	64u

/**
 * Listen: let others connect.
 *
 * For each domain a channel is prepared, and announced in xenstore, where only
 * that domain can read it. After it was accepted, the next one is announced at
 * the same place. If another listener of this domain has the same path, the one
 * that has announced last gets the next client. If this domain is restored or
 * migrated, channels are announced anew.
 *
 * Each of these channels is a region of libgntshare, of 33 pages with the usual
 * sizes, which counts toward the bounds of the driver.
 *
 * @param[out] out	the new listener; close it with
 *			gntchan_listener_close()
 * @param options	what to do
 * @param size		sizeof(*options)
 * @retval 0		done
 * @retval -EINVAL	out, options, name or domids is NULL; size is less than
 *			that of the first version of the struct; name is empty,
 *			or has other characters than letters, digits, - and _
 *			(and /, for a path), or is longer than 64 (a path: 160)
 *			bytes; count is wrong; a domid is reserved, or there
 *			twice; or a size is too large
 * @retval -E2BIG	the struct is longer than this library knows, and has
 *			something there
 * @retval -EACCES	xenstore or a device cannot be used by this user
 * @return otherwise an error of gntshare_open(), of gntshare_region_share(), of
 *	xenstore, or of /dev/xen/evtchn
 */
int gntchan_listen(struct gntchan_listener **out,
		   const struct gntchan_listen_options *options, size_t size);

/**
 * Accept the next channel.
 *
 * @param listener	the listener
 * @param[out] out	the channel; close it with gntchan_close()
 * @param timeout	how long to wait for one, in milliseconds; 0 is not at
 *			all, -1 is without end
 * @retval 0		done
 * @retval -EINVAL	listener or out is NULL
 * @retval -EAGAIN	there was none in time
 * @retval -EINTR	a signal came while it waited
 * @retval -EPERM	this is a child of the process that listens
 * @return otherwise an error of gntchan_listen(), if no channel could be
 *	prepared for any of the next clients; it is tried again by the next call
 */
int gntchan_accept(struct gntchan_listener *listener, struct gntchan **out,
		   int timeout);

/**
 * Get a descriptor for poll(2), epoll(7) and the like. It belongs to the
 * listener.
 *
 * It is readable (POLLIN) when gntchan_accept() has something to do. Then call
 * it, with a time-out of 0, until it returns -EAGAIN. Some 20 times a second
 * there may be nothing, because a client of an older libxenvchan does not tell
 * when it has connected.
 *
 * @param listener	the listener, not NULL
 * @return the descriptor
 */
int gntchan_listener_fd(const struct gntchan_listener *listener);

/**
 * Stop listening. Channels that were accepted stay.
 *
 * @param listener	the listener; if it is NULL, nothing is done
 */
void gntchan_listener_close(struct gntchan_listener *listener);

/**
 * Connect to a listener, or to a server of libxenvchan.
 *
 * As long as nobody listens, the function tries again, some 20 times a second.
 *
 * @param[out] out	the channel; close it with gntchan_close()
 * @param domid		the domain of the listener, less than 0x7FF0
 * @param name		its name, or a path of xenstore: see struct
 *			gntchan_listen_options. A path that does not begin with
 *			a slash is below /local/domain/DOMID
 * @param timeout	how long to try, in milliseconds; 0 is once, -1 is
 *			without end
 * @retval 0		done
 * @retval -EINVAL	out or name is NULL; name is wrong, as in
 *			gntchan_listen(); or domid is reserved
 * @retval -ECONNREFUSED	nobody listens, and timeout is 0
 * @retval -ETIMEDOUT	nobody listened in time
 * @retval -EPROTO	what the other side has announced, or has in its page,
 *			is not right
 * @retval -EACCES	xenstore or a device cannot be used by this user
 * @retval -EINTR	a signal came while it waited
 * @return otherwise an error of gntshare_mapper_open(), of
 *	gntshare_mapping_create() or of /dev/xen/evtchn
 */
int gntchan_connect(struct gntchan **out, uint32_t domid, const char *name,
		    int timeout);

/**
 * Set how long a function waits. The time is that of the whole call.
 *
 * @param channel	the channel
 * @param timeout	in milliseconds; 0 is not at all, and -1, as it is in
 *			the beginning, is without end
 * @retval 0		done
 * @retval -EINVAL	channel is NULL
 */
int gntchan_set_timeout(struct gntchan *channel, int timeout);

/**
 * Read what the other side has written: at least one byte, as many as there are,
 * and at most size. Waits until there is one.
 *
 * @param channel	the channel
 * @param[out] buffer	where to
 * @param size		how many bytes at most
 * @return the number of bytes. If it is 0, although size is not, the other side
 *	has ended or will write no more, and all was read.
 * @retval -EINVAL	channel or buffer is NULL
 * @retval -EAGAIN	there was nothing in time
 * @retval -EINTR	a signal came while it waited
 * @retval -EPROTO	the other side has broken the rules
 * @retval -ECONNRESET	the other domain was destroyed, or this one restored
 * @retval -EPERM	this is a child of the process that made the channel
 */
ssize_t gntchan_read(struct gntchan *channel, void *buffer, size_t size);

/**
 * Write all bytes. Waits for room as long as there is not enough.
 *
 * @param channel	the channel
 * @param buffer	where from
 * @param size		how many bytes
 * @return the number of bytes, which is less than size if the time-out, a signal
 *	or an error ended it in between
 * @retval -EINVAL	channel or buffer is NULL
 * @retval -EAGAIN	there was no room in time
 * @retval -EPIPE	the other side has ended; or this side has called
 *			gntchan_shutdown()
 * @return otherwise as gntchan_read()
 */
ssize_t gntchan_write(struct gntchan *channel, const void *buffer, size_t size);

/**
 * The same as gntchan_read(), into several buffers, as readv(2).
 *
 * @param channel	the channel
 * @param iov		the buffers, which are filled in this order
 * @param count		how many these are, 0 or more
 * @return as gntchan_read(); -EINVAL also if iov is NULL or count negative
 */
ssize_t gntchan_readv(struct gntchan *channel, const struct iovec *iov,
		      int count);

/**
 * The same as gntchan_write(), from several buffers, as writev(2).
 *
 * @param channel	the channel
 * @param iov		the buffers, which are written in this order
 * @param count		how many these are, 0 or more
 * @return as gntchan_write(); -EINVAL also if iov is NULL or count negative
 */
ssize_t gntchan_writev(struct gntchan *channel, const struct iovec *iov,
		       int count);

/**
 * Get at what can be read without a copy. Waits until there is something.
 *
 * The bytes are in the shared pages, where the other side can still change
 * them. So look at each of them once, or copy before checking.
 *
 * @param channel	the channel
 * @param[out] out	the first byte
 * @return how many bytes there are at *out. There may be more behind them, which
 *	the next call tells after a gntchan_consume(). 0 is the end, as in
 *	gntchan_read(), whose errors this function has
 */
ssize_t gntchan_peek(struct gntchan *channel, const void **out);

/**
 * Say that bytes were read, so that the other side can write others there.
 *
 * @param channel	the channel
 * @param size		how many, at most what gntchan_peek() has returned
 * @retval 0		done
 * @retval -EINVAL	channel is NULL; or size is more than that
 * @retval -EPERM	this is a child of the process that made the channel
 */
int gntchan_consume(struct gntchan *channel, size_t size);

/**
 * Get room for what is to be written without a copy. Waits until there is some.
 *
 * It is in the shared pages: the other side can see what is written there
 * before gntchan_commit(), too, and change it.
 *
 * @param channel	the channel
 * @param[out] out	the first byte
 * @return how many bytes there are at *out. The errors are those of
 *	gntchan_write()
 */
ssize_t gntchan_reserve(struct gntchan *channel, void **out);

/**
 * Say that bytes were written there.
 *
 * @param channel	the channel
 * @param size		how many, at most what gntchan_reserve() has returned
 * @retval 0		done
 * @retval -EINVAL	channel is NULL; or size is more than that
 * @retval -EPIPE	this side has called gntchan_shutdown()
 * @retval -EPERM	this is a child of the process that made the channel
 */
int gntchan_commit(struct gntchan *channel, size_t size);

/**
 * Say that this side will write no more. The other side can read what was
 * written, and then gets the end of the stream; it can still write. A program
 * that uses libxenvchan does not see this.
 *
 * @param channel	the channel
 * @retval 0		done
 * @retval -EINVAL	channel is NULL
 * @retval -EPERM	this is a child of the process that made the channel
 */
int gntchan_shutdown(struct gntchan *channel);

/**
 * Get a descriptor for poll(2), epoll(7) and the like. It belongs to the
 * channel.
 *
 * It is readable (POLLIN) when there may be something new: bytes, room, or the
 * end. First call the functions with a time-out of 0, and only if they return
 * -EAGAIN, wait for the descriptor. Some 10 times a second there may be nothing
 * new: then the library looks whether the other domain still exists.
 *
 * @param channel	the channel, not NULL
 * @return the descriptor; or, the first time, minus an errno of
 *	epoll_create1(2) or timerfd_create(2)
 */
int gntchan_fd(struct gntchan *channel);

/**
 * Tell which domain the other side is in.
 *
 * @param channel	the channel, not NULL
 * @return its id
 */
uint32_t gntchan_domid(const struct gntchan *channel);

/** The figures of a channel. A later version may add members at the end. */
struct gntchan_stats {
	/** The bytes that this side has read. */
	uint64_t read;
	/** The bytes that it has written. */
	uint64_t written;
	/** The events that it has sent. */
	uint64_t events_sent;
	/** The events that it has got. */
	uint64_t events_got;
	/** Of those that it got: there was nothing new. */
	uint64_t events_useless;
};

/**
 * Tell the figures of a channel.
 *
 * @param channel	the channel
 * @param[out] stats	the figures
 * @param size		sizeof(*stats)
 * @retval 0		done
 * @retval -EINVAL	channel or stats is NULL; or size is less than that of
 *			the first version of the struct
 */
int gntchan_stats(const struct gntchan *channel, struct gntchan_stats *stats,
		  size_t size);

/**
 * Close a channel. The other side can read what was written, and then gets the
 * end of the stream.
 *
 * @param channel	the channel; if it is NULL, nothing is done
 */
void gntchan_close(struct gntchan *channel);

#ifdef __cplusplus
}
#endif

#endif /* GNTCHAN_H */
