/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Those parts of the kernel's interface that module/account.c and
 * module/gntalloc.h use, for a program. tests/unit/account/run makes each
 * header that they include refer to this one.
 *
 * The locks are those of pthreads, so that ThreadSanitizer knows what they
 * guard.
 */
#ifndef ACCOUNT_KERNEL_H
#define ACCOUNT_KERNEL_H

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
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
#define min(a, b)		((a) < (b) ? (a) : (b))
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
#define kfree(at)		free(at)

/* Locks, and atomic numbers. */
struct mutex {
	pthread_mutex_t lock;
};

typedef struct mutex spinlock_t;

#define DEFINE_SPINLOCK(name)						\
	spinlock_t name = { PTHREAD_MUTEX_INITIALIZER }
#define spin_lock(spin)		pthread_mutex_lock(&(spin)->lock)
#define spin_unlock(spin)	pthread_mutex_unlock(&(spin)->lock)

#define mutex_lock(mutex)	pthread_mutex_lock(&(mutex)->lock)
#define mutex_unlock(mutex)	pthread_mutex_unlock(&(mutex)->lock)
#define mutex_lock_killable(mutex)	pthread_mutex_lock(&(mutex)->lock)
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

#endif
