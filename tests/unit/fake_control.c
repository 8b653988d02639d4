// SPDX-License-Identifier: GPL-2.0-or-later
/* The fake system's interface for tests: its account, its log, its failures. */
#include <check.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "../../lib/internal.h"
#include "fake_internal.h"

struct fake_node *fake_add_node(const char *path)
{
	struct fake_node *node = &fake.nodes[fake.node_count];

	ck_assert_uint_lt(fake.node_count, FAKE_NODES);
	node->path = path;
	node->kind = FAKE_OTHER;
	node->mode = S_IFCHR | 0600;
	node->major = FAKE_MISC_MAJOR;
	node->minor = 120 + fake.node_count++;
	return node;
}

struct fake_node *fake_node(const char *path)
{
	unsigned int i;

	for (i = 0; i < fake.node_count; i++) {
		if (!strcmp(fake.nodes[i].path, path))
			return &fake.nodes[i];
	}
	ck_abort_msg("no node %s", path);
}

void fake_reset(void)
{
	struct fake_node *node;

	memset(&fake, 0, sizeof(fake));
	fake.page_size = FAKE_PAGE_SIZE;
	fake.table = ~0u;
	fake.generation = 1;
	node = fake_add_node("/dev/xen/gntalloc");
	node->kind = FAKE_GNTALLOC;
	node->uevent = "MAJOR=10\nMINOR=120\nDEVNAME=xen/gntalloc\n";
	node = fake_add_node("/dev/xen/gntdev");
	node->kind = FAKE_GNTDEV;
	node->uevent = "MAJOR=10\nMINOR=121\nDEVNAME=xen/gntdev\n";
}

struct fake_account fake_account(void)
{
	struct fake_account account = { .blocks = fake.blocks };
	int i;

	for (i = 0; i < FAKE_FILES; i++) {
		account.files += fake.files[i].open;
		account.pages += fake_file_pages(&fake.files[i]);
		account.entries += fake_file_entries(&fake.files[i]);
		account.grefs += fake_file_grefs(&fake.files[i]);
	}
	for (i = 0; i < FAKE_MAPPINGS; i++)
		account.mappings += !!fake.mappings[i].address;
	return account;
}

void fake_assert_account(struct fake_account expected)
{
	struct fake_account account = fake_account();

	ck_assert_str_eq(fake.nonsense, "");
	ck_assert_uint_eq(account.blocks, expected.blocks);
	ck_assert_uint_eq(account.files, expected.files);
	ck_assert_uint_eq(account.mappings, expected.mappings);
	ck_assert_uint_eq(account.pages, expected.pages);
	ck_assert_uint_eq(account.entries, expected.entries);
	ck_assert_uint_eq(account.grefs, expected.grefs);
}

void fake_finish(void)
{
	fake_assert_account((struct fake_account){ 0 });
}

void fake_log_start(void)
{
	fake.logging = true;
	fake.log_length = 0;
	fake.log[0] = '\0';
}

const char *fake_log(void)
{
	fake.logging = false;
	return fake.log;
}

void fake_assert_log(const char *call, ...)
{
	char expected[FAKE_LOG_SIZE] = "";
	va_list calls;

	va_start(calls, call);
	for (; call; call = va_arg(calls, const char *)) {
		if (*expected)
			strcat(expected, " ");
		ck_assert_uint_lt(strlen(expected) + strlen(call),
				  FAKE_LOG_SIZE - 1);
		strcat(expected, call);
	}
	va_end(calls);
	ck_assert_str_eq(fake_log(), expected);
}

void fake_fail(unsigned int nth, int err, int rest_err)
{
	fake.failed = NULL;
	fake.fail_in = nth;
	fake.fail_errno = err;
	fake.rest_errno = rest_err;
}

void fake_fail_stop(void)
{
	fake.failed = NULL;
	fake.fail_in = 0;
}

const char *fake_failed(void)
{
	return fake.failed;
}

void fake_set_block(size_t size)
{
	fake.block = size;
}

void fake_set_page_size(size_t size)
{
	fake.page_size = size;
}

const struct fake_page *fake_page(uint32_t gref)
{
	const struct fake_page *page;
	int i;

	for (i = 0; i < FAKE_FILES; i++) {
		page = fake_find_page(&fake.files[i], gref);
		if (page)
			return page;
	}
	return NULL;
}

const struct fake_grants *fake_grants(const void *address)
{
	struct fake_mapping *mapping = fake_find_mapping(address);

	ck_assert_ptr_nonnull(mapping);
	return fake_find_grants(mapping->file, mapping->offset);
}

int fake_protection(const void *address)
{
	struct fake_mapping *mapping = fake_find_mapping(address);

	ck_assert_ptr_nonnull(mapping);
	return mapping->prot;
}

void fake_drop_mappings(void)
{
	int i;

	for (i = 0; i < FAKE_MAPPINGS; i++) {
		if (fake.mappings[i].address)
			fake_drop(&fake.mappings[i]);
	}
}

static struct fake_entry *find_entry(uint32_t gref, struct fake_file **file)
{
	int i, j;

	for (i = 0; i < FAKE_FILES; i++) {
		*file = &fake.files[i];
		for (j = 0; j < FAKE_GRANTS; j++) {
			if ((*file)->entries[j].used &&
			    (*file)->entries[j].grant.gref == gref)
				return &(*file)->entries[j];
		}
	}
	return NULL;
}

const struct fake_grant *fake_grant(uint32_t gref)
{
	struct fake_file *file;
	struct fake_entry *entry = find_entry(gref, &file);

	return entry ? &entry->grant : NULL;
}

void fake_hold(uint32_t gref, bool held)
{
	struct fake_entry *entry;
	struct fake_file *file;

	fake_lock();
	entry = find_entry(gref, &file);
	if (entry) {
		entry->grant.held = held;
		if (!held && !entry->grant.live)
			fake_entry_release(file, entry);
	} else {
		fake_nonsense("the peer maps what is not granted");
	}
	fake_unlock();
}

void fake_destroy(int fd, uint64_t id)
{
	struct gntalloc_native_destroy op = { .id = id };

	ck_assert_int_eq(gntshare__os.ioctl(fd, GNTALLOC_NATIVE_DESTROY, &op),
			 0);
}

void fake_restore(void)
{
	fake_lock();
	fake.generation++;
	fake_wake();
	fake_unlock();
}

const struct fake_restriction *fake_restriction(int fd)
{
	return &fake.files[fd - FAKE_FIRST_FD].restriction;
}

void fake_set_lesser_driver(void)
{
	fake.lesser_driver = true;
}

void fake_set_old_driver(bool old)
{
	fake.old_driver = old;
}

void fake_set_table(unsigned int entries)
{
	fake.table = entries;
}

void fake_set_nonblock(bool nonblock)
{
	fake.nonblock = nonblock;
}

int fake_open(const char *path)
{
	return gntshare__os.open(path, O_RDWR);
}

void fake_close(int fd)
{
	ck_assert_int_eq(gntshare__os.close(fd), 0);
}

bool fake_is_cloexec(int fd)
{
	return fake.files[fd - FAKE_FIRST_FD].cloexec;
}
