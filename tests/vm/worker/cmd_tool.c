// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A worker's commands for the command-line tool, which it runs as a user would.
 *
 *   tool_program NAME       each later tool is this program beside it
 *   tool_user UID           each later tool is run by this user, whom the device
 *                              lets in
 *   tool ARGS               -> its exit code; what it printed, as far as there
 *                              is room
 *   tool_lines PATTERN|ARGS -> how many of the lines that it prints match the
 *                              pattern of fnmatch(); the first of them. Each
 *                              run of spaces counts as one space there.
 *   tool_start ARGS         starts one that reads commands; -> its pid
 *   tool_say LINE           sends it a line, which may be empty; -> 0, and the
 *                              line that it prints within some seconds
 *   tool_write LINE         sends it a line, and waits for nothing
 *   tool_kill SIGNAL        -> its exit code, or 128 and the signal
 *   tool_end                ends its input; -> its exit code; what it printed
 *   tool_await              waits until it ends by itself; -> the same
 *   tool_top KEY            runs top on a terminal until it shows its table a
 *                              second time, and presses the key; -> its exit code
 *   same FILE FILE          -> are their contents the same?
 *   make_file FILE BYTES SEED  the same bytes in each domain
 *   make_folder FOLDER
 *   files FOLDER            -> how many there are, hidden ones, too
 *   bytes FOLDER            -> how many bytes they have
 *   memfd FILE              "PID:FD" of a memfd with the contents of the file
 *   crowd PEER COUNT        starts processes of which number i shares i + 1
 *                              pages; -> 0, "PID:GREF" of each, the first gref
 *   crowd_kill NUMBER       kills one of them
 *
 * The tool is a program beside this one. A worker has one that reads commands.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gntshare/gntalloc.h>

#include "device.h"
#include "worker.h"

#define TOOL		"./gntshare"
#define TEXT_MAX	GREFS_TEXT
#define REPLY_MS	5000

#define CROWD_MAX	32

static pid_t crowd[CROWD_MAX];
static uid_t user;
static char program[64] = "gntshare";
static pid_t tool;
static int tool_in = -1;
static int tool_out = -1;

static long exit_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   128 + WTERMSIG(status);
}

static long cmd_tool_program(const char *args, char *text)
{
	(void)text;
	snprintf(program, sizeof(program), "%s", args);
	return 0;
}

static long cmd_tool_user(const char *args, char *text)
{
	(void)text;
	user = (uid_t)atoi(args);
	return chmod(DEVICE_PATH, user ? 0666 : 0600) ? -errno : 0;
}

/*
 * Starts a tool with this input and output, which are closed here. Its messages
 * go to its output, too. Returns its pid or an error.
 */
static pid_t spawn(const char *args, int in, int out)
{
	char command[512];
	pid_t child;

	/* Its messages are what is left if its output goes to a file. */
	snprintf(command, sizeof(command), "exec 2>&1; exec ./%s %s", program,
		 args);
	child = fork();
	if (!child) {
		if (user && (setgroups(0, NULL) || setgid(user) ||
			     setuid(user)))
			_exit(126);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(in, STDIN_FILENO);
		dup2(out, STDOUT_FILENO);
		device_let_go();
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	if (child < 0)
		child = -errno;
	close(in);
	close(out);
	return child;
}

/* Returns a pipe with what the tool prints. It has no input. */
static FILE *run(const char *args, pid_t *child)
{
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC), out[2];

	if (in < 0 || pipe2(out, O_CLOEXEC))
		return NULL;
	*child = spawn(args, in, out[1]);
	if (*child < 0) {
		close(out[0]);
		errno = -*child;
		return NULL;
	}
	return fdopen(out[0], "re");
}

/* Returns its exit code. */
static long end_run(FILE *output, pid_t child)
{
	int status;

	fclose(output);
	return waitpid(child, &status, 0) == child ? exit_code(status) : -errno;
}

static long cmd_tool(const char *args, char *text)
{
	pid_t child;
	FILE *output = run(args, &child);
	char rest[256];
	size_t got;

	if (!output)
		return -errno;
	got = fread(text, 1, TEXT_MAX, output);
	text[got] = '\0';
	while (fread(rest, 1, sizeof(rest), output))
		;
	return end_run(output, child);
}

static void squeeze(char *line)
{
	char *to = line;
	const char *from;

	for (from = line; *from && *from != '\n'; from++)
		if (*from != ' ' || (to > line && to[-1] != ' '))
			*to++ = *from;
	*to = '\0';
}

static long cmd_tool_lines(const char *args, char *text)
{
	const char *command = strchr(args, '|');
	char pattern[256], line[1024];
	FILE *output;
	pid_t child;
	long found = 0;

	if (!command || command - args >= (long)sizeof(pattern))
		return -EBADMSG;
	snprintf(pattern, sizeof(pattern), "%.*s", (int)(command - args), args);
	output = run(command + 1, &child);
	if (!output)
		return -errno;
	while (fgets(line, sizeof(line), output)) {
		squeeze(line);
		if (!fnmatch(pattern, line, 0) && !found++)
			snprintf(text, TEXT_MAX, "%s", line);
	}
	end_run(output, child);
	return found;
}

static long cmd_tool_start(const char *args, char *text)
{
	int in[2], out[2];
	pid_t child;

	(void)text;
	if (tool)
		return -EBUSY;
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		return -errno;
	child = spawn(args, in[0], out[1]);
	if (child < 0)
		return child;
	tool = child;
	tool_in = in[1];
	tool_out = out[0];
	return tool;
}

/* Reads a line without its end, byte by byte: the next one stays in the pipe. */
static long read_line(char *text)
{
	struct pollfd ready = { .fd = tool_out, .events = POLLIN };
	size_t got = 0;

	while (got < TEXT_MAX && poll(&ready, 1, REPLY_MS * patience()) > 0 &&
	       read(tool_out, text + got, 1) == 1 && text[got] != '\n')
		got++;
	text[got] = '\0';
	return got ? 0 : -ETIMEDOUT;
}

static long cmd_tool_write(const char *args, char *text)
{
	char line[128];
	int length = snprintf(line, sizeof(line), "%s\n", args);

	(void)text;
	if (!tool)
		return -ESRCH;
	return write(tool_in, line, (size_t)length) == length ? 0 : -errno;
}

static long cmd_tool_say(const char *args, char *text)
{
	long ret = *args ? cmd_tool_write(args, text) : tool ? 0 : -ESRCH;

	return ret ? ret : read_line(text);
}

static long await_end(char *text)
{
	size_t got = 0;
	ssize_t more;
	char rest[256];
	int status;

	while (got < TEXT_MAX &&
	       (more = read(tool_out, text + got, TEXT_MAX - got)) > 0)
		got += (size_t)more;
	text[got] = '\0';
	while (read(tool_out, rest, sizeof(rest)) > 0)
		;
	close(tool_out);
	if (waitpid(tool, &status, 0) != tool)
		return -errno;
	tool = 0;
	return exit_code(status);
}

static long cmd_tool_await(const char *args, char *text)
{
	long code;

	(void)args;
	if (!tool)
		return -ESRCH;
	code = await_end(text);
	close(tool_in);
	return code;
}

static long cmd_tool_kill(const char *args, char *text)
{
	if (!tool || kill(tool, atoi(args)))
		return -ESRCH;
	return cmd_tool_await("", text);
}

static long cmd_tool_end(const char *args, char *text)
{
	(void)args;
	if (!tool)
		return -ESRCH;
	close(tool_in);
	return await_end(text);
}

static int open_terminal(char *name, size_t size)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 || grantpt(fd) || unlockpt(fd) || ptsname_r(fd, name, size))
		return -1;
	return fd;
}

static void run_on_terminal(const char *name)
{
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	device_let_go();
	setsid();
	fd = open(name, O_RDWR);
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	execl(TOOL, TOOL, "top", "--interval", "1", NULL);
	_exit(127);
}

static long cmd_tool_top(const char *args, char *text)
{
	/* It begins each table by clearing the screen. */
	static const char clear[] = "\033[2J";
	struct pollfd ready = { .events = POLLIN };
	char name[64], *second = NULL;
	size_t got = 0;
	ssize_t more;
	int status;
	pid_t child;

	ready.fd = open_terminal(name, sizeof(name));
	if (ready.fd < 0)
		return -errno;
	child = fork();
	if (!child)
		run_on_terminal(name);
	*text = '\0';
	while (!second && got < TEXT_MAX &&
	       poll(&ready, 1, REPLY_MS * patience()) > 0) {
		more = read(ready.fd, text + got, TEXT_MAX - got);
		if (more <= 0)
			break;
		got += (size_t)more;
		text[got] = '\0';
		second = strstr(text, clear);
		second = second ? strstr(second + 1, clear) : NULL;
	}
	if (second)
		*second = '\0';
	if (write(ready.fd, args, 1) != 1 || waitpid(child, &status, 0) != child)
		return -errno;
	close(ready.fd);
	return second ? exit_code(status) : -ETIMEDOUT;
}

static long cmd_same(const char *args, char *text)
{
	char a[128], b[128];
	FILE *one, *two;
	int from_one = 0, from_two = 0;

	(void)text;
	if (sscanf(args, "%127s %127s", a, b) != 2)
		return -EBADMSG;
	one = fopen(a, "re");
	two = fopen(b, "re");
	if (!one || !two)
		return -ENOENT;
	while (from_one == from_two && from_one != EOF) {
		from_one = getc(one);
		from_two = getc(two);
	}
	fclose(one);
	fclose(two);
	return from_one == from_two;
}

static long cmd_make_file(const char *args, char *text)
{
	unsigned long size, seed, i;
	char name[128];
	FILE *file;

	(void)text;
	if (sscanf(args, "%127s %lu %lu", name, &size, &seed) != 3)
		return -EBADMSG;
	file = fopen(name, "we");
	if (!file)
		return -errno;
	for (i = 0; i < size; i++) {
		seed = seed * 6364136223846793005ul + 1442695040888963407ul;
		putc((int)(seed >> 56), file);
	}
	return fclose(file) ? -errno : 0;
}

static long cmd_make_folder(const char *args, char *text)
{
	(void)text;
	return mkdir(args, 0700) && errno != EEXIST ? -errno : 0;
}

/* Returns the number of files in the folder, or of the bytes in them. */
static long sum_of(const char *folder, bool bytes)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	struct stat st;
	long sum = 0;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		if (!fstatat(dirfd(dir), entry->d_name, &st, 0) &&
		    S_ISREG(st.st_mode))
			sum += bytes ? st.st_size : 1;
	closedir(dir);
	return sum;
}

static long cmd_files(const char *args, char *text)
{
	(void)text;
	return sum_of(args, false);
}

static long cmd_bytes(const char *args, char *text)
{
	(void)text;
	return sum_of(args, true);
}

/* It stays open until the worker ends. */
static long cmd_memfd(const char *args, char *text)
{
	int from = open(args, O_RDONLY | O_CLOEXEC);
	int fd = memfd_create("worker", MFD_CLOEXEC);
	ssize_t copied;

	if (from < 0 || fd < 0)
		return -errno;
	do {
		copied = sendfile(fd, from, NULL, 1 << 20);
	} while (copied > 0);
	close(from);
	sprintf(text, "%d:%d", getpid(), fd);
	return copied < 0 ? -errno : 0;
}

static long share_alone(uint16_t peer, uint32_t pages, int told)
{
	uint32_t grefs[CROWD_MAX];
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	device_let_go();
	fd = device_open();
	if (fd < 0 || device_alloc(fd, peer, GNTALLOC_2011_WRITABLE, pages,
				   NULL, grefs))
		return 1;
	if (write(told, grefs, sizeof(grefs[0])) != sizeof(grefs[0]))
		return 2;
	for (;;)
		pause();
}

static long cmd_crowd(const char *args, char *text)
{
	unsigned int peer, count, i;
	int told[2];

	if (sscanf(args, "%u %u", &peer, &count) != 2 || count > CROWD_MAX ||
	    pipe(told))
		return -EBADMSG;
	for (i = 0; i < count; i++) {
		uint32_t gref;

		crowd[i] = fork();
		if (!crowd[i])
			_exit((int)share_alone((uint16_t)peer, i + 1,
					       told[1]));
		if (crowd[i] < 0 ||
		    read(told[0], &gref, sizeof(gref)) != sizeof(gref))
			return -EIO;
		text += sprintf(text, "%d:%u ", crowd[i], gref);
	}
	close(told[0]);
	close(told[1]);
	return 0;
}

static long cmd_crowd_kill(const char *args, char *text)
{
	unsigned int i = (unsigned int)atoi(args);

	(void)text;
	if (i >= CROWD_MAX || kill(crowd[i], SIGKILL) ||
	    waitpid(crowd[i], NULL, 0) != crowd[i])
		return -ESRCH;
	return 0;
}

const struct command tool_commands[] = {
	{ "tool_program", cmd_tool_program },
	{ "tool_user", cmd_tool_user },
	{ "tool", cmd_tool },
	{ "tool_lines", cmd_tool_lines },
	{ "tool_start", cmd_tool_start },
	{ "tool_write", cmd_tool_write },
	{ "tool_say", cmd_tool_say },
	{ "tool_kill", cmd_tool_kill },
	{ "tool_end", cmd_tool_end },
	{ "tool_await", cmd_tool_await },
	{ "tool_top", cmd_tool_top },
	{ "same", cmd_same },
	{ "make_file", cmd_make_file },
	{ "make_folder", cmd_make_folder },
	{ "files", cmd_files },
	{ "bytes", cmd_bytes },
	{ "memfd", cmd_memfd },
	{ "crowd", cmd_crowd },
	{ "crowd_kill", cmd_crowd_kill },
	{ NULL, NULL }
};
