// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All files of /sys, /proc, /dev and /etc that the tool reads or writes. In a
 * build for tests, and in no other, they can be below another root.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

/* Write the real path. A path that is too long leads nowhere. */
static const char *real(const char *path, char text[PATH_MAX])
{
	const char *root = "";
	int length;

#ifdef TEST_ROOT
	root = getenv("GNTSHARE_TEST_ROOT");
	if (!root)
		root = "/nonexistent";
#endif
	length = snprintf(text, PATH_MAX, "%s%s", root, path);
	if (length < 0 || length >= PATH_MAX)
		*text = '\0';
	return text;
}

FILE *path_open(const char *path)
{
	char text[PATH_MAX];

	return fopen(real(path, text), "re");
}

DIR *path_dir(const char *path)
{
	char text[PATH_MAX];

	return opendir(real(path, text));
}

int path_fd(const char *path, int flags)
{
	char text[PATH_MAX];
	int fd = open(real(path, text), flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int path_stat(const char *path, struct stat *st)
{
	char text[PATH_MAX];

	return stat(real(path, text), st) ? -errno : 0;
}

int path_access(const char *path, int mode)
{
	char text[PATH_MAX];

	return access(real(path, text), mode) ? -errno : 0;
}

bool path_exists(const char *path)
{
	return !path_access(path, F_OK);
}

void path_link(const char *path, char *text, size_t size)
{
	char whole[PATH_MAX];
	ssize_t length = readlink(real(path, whole), text, size - 1);

	text[length > 0 ? length : 0] = '\0';
}

int path_line(const char *path, char *text, size_t size)
{
	FILE *file = path_open(path);
	int err = 0;

	if (!file)
		return -errno;
	errno = 0;
	if (!fgets(text, (int)size, file))
		err = errno ? -errno : -ENODATA;
	else
		text[strcspn(text, "\n")] = '\0';
	fclose(file);
	return err;
}

struct figure path_figure(const char *path)
{
	struct figure figure = { .known = false };
	char text[32];

	if (!path_line(path, text, sizeof(text)))
		figure.known = text_number(text, UINT64_MAX, &figure.value);
	return figure;
}

static int write_all(int fd, const char *text, size_t length)
{
	while (length) {
		ssize_t done = write(fd, text, length);

		if (done < 0)
			return -errno;
		text += done;
		length -= (size_t)done;
	}
	return 0;
}

int path_write(const char *path, const char *text)
{
	char whole[PATH_MAX];
	int fd = open(real(path, whole), O_WRONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = write_all(fd, text, strlen(text));
	if (close(fd) && !err)
		err = -errno;
	return err;
}

/* Have the new name on the disk, too, as far as the file system can do so. */
static void sync_folder(char *path)
{
	int fd;

	*strrchr(path, '/') = '\0';
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

int path_replace(const char *path, const char *text)
{
	char whole[PATH_MAX], other[PATH_MAX];
	struct stat st;
	mode_t mode;
	int fd, err;

	if (snprintf(other, sizeof(other), "%s.XXXXXX", real(path, whole)) >=
	    (int)sizeof(other))
		return -ENAMETOOLONG;
	mode = stat(whole, &st) ? 0644 : st.st_mode & 0777;
	fd = mkostemp(other, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = write_all(fd, text, strlen(text));
	if (!err && (fchmod(fd, mode) || fsync(fd)))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(other, whole))
		err = -errno;
	if (err)
		unlink(other);
	else
		sync_folder(whole);
	return err;
}

static struct group *find_group(const char *name)
{
#ifdef TEST_ROOT
	struct group *group = NULL;
	FILE *file = path_open("/etc/group");

	while (file) {
		group = fgetgrent(file);
		if (!group || !strcmp(group->gr_name, name))
			break;
	}
	if (file)
		fclose(file);
	return group;
#else
	return getgrnam(name);
#endif
}

int path_group(const char *name, gid_t *gid, bool *member)
{
	struct group *group = find_group(name);
	gid_t *all;
	int count, i;

	if (!group)
		return -ENOENT;
	*gid = group->gr_gid;
	*member = getegid() == *gid;
	count = getgroups(0, NULL);
	all = text_alloc(NULL, count > 0 ? (size_t)count : 1, sizeof(*all));
	count = getgroups(count, all);
	for (i = 0; i < count; i++)
		*member |= all[i] == *gid;
	free(all);
	return 0;
}
