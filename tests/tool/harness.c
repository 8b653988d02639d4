// SPDX-License-Identifier: GPL-2.0-or-later
/* Files below a root, and the tool in a child. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tool_test.h"

struct result result;
void (*in_child)(void);

static char root[64];
static int input[2];

static const char *below_root(const char *path)
{
	static char text[PATH_MAX];

	snprintf(text, sizeof(text), "%s%s", root, path);
	return text;
}

static void begin(void)
{
	fake_reset();
	in_child = NULL;
	on_domid = NULL;
	snprintf(root, sizeof(root), "/tmp/gntshare-test.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	ck_assert_int_eq(setenv("GNTSHARE_TEST_ROOT", root, 1), 0);
	put_file("/proc/uptime", "10000.00 20000.00\n");
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void finish(void)
{
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	fake_finish();
}

struct Suite *tool_suite(const char *name, struct TCase **tests)
{
	struct Suite *suite = suite_create(name);

	*tests = tcase_create(name);
	tcase_add_checked_fixture(*tests, begin, finish);
	tcase_set_timeout(*tests, 60);
	suite_add_tcase(suite, *tests);
	return suite;
}

static void make_folders(const char *path)
{
	char text[PATH_MAX];
	char *slash;

	snprintf(text, sizeof(text), "%s", path);
	for (slash = strchr(text + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		ck_assert(!mkdir(text, 0755) || errno == EEXIST);
		*slash = '/';
	}
}

void put_file(const char *path, const char *format, ...)
{
	const char *real = below_root(path);
	va_list arguments;
	FILE *file;

	make_folders(real);
	file = fopen(real, "w");
	ck_assert_ptr_nonnull(file);
	va_start(arguments, format);
	vfprintf(file, format, arguments);
	va_end(arguments);
	ck_assert_int_eq(fclose(file), 0);
}

void put_link(const char *path, const char *target)
{
	const char *real = below_root(path);

	make_folders(real);
	ck_assert_int_eq(symlink(target, real), 0);
}

void remove_file(const char *path)
{
	nftw(below_root(path), remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void chmod_file(const char *path, mode_t mode)
{
	ck_assert_int_eq(chmod(below_root(path), mode), 0);
}

static void read_whole(const char *real, char *text, size_t size)
{
	FILE *file = fopen(real, "r");

	*text = '\0';
	if (!file)
		return;
	text[fread(text, 1, size - 1, file)] = '\0';
	fclose(file);
}

const char *get_file(const char *path)
{
	static char text[65536];

	read_whole(below_root(path), text, sizeof(text));
	return text;
}

void put_driver(void)
{
	static const char * const bounds[] = {
		"limit", "quota", "restriction", "headroom", "table",
	};
	char path[128];
	size_t i;

	put_file("/sys/hypervisor/type", "xen\n");
	put_file(MODULE "/version", "1.0.0\n");
	put_file(MODULE "/initstate", "live\n");
	put_file(MODULE "/parameters/limit", "1000\n");
	put_file(MODULE "/parameters/quota", "0\n");
	put_file(MODULE "/parameters/headroom", "128\n");
	put_file(CLASS "/pages", "40\n");
	put_file(CLASS "/entries", "43\n");
	put_file(CLASS "/draining", "3\n");
	for (i = 0; i < ARRAY_SIZE(bounds); i++) {
		snprintf(path, sizeof(path), CLASS "/hits/%s", bounds[i]);
		put_file(path, "0\n");
		snprintf(path, sizeof(path), CLASS "/last_hit/%s", bounds[i]);
		put_file(path, "0\n");
	}
}

void no_device(void)
{
	fake_node("/dev/xen/gntalloc")->path = "/nowhere";
}

/* The tool must give back all that it has taken, whatever peers still hold. */
static int run_tool(char **argv, int argc)
{
	struct fake_account account;
	int code;

	if (in_child)
		in_child();
	code = tool_main(argc, argv);
	fflush(stdout);
	account = fake_account();
	if (account.blocks || account.files || account.mappings) {
		fputs("something of the device is still in use\n", stderr);
		code = 99;
	}
	return code;
}

static void redirect(int fd, const char *path)
{
	int to = open(below_root(path), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (to < 0 || dup2(to, fd) < 0)
		_exit(98);
	close(to);
}

pid_t start(const char *arguments)
{
	char text[512], *argv[80], *rest;
	int argc = 0;
	pid_t child;

	snprintf(text, sizeof(text), "gntshare %s", arguments);
	for (argv[0] = strtok_r(text, " ", &rest); argv[argc];)
		argv[++argc] = strtok_r(NULL, " ", &rest);
	ck_assert_int_eq(pipe(input), 0);
	remove_file("/out");
	fflush(NULL);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (!child) {
		/* Under nohup(1) it is ignored, and the tool leaves it so. */
		signal(SIGHUP, SIG_DFL);
		dup2(input[0], STDIN_FILENO);
		close(input[0]);
		close(input[1]);
		redirect(STDOUT_FILENO, "/out");
		redirect(STDERR_FILENO, "/err");
		end_child(run_tool(argv, argc));
	}
	close(input[0]);
	return child;
}

void await(const char *text)
{
	int i;

	for (i = 0; i < 1000 && !strstr(get_file("/out"), text); i++)
		usleep(10000);
	ck_assert_msg(i < 1000, "the output never has '%s'", text);
}

void assert_running(pid_t child)
{
	usleep(200000);
	ck_assert_int_eq(waitpid(child, NULL, WNOHANG), 0);
}

void end_input(void)
{
	if (input[1] >= 0)
		close(input[1]);
	input[1] = -1;
}

void stop(pid_t child, int signal)
{
	int status;

	if (signal)
		kill(child, signal);
	else
		end_input();
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	end_input();
	ck_assert_msg(WIFEXITED(status), "a signal has killed the tool");
	result.code = WEXITSTATUS(status);
	read_whole(below_root("/out"), result.out, sizeof(result.out));
	read_whole(below_root("/err"), result.err, sizeof(result.err));
}

void run(const char *text, const char *arguments)
{
	pid_t child = start(arguments);
	size_t length = text ? strlen(text) : 0;

	/* A tool that reads nothing may have ended already. */
	signal(SIGPIPE, SIG_IGN);
	ck_assert(!length || write(input[1], text, length) > 0 ||
		  errno == EPIPE);
	stop(child, 0);
}

void assert_code(int code)
{
	ck_assert_msg(result.code == code, "the code is %d, not %d; %s%s",
		      result.code, code, result.out, result.err);
}

void assert_out(const char *text)
{
	ck_assert_msg(strstr(result.out, text), "no '%s' in: %s%s", text,
		      result.out, result.err);
}

void assert_no_out(const char *text)
{
	ck_assert_msg(!strstr(result.out, text), "there is '%s' in: %s", text,
		      result.out);
}

void assert_err(const char *text)
{
	ck_assert_msg(strstr(result.err, text), "no '%s' in: %s", text,
		      result.err);
}

void assert_quiet(void)
{
	ck_assert_str_eq(result.err, "");
}

struct json_object *out_json(void)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
			       JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, result.out,
				       (int)strlen(result.out) + 1);
	ck_assert_msg(json_tokener_get_error(tokener) == json_tokener_success,
		      "no JSON: %s", result.out);
	json_tokener_free(tokener);
	return object;
}
