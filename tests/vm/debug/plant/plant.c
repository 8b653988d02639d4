// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gntalloc-plant: bugs on request
 *
 * When the name of a bug is written to the parameter "plant", the module makes
 * that mistake once. This shows that a detector of the debug kernel notices the
 * bug, and that the test harness notices the detector.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

static volatile int sink;

/* Returns a number that the compiler does not know. */
static int number(int value)
{
	OPTIMIZER_HIDE_VAR(value);
	return value;
}

static void use_after_free(void)
{
	char *memory = kmalloc(100, GFP_KERNEL);

	kfree(memory);
	OPTIMIZER_HIDE_VAR(memory);
	sink = memory[10];
}

static void double_free(void)
{
	char *memory = kmalloc(100, GFP_KERNEL);

	kfree(memory);
	OPTIMIZER_HIDE_VAR(memory);
	kfree(memory);
}

static void out_of_bounds(void)
{
	char *memory = kmalloc(100, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(memory);
	memory[number(100)] = 1;
	kfree(memory);
}

static void vmalloc_out_of_bounds(void)
{
	char *memory = vmalloc(100);

	OPTIMIZER_HIDE_VAR(memory);
	sink = memory[number(200)];
	vfree(memory);
}

static void leak(void)
{
	int i;

	/* A pointer that is left on the stack can hide one of them. */
	for (i = 0; i < 20; i++)
		sink = (long)kmalloc(3000, GFP_KERNEL) & 1;
}

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);

static void lock_inversion(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);

	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

static DEFINE_SPINLOCK(spin);

static void sleep_in_atomic(void)
{
	spin_lock(&spin);
	msleep(20);
	spin_unlock(&spin);
}

static void allocation_in_atomic(void)
{
	spin_lock(&spin);
	kfree(kmalloc(100, GFP_KERNEL));
	spin_unlock(&spin);
}

static void lock_kept(void)
{
	mutex_lock(&first);
}

static void __rcu *pointer;

static void rcu_without_lock(void)
{
	sink = !rcu_dereference(pointer);
}

static void shift_too_far(void)
{
	sink = 1 << number(40);
}

static void index_too_big(void)
{
	static int array[4];

	sink = array[number(5)];
}

static void list_corruption(void)
{
	struct list_head head, one, two;

	INIT_LIST_HEAD(&head);
	list_add(&one, &head);
	list_add(&two, &head);
	one.next = &two;
	list_del(&one);
}

static void nothing(struct timer_list *timer)
{
}

static void armed_timer_freed(void)
{
	struct timer_list *timer = kmalloc(sizeof(*timer), GFP_KERNEL);

	timer_setup(timer, nothing, 0);
	mod_timer(timer, jiffies + 1000 * HZ);
	kfree(timer);
}

static int raced;

/* Counts for half a second. */
static void count(struct work_struct *work)
{
	unsigned long end = jiffies + HZ / 2;

	while (time_before(jiffies, end)) {
		raced++;
		barrier();	/* else the loop is made one access */
		cond_resched();
	}
}

static void race(void)
{
	struct work_struct work;

	INIT_WORK_ONSTACK(&work, count);
	/* Let another processor do the same. */
	queue_work_on(cpumask_any_but(cpu_online_mask, raw_smp_processor_id()),
		      system_wq, &work);
	count(NULL);
	flush_work(&work);
	destroy_work_on_stack(&work);
}

static const struct {
	const char *name;
	void (*plant)(void);
} plants[] = {
	{ "use-after-free", use_after_free },
	{ "double-free", double_free },
	{ "out-of-bounds", out_of_bounds },
	{ "vmalloc-out-of-bounds", vmalloc_out_of_bounds },
	{ "leak", leak },
	{ "lock-inversion", lock_inversion },
	{ "sleep-in-atomic", sleep_in_atomic },
	{ "allocation-in-atomic", allocation_in_atomic },
	{ "lock-kept", lock_kept },
	{ "rcu-without-lock", rcu_without_lock },
	{ "shift-too-far", shift_too_far },
	{ "index-too-big", index_too_big },
	{ "list-corruption", list_corruption },
	{ "armed-timer-freed", armed_timer_freed },
	{ "data-race", race },
};

static int plant_set(const char *val, const struct kernel_param *kp)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(plants); i++) {
		if (sysfs_streq(val, plants[i].name)) {
			plants[i].plant();
			return 0;
		}
	}
	return -EINVAL;
}

static const struct kernel_param_ops plant_ops = {
	.set = plant_set,
};
module_param_cb(plant, &plant_ops, NULL, 0200);
MODULE_PARM_DESC(plant, "the name of a bug");

static int __init plant_init(void)
{
	return 0;
}
module_init(plant_init);

static void __exit plant_exit(void)
{
}
module_exit(plant_exit);

MODULE_DESCRIPTION("Bugs on request, for the tests of xen-gntalloc");
MODULE_LICENSE("GPL");
