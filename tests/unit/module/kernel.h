/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Those parts of the kernel's interface that module/account.c, module/entries.c
 * and module/gntalloc.h use, for a program. tests/unit/module/run makes each
 * header that they include refer to this one.
 *
 * The locks are those of pthreads, so that ThreadSanitizer knows what they
 * guard.
 */
#ifndef MODULE_KERNEL_H
#define MODULE_KERNEL_H

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;
typedef u16 domid_t;
typedef u32 grant_ref_t;
typedef unsigned int gfp_t;
typedef unsigned int __poll_t;
typedef int poll_table;

#define __user
#define container_of(at, type, member)					\
	((type *)((char *)(at) - offsetof(type, member)))
#define READ_ONCE(x)		__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, value)	__atomic_store_n(&(x), value, __ATOMIC_RELAXED)
#define lower_32_bits(n)	((u32)(n))
#define upper_32_bits(n)	((u32)((u64)(n) >> 32))
#define U16_MAX			UINT16_MAX
#define U32_MAX			UINT32_MAX
#define min(a, b)		((a) < (b) ? (a) : (b))
#define max(a, b)		((a) > (b) ? (a) : (b))
#define round_up(n, to)		(((n) + (to) - 1) / (to) * (to))
#define min_t(type, a, b)	((type)(a) < (type)(b) ? (type)(a) : (type)(b))

/* Memory, of which there is always enough. */
#define GFP_KERNEL_ACCOUNT	0
#define __GFP_RETRY_MAYFAIL	0
#define __GFP_NOWARN		0
#define PAGE_SIZE		4096UL
#define TASK_COMM_LEN		16
#define PAGE_ALLOC_COSTLY_ORDER	3
#define kzalloc(size, how)	((void)(how), calloc(1, size))
#define kmalloc(size, how)	((void)(how), malloc(size))
#define __vmalloc(size, how)	kmalloc(size, how)
#define kmalloc_array(n, size, how)	kmalloc((n) * (size), how)
#define kfree(at)		free(at)
#define kvfree(at)		free(at)

/* Locks, and atomic numbers. */
struct mutex {
	pthread_mutex_t lock;
};

typedef struct mutex spinlock_t;

#define DEFINE_SPINLOCK(name)						\
	spinlock_t name = { PTHREAD_MUTEX_INITIALIZER }
#define DEFINE_MUTEX(name)						\
	struct mutex name = { PTHREAD_MUTEX_INITIALIZER }
#define spin_lock(spin)		pthread_mutex_lock(&(spin)->lock)
#define spin_unlock(spin)	pthread_mutex_unlock(&(spin)->lock)

#define mutex_lock(mutex)	pthread_mutex_lock(&(mutex)->lock)
#define mutex_unlock(mutex)	pthread_mutex_unlock(&(mutex)->lock)
#define mutex_lock_killable(mutex)	pthread_mutex_lock(&(mutex)->lock)
#define mutex_lock_interruptible(mutex)	pthread_mutex_lock(&(mutex)->lock)
#define lockdep_assert_held(mutex)					\
	assert(pthread_mutex_trylock(&(mutex)->lock) == EBUSY)

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	s64 counter;
} atomic64_t;

#define atomic64_read(a)	__atomic_load_n(&(a)->counter, __ATOMIC_RELAXED)
#define atomic64_add(n, a)						\
	((void)__atomic_add_fetch(&(a)->counter, n, __ATOMIC_RELAXED))
#define atomic64_sub(n, a)						\
	((void)__atomic_sub_fetch(&(a)->counter, n, __ATOMIC_RELAXED))

/* Users, and their namespaces. */
typedef struct {
	uid_t val;
} kuid_t;

#define __kuid_val(uid)		((uid).val)
#define uid_eq(a, b)		((a).val == (b).val)

struct user_namespace {
	struct user_namespace *parent;
	kuid_t owner;
};

struct cred {
	kuid_t euid;
	struct user_namespace *user_ns;
};

extern struct user_namespace init_user_ns;

/* Hash tables. */
struct hlist_node {
	struct hlist_node *next;
	struct hlist_node **link;
};

#define DEFINE_HASHTABLE(name, bits)					\
	struct hlist_node *(name)[1 << (bits)]
#define hash_of(table, key)						\
	(&(table)[(key) % (sizeof(table) / sizeof(*(table)))])

static inline void hash_link(struct hlist_node **head, struct hlist_node *node)
{
	node->next = *head;
	node->link = head;
	if (node->next)
		node->next->link = &node->next;
	*head = node;
}

static inline void hash_del(struct hlist_node *node)
{
	*node->link = node->next;
	if (node->next)
		node->next->link = node->link;
}

#define hash_add(table, node, key)	hash_link(hash_of(table, key), node)
#define hash_for_each_possible(table, at, member, key)			\
	for (struct hlist_node *slot = *hash_of(table, key);		\
	     slot && (at = container_of(slot, typeof(*at), member), true); \
	     slot = slot->next)

/* Types of members that account.c does not use. */
struct kref {
	int refs;
};

struct list_head {
	struct list_head *next, *prev;
};

struct rb_node {
	struct rb_node *left, *right;
};

struct rb_root {
	struct rb_node *node;
};

struct xarray {
	void *head;
};

typedef struct {
	int head;
} wait_queue_head_t;

#define DECLARE_WAIT_QUEUE_HEAD(name)	wait_queue_head_t name
#define wait_event_killable(queue, condition)				\
({									\
	while (!(condition))						\
		sched_yield();						\
	(queue).head;							\
})
#define wake_up_all(queue)	((void)(queue))

/* No signal comes, and much time is over whenever somebody looks. */
#define ERESTARTNOINTR			513
#define fatal_signal_pending(task)	0
#define signal_pending(task)		0
#define cond_resched()			((void)0)
#define ktime_get_ns()			(module_test_now += 1ULL << 40)
#define nsecs_to_jiffies(ns)		(ns)
#define schedule_timeout_interruptible(jiffies)	((void)(jiffies))

/* Bitmaps */
#define BITS_PER_BYTE		8
#define BITS			(8 * (unsigned int)sizeof(long))

static inline bool test_bit(unsigned int bit, const unsigned long *map)
{
	return map[bit / BITS] >> bit % BITS & 1;
}

static inline void __set_bit(unsigned int bit, unsigned long *map)
{
	map[bit / BITS] |= 1UL << bit % BITS;
}

static inline void __clear_bit(unsigned int bit, unsigned long *map)
{
	map[bit / BITS] &= ~(1UL << bit % BITS);
}

static inline void bitmap_set(unsigned long *map, unsigned int first,
			      unsigned int count)
{
	while (count--)
		__set_bit(first + count, map);
}

#define bitmap_fill(map, size)	bitmap_set(map, 0, size)
#define bitmap_copy(to, from, size)	memcpy(to, from, (size) / BITS_PER_BYTE)

static inline unsigned long
bitmap_find_next_zero_area(const unsigned long *map, unsigned long size,
			   unsigned long start, unsigned int count,
			   unsigned long align)
{
	unsigned long bit, run = 0;

	(void)align;
	for (bit = start; bit < size; bit++) {
		run = test_bit(bit, map) ? 0 : run + 1;
		if (run == count)
			return bit + 1 - count;
	}
	return size;
}

/* The grant table, which is that of test_entries.c */
extern uint64_t module_test_now;

struct gnttab_free_callback {
	void *next;
};

void gnttab_request_free_callback(struct gnttab_free_callback *callback,
				  void (*function)(void *arg), void *arg,
				  u16 count);
int gnttab_alloc_grant_references(u16 count, grant_ref_t *head);
int gnttab_claim_grant_reference(grant_ref_t *head);
void gnttab_free_grant_reference(grant_ref_t ref);
void gnttab_free_grant_references(grant_ref_t head);
unsigned int gnttab_max_grant_frames(void);
unsigned int table_frames(void);

#define gnttab_cancel_free_callback(callback)	((void)(callback))
#define xen_pv_domain()				true
#define DOMID_SELF				0x7FF0u
#define GNTST_okay				0
#define GNTTABOP_query_size			6

struct gnttab_query_size {
	domid_t dom;
	u32 nr_frames, max_nr_frames;
	int status;
};

static inline int HYPERVISOR_grant_table_op(unsigned int operation,
					    struct gnttab_query_size *query,
					    unsigned int count)
{
	(void)operation;
	(void)count;
	query->nr_frames = table_frames();
	query->status = GNTST_okay;
	return 0;
}

#endif
