/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gntshare, the command-line tool: what its files have in common.
 *
 * Layers; each file calls only those of lower layers:
 *	main	the program
 *	tool	the table of subcommands
 *	status top param check share map send receive connect listen	one
 *		subcommand each; param has three
 *	proxy sockets	channels and sockets, of connect and listen
 *	sender receiver	the two sides of a transfer
 *	transfer	what they have in common
 *	progress	how far they are
 *	serve	what share does for its user while it shares
 *	list	a subcommand, of which top uses the table
 *	prometheus	the figures for a monitoring system
 *	order	the rows of holders in an order, and the sums of peers
 *	holders	who holds what, of debugfs or of the files in /proc
 *	driver boot	the driver's figures, and what it gets at boot
 *	table names	a table of debugfs; names of domains, users, processes
 *	store	xenstore
 *	print	columns of text
 *	signals	signals, sleep, and the time
 *	paths	all files of /sys, /proc, /dev and /etc
 *	text	numbers, ages, messages
 *
 * No number and no name that is read anywhere is trusted. A process chooses its
 * own name, and a domain what is in its part of xenstore; both end in a terminal.
 */
#ifndef TOOL_H
#define TOOL_H

#include <dirent.h>
#include <gntchan.h>
#include <gntshare.h>
#include <json-c/json.h>
#include <nettle/sha2.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <xenevtchn.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* What the program returns. */
enum {
	DONE	= 0,
	FAILED	= 1,
	WRONG	= 2,	/* usage */
	HELD	= 3,	/* share: a peer still holds pages at the end */
};

/* Ids from here on are Xen's own, and no domain has one. */
#define FIRST_RESERVED	0x7ff0u

/* In the place of a peer's id, for pages that are granted to nobody. */
#define NO_DOMID	UINT32_MAX

/* A page of Xen, which is the unit of a grant. */
#define PAGE		4096u

#define MODULE		"/sys/module/xen_gntalloc"
#define CLASS		"/sys/class/misc/xen!gntalloc"
#define DEBUG		"/sys/kernel/debug/xen-gntalloc"

/* A number that may not be known, since an older driver does not tell it. */
struct figure {
	bool known;
	uint64_t value;
};

/* Text: text.c */

/* Print "gntshare: ..." as a line on standard error. Returns FAILED. */
int say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * The last line on standard error is a bar, which the next message has to
 * replace.
 */
extern bool text_bar;

/* The same for wrong arguments of the subcommand @name. Returns WRONG. */
int wrong(const char *name, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Read a decimal number that is all of @text, and not more than @max. Returns
 * false if it is anything else, and leaves @out unchanged.
 */
bool text_number(const char *text, uint64_t max, uint64_t *out);

/*
 * Read a number of seconds, the argument of an option of the subcommand @name.
 * Returns false after a message.
 */
bool text_seconds(const char *name, const char *text, uint64_t *out);

/*
 * Replace what a terminal or JSON must not get: control characters, and all
 * bytes that are not ASCII if the text is not UTF-8.
 */
void text_clean(char *text);

/* Write an age such as "7 s", "3 min" or "2 d". */
#define AGE_SIZE	32
void text_age(char text[AGE_SIZE], uint64_t seconds);

/* Memory, or the end of the program. */
void *text_alloc(void *old, size_t count, size_t size);

/* What an error of the library means for the user of this tool. */
const char *text_error(int err);

/* Signals and sleep: signals.c */

#define SECOND	INT64_C(1000000000)

/*
 * From here on, SIGINT, SIGTERM and SIGHUP do not end the program, but only its
 * sleep; and nothing ends it if nobody reads its output.
 */
void signals_catch(void);

/* Has one come since the start, or since signals_forget()? */
bool signals_came(void);
void signals_forget(void);

/* Let them come during a call that they interrupt, and block them again. */
void signals_block(bool block);

/* Nanoseconds of a clock that nobody sets. */
int64_t now_ns(void);

/*
 * ppoll() until @deadline of that clock; a negative one never comes. Only
 * meanwhile can signals come.
 */
int signals_poll(struct pollfd *fds, size_t count, int64_t deadline);

/* Files: paths.c. Functions that return an int return 0 or minus an errno. */

FILE *path_open(const char *path);
DIR *path_dir(const char *path);
int path_fd(const char *path, int flags);	/* or minus an errno */
int path_stat(const char *path, struct stat *st);
int path_access(const char *path, int mode);
bool path_exists(const char *path);

/* Where a symbolic link leads; an empty text if it is none. */
void path_link(const char *path, char *text, size_t size);

/* Read the first line without its end. */
int path_line(const char *path, char *text, size_t size);

/* Read a file that has one number. */
struct figure path_figure(const char *path);

/* Write to a file that exists, such as one of sysfs. */
int path_write(const char *path, const char *text);

/* Replace or create a file, so that nobody ever sees a part of it. */
int path_replace(const char *path, const char *text);

/* The id of a group, and whether the caller is a member. */
int path_group(const char *name, gid_t *gid, bool *member);

/* Columns: print.c */

/* @numeric: it is aligned to the right */
struct column {
	const char *name;
	bool numeric;
};

#define CELL_SIZE	160

/* Write the text of one cell. */
typedef void cell_fn(const void *rows, size_t row, size_t column,
		     char text[CELL_SIZE]);

/* Print at most @most rows below their head, in columns as wide as needed. */
void print_table(const struct column *columns, size_t count, cell_fn *cell,
		 const void *rows, size_t row_count, size_t most);

/* Print JSON as one document, and free it. */
void print_json(struct json_object *object);

/* The same in one line, for output of which each line is a document. */
void print_json_line(struct json_object *object);

void json_add_text(struct json_object *object, const char *name,
		   const char *text);
void json_add_bool(struct json_object *object, const char *name, bool value);

/* A figure that is not known is null. */
void json_add_figure(struct json_object *object, const char *name,
		     struct figure figure);
void json_add_number(struct json_object *object, const char *name,
		     uint64_t value);

/* Xenstore: store.c */

/* Read a node. Returns NULL if that is not possible; the caller frees it. */
char *store_read(const char *path);

/* The id of the domain with that name, where xenstore tells it. */
bool store_find(const char *name, uint32_t *domid);

/* The id of this domain, where xenstore tells it. */
bool store_domid(uint64_t *domid);

/* Does the domain exist? If nobody tells, it does. */
bool store_domain_exists(uint32_t domid);

/*
 * What pages are announced by.
 *
 * @size: in bytes
 * @port: of the owner's event channel, if the pages are of gntshare send, or 0
 */
struct announcement {
	char *grefs;
	uint64_t size, port;
	bool writable;
};

/* Write it for @peer, or take it away. Returns 0 or minus an errno. */
int store_announce(const char *key, uint32_t peer,
		   const struct announcement *a);
int store_withdraw(const char *key);

/*
 * Find what the domain @owner has announced. Returns false if there is nothing.
 * The caller frees the grefs. Nothing of it was checked but that it is text and
 * numbers.
 */
bool store_announced(uint32_t owner, const char *key, struct announcement *a);

/*
 * Watch what the domain announces by this name. Returns a descriptor on which
 * poll() tells of a change, or minus an errno.
 */
int store_watch(uint32_t owner, const char *key);

/* Take all that the descriptor tells. */
void store_watched(void);

/* Only such a key can be a name in xenstore. */
bool store_key_is_right(const char *key);

/* Names: names.c. The texts are kept until the program's end, and are clean. */

/*
 * A domain as an argument of the subcommand @command: its id or, where xenstore tells
 * it, its name. Returns WRONG after a message.
 */
int names_parse_domain(const char *command, const char *text, uint32_t *domid);

/*
 * Split the argument DOM:NAME. Returns NAME, or NULL after a message. @domain is still
 * to be parsed.
 */
#define DOMAIN_SIZE	256
const char *names_split(const char *command, const char *text,
			char domain[DOMAIN_SIZE]);

const char *names_domain(uint32_t domid);	/* "-" if nobody tells it */

/*
 * May this domain map what the domain shares? A PVH or HVM domain must not map
 * pages of its own, since its kernel would crash: see gntalloc(4), NOTES.
 * Returns FAILED after a message.
 */
int names_check_owner(uint32_t domid);

const char *names_user(uint32_t uid);

/*
 * Read the name of a process that existed @age seconds ago. Returns false if
 * there is none, or if it is a later one that has got the same number.
 */
bool names_process(uint32_t pid, uint64_t age, char *text, size_t size);

/* Look at the processes anew. */
void names_forget(void);

/* Tables: table.c */

#define TABLE_COLUMNS	32

/*
 * A table of debugfs that is being read. Its first line names the columns, so
 * that columns can be added to it; columns are separated by one blank each.
 *
 * @skipped: the number of lines that were too long, or had too few columns
 * @head, @line: the two lines, of which @name and @field are parts
 */
struct table {
	FILE *file;
	size_t columns, fields, skipped;
	char *name[TABLE_COLUMNS], *field[TABLE_COLUMNS];
	char head[512], line[512];
};

/* Open it, and read the head. Returns 0 or minus an errno. */
int table_open(struct table *t, const char *path);

/* Read the next line that is right. Returns false at the end. */
bool table_next(struct table *t);

void table_close(struct table *t);

/* A field of the line, or NULL if the table has no such column. */
const char *table_field(const struct table *t, const char *name);

/* The same as a number. Returns false if it is none. */
bool table_number(const struct table *t, const char *name, uint64_t max,
		  uint64_t *out);

/* Write the text of a field in which some characters are octal numbers. */
void table_decode(const char *field, char *text, size_t size);

/* The driver: driver.c */

enum driver_kind { DRIVER_NONE, DRIVER_LINUX, DRIVER_OURS };

enum {
	BOUND_LIMIT,
	BOUND_QUOTA,
	BOUND_RESTRICTION,
	BOUND_HEADROOM,
	BOUND_TABLE,
	BOUNDS,
};

/*
 * What there is to be known of the driver.
 *
 * @built_in: it is a part of the kernel, so that no module can replace it
 * @open_error: 0 if the caller could open the device
 * @features: GNTSHARE_FEATURE_*, or 0
 * @user_pages, @user_entries: those of the caller
 * @hits, @last: for each bound, how many calls it has refused; and when the last
 *	one was, in seconds since 1970, or 0
 */
struct driver {
	enum driver_kind kind;
	bool built_in;
	char version[32];
	int open_error;
	uint64_t features;
	struct figure limit, quota, headroom;
	struct figure pages, entries, draining;
	struct figure user_pages, user_entries;
	struct figure hits[BOUNDS], last[BOUNDS];
};

void driver_read(struct driver *d);
const char *driver_bound(int bound);

/*
 * Write what to do about a bound that is nearly reached, or was reached in the
 * last hour. Returns false if there is nothing to do.
 */
#define ADVICE_SIZE	400
bool driver_advice(const struct driver *d, int bound, uint64_t now,
		   char text[ADVICE_SIZE]);

/* At boot: boot.c */

/*
 * What the module's parameter @name will be at the next boot. @from is the file
 * that says so. Returns false if no file does, so that it is the default.
 */
#define BOOT_SIZE	64
bool boot_value(const char *name, char value[BOOT_SIZE], char *from,
		size_t size);

/* Have it in /etc/modprobe.d/gntshare.conf. Returns 0 or minus an errno. */
#define BOOT_FILE	"/etc/modprobe.d/gntshare.conf"
int boot_set(const char *name, uint64_t value);

/* Who holds what: holders.c */

/*
 * One region and one peer of it; or, if the driver's debugfs could not be read,
 * one open file and one peer of that.
 *
 * @pid: the process that opened the device, called @command; or @gone, if it
 *	does not run any more
 * @live: how many of the @pages live
 * @readonly, @writable: live entries of the peer @domid
 * @draining, @since: entries that drain, and for how long the oldest does so
 */
struct holder {
	uint64_t file, id, pages, age;
	struct figure live;
	uint64_t readonly, writable, draining, since;
	uint32_t uid, pid, domid;
	bool gone;
	char kind[12], command[64];
};

/* The sums of one peer. */
struct peer {
	uint32_t domid;
	uint64_t readonly, writable, draining, since, files;
};

/*
 * @regions: each row is a region, and not only an open file
 * @sizes: the driver tells numbers; otherwise a row only says that a process has
 *	the device open
 * @skipped: lines that could not be read
 */
struct holders {
	struct holder *rows;
	size_t count, skipped;
	bool regions, sizes;
};

/* @drains: leave out what does not drain. Returns 0 or minus an errno. */
int holders_read(struct holders *h, bool drains);

void holders_free(struct holders *h);

/* Its order, and its sums: order.c */

/* Sort by the column @key. Returns false if there is no such column. */
bool holders_sort(struct holders *h, const char *key);

/* The names of the columns, for a message. */
#define HOLDERS_KEYS	"pages live entries readonly writable draining for " \
			"age pid user command region peer"

/* The sums by peer, which the caller frees, the largest first. */
struct peer *holders_peers(const struct holders *h, size_t *count);

/* The same from the driver, or NULL if it does not tell them. */
struct peer *holders_driver_peers(size_t *count);

/* How far it is: progress.c */

/*
 * @verb: what is done, such as "sent"
 * @done: so many bytes of @total, which is only known for files
 * @visible: it is shown on standard error
 */
struct progress {
	const char *verb;
	uint64_t done;
	struct figure total;
	int64_t start, shown;
	bool visible;
};

void progress_start(struct progress *p);
void progress_add(struct progress *p, uint64_t bytes);

/* Take it from the terminal. Returns the seconds since the start. */
double progress_end(struct progress *p);

/* The pages by which send and receive talk: transfer.c */

#define TRANSFER_MAGIC		0x73746e67u	/* "gnts" */
#define TRANSFER_VERSION	1u
#define TRANSFER_DIGEST		32u

/* What a sender makes, and the most that a receiver accepts. */
#define TRANSFER_SLOTS		4u
#define TRANSFER_SLOT_SIZE	(64 * PAGE)
#define TRANSFER_SLOTS_MAX	64u
#define TRANSFER_PAGES_MAX	4096u

/* What one side tells the other. */
enum {
	TRANSFER_RUNS	= 1,
	TRANSFER_DONE	= 2,	/* all was sent, or all is stored */
	TRANSFER_FAILED	= 3,
};

/*
 * The first page, which both sides may write. The pages after it are the slots,
 * which only the sender may write. It fills one slot after the other, and the
 * receiver empties them in that order; slot number n is n % slots.
 *
 * Each side writes its own fields only, and remembers what it has written. What
 * it reads of the other side can change at any time: it is read once, into a
 * variable, and then checked.
 *
 * @slots, @slot_size: how many there are, and the bytes of each
 * @hashed: @digest is the SHA-256 of all bytes once the sender is done
 * @sender, @receiver: TRANSFER_*
 * @filled, @emptied: how many slots, modulo 2^32
 * @sender_is_there, @receiver_is_there: by the notification of the driver, this
 *	is 0 when the side has ended
 * @total: the number of bytes once the sender is done
 * @size: before that, what it expects, or UINT64_MAX
 * @length: of the bytes in each slot
 */
struct transfer_page {
	uint32_t magic, version;
	uint32_t slots, slot_size;
	uint32_t hashed;
	_Atomic uint32_t sender, receiver;
	_Atomic uint32_t filled, emptied;
	_Atomic uint32_t sender_is_there, receiver_is_there;
	uint32_t reserved;
	_Atomic uint64_t total;
	uint64_t size;
	uint8_t digest[TRANSFER_DIGEST];
	_Atomic uint32_t length[TRANSFER_SLOTS_MAX];
};

/*
 * One side of a transfer. It belongs to the subcommand, which has made the pages
 * and the event channel.
 *
 * @slots, @slot_size: those of the page, read once and checked
 * @count: how many slots this side has filled or emptied
 * @untold: of these, since it last told the other side
 * @copy: of a slot, for the receiver; only if there is a hash
 * @seen: the peer has existed
 * @hashed: this side computes the hash
 * @compares: of the receiver, the sender does so, too
 */
struct transfer {
	struct transfer_page *page;
	char *memory, *copy;
	xenevtchn_handle *events;
	uint32_t port, peer;
	uint32_t slots, slot_size, count, untold;
	bool seen, hashed, compares;
	struct sha256_ctx hash;
	uint8_t digest[TRANSFER_DIGEST];
	struct progress progress;
};

/*
 * What the options of both subcommands ask for.
 *
 * @key: the name in xenstore
 * @deadline: until when to wait for the other side, or -1
 */
struct transfer_choice {
	const char *file, *key;
	int64_t deadline;
	bool json;
};

/*
 * Read the options of the subcommand @name. Returns false if the program ends
 * with @result; otherwise optind is that of the first word behind the options.
 */
bool transfer_options(const char *name, const char *usage, int argc,
		      char **argv, struct transfer *t,
		      struct transfer_choice *c, int *result);

/* Read DOM:NAME. Returns WRONG after a message. */
int transfer_parse(const char *name, const char *text, struct transfer *t,
		   struct transfer_choice *c);

/* Print what was sent or received. */
void transfer_report(struct transfer *t, FILE *out, bool json);

/* Open /dev/xen/evtchn. Returns FAILED after a message. */
int transfer_open_events(struct transfer *t);

/*
 * Tell the other side what it may not know yet. Then sleep for a second, or until
 * the other side tells something, or until @fd is ready for @events, which is then
 * in @ready. A negative @fd is never ready. Returns FAILED after a message, also
 * when it is @deadline.
 */
int transfer_sleep(struct transfer *t, int fd, short events, bool *ready,
		   int64_t deadline);
int transfer_sleep_for_event(struct transfer *t);

/* Has a signal come? Then return FAILED after a message. */
int transfer_check_signals(void);

/* Tell the other side. */
void transfer_send_event(struct transfer *t);

/*
 * One more slot is filled or emptied. An event costs more than a slot is worth, so
 * the other side is told when it is half of them, or before this side sleeps.
 */
void transfer_slot_done(struct transfer *t);

/* Where the next slot is that this side fills or empties. */
char *transfer_slot(const struct transfer *t);

/* The sides: sender.c, receiver.c. All these return FAILED after a message. */

/* Fill the first page, before the receiver can see it. */
void transfer_offer(struct transfer *t);

/* Wait until the receiver is there, at most until @deadline. */
int transfer_await(struct transfer *t, int64_t deadline);

/* Send what can be read, and wait until the receiver has stored it. */
int transfer_send(struct transfer *t, int fd);

/* Check the first page, which is mapped with @count pages after it. */
int transfer_accept(struct transfer *t, size_t count);

/* Write all that comes. */
int transfer_receive(struct transfer *t, int fd);

/* Tell the sender that it is stored, or that it is not. */
void transfer_confirm(struct transfer *t, bool stored);

/* Channels: proxy.c */

/*
 * A channel and its two descriptors; if they are the same, it is a socket of the
 * proxy.
 *
 * @full: the channel has no room
 * @pending: it has bytes, as far as is known
 * @filled: nothing more is to be written to it
 * @emptied: nothing more comes from it
 */
struct proxy {
	struct gntchan *channel;
	int in, out;
	bool full, pending, filled, emptied;
};

struct proxies {
	struct proxy *rows;
	size_t count;
};

/* Begin with a channel, which belongs to the proxy from then on. */
void proxy_start(struct proxies *all, struct gntchan *channel, int in,
		 int out);

/*
 * Sleep until something can be done, a signal comes, @fd is readable or a second is
 * over; and do it. Returns FAILED after a message if a channel has failed; it is
 * over then, as is one of which both directions have ended.
 */
int proxy_poll(struct proxies *all, int fd, bool *ready);

/* Go on until all are over. */
int proxy_run(struct proxies *all);

void proxy_end_all(struct proxies *all);

/* Sockets: sockets.c. All return a descriptor, or minus an errno. */

int socket_connect(const char *path);
int socket_listen(const char *path);
int socket_accept(int fd);

/* What share does: serve.c */

/*
 * A region that is shared with one peer.
 *
 * @id: its id, or 0 if the driver has no native level
 * @key: its name in xenstore, or NULL
 * @json: each line of the output is an object of JSON
 * @hold: the end of standard input does not end it
 * @seconds: how long to share it; 0 is no bound
 * @until_released: in the end, wait until the peer holds nothing any more
 * @revoked, @destroyed: what was done with it
 */
struct sharing {
	struct gntshare *share;
	struct gntshare_region *region;
	uint64_t id, seconds;
	uint32_t peer;
	const char *key;
	bool json, hold, until_released, revoked, destroyed;
};

/*
 * Do what standard input says, until its end or a signal. Then revoke and
 * destroy the region. Returns what the program returns.
 */
int serve(struct sharing *s);

/* Sleep until such a signal, or until the end of standard input. */
void serve_until_signal(void);

/* Subcommands */

int command_status(int argc, char **argv);
int command_list(int argc, char **argv);
int command_top(int argc, char **argv);
int command_limit(int argc, char **argv);
int command_quota(int argc, char **argv);
int command_headroom(int argc, char **argv);
int command_check(int argc, char **argv);
int command_share(int argc, char **argv);
int command_map(int argc, char **argv);
int command_send(int argc, char **argv);
int command_receive(int argc, char **argv);
int command_connect(int argc, char **argv);
int command_listen(int argc, char **argv);

/* Print the table of list, of at most @most rows. */
void list_print(const struct holders *h, size_t most);

/* Say on standard error what could not be read. */
void list_complain(const struct holders *h);

void prometheus_print(const struct driver *d);

/* The whole program. */
int tool_main(int argc, char **argv);

#endif /* TOOL_H */
