// SPDX-License-Identifier: GPL-2.0-or-later
/* Arguments that are wrong, and the help: all files of tool/ */
#include <string.h>

#include "tool_test.h"

static const char * const wrong_arguments[] = {
	"", "none", "--none", "status --none", "status more", "status -j -P",
	"list --none", "list more", "list --sort", "list --sort none",
	"list --sort PAGES", "top --none", "top more", "top --interval 0",
	"top --interval x", "top --interval 3601", "top --batch 0",
	"top --batch -1", "top --batch 1 --sort none", "limit x", "limit -1",
	"limit 1 2", "limit --none", "limit 2147483648", "limit --boot",
	"limit 1 --json", "quota 2147483648", "headroom 65024",
	"headroom --none", "check --none", "check more", "share",
	"share --none", "share --to 1", "share --pages 1",
	"share --to 32752 --pages 1", "share --to 1 --pages 0",
	"share --to 1 --pages x", "share --to 1 --pages 18446744073709551615",
	"share --to 1 --pages 1 --file f", "share --to 1 --pages 1 --stdin",
	"share --to 1 --stdin", "share --to 1 --pages 1 --hold --seconds 1",
	"share --to 1 --pages 1 --seconds 0", "share --to 1 --pages 1 more",
	"share --to 1 --pages 1 --name a/b", "share --to nobody --pages 1",
	"share --to 1 --pages 1 --name ..", "share --to 1 --memfd-of 1",
	"share --to 1 --memfd-of 1:", "share --to 1 --memfd-of :1",
	"share --to 1 --memfd-of 1:x", "share --to 1 --memfd-of ../1:1",
	"share --to 1 --pages 1 --memfd-of 1:1", "map", "map --none", "map 8",
	"map --from 1", "map --from nobody 8", "map --from 1 8 --name a",
	"map --from 1 8 9", "map --from 1 8,", "map --from 1 8 --size 0",
	"map --from 1 8 --hold --hexdump", "map --from 1 --name ../1/x",
	"map --from 1 8 --to-file f --hold", "send", "send f", "send f 1",
	"send f 1:", "send f :a", "send f 1:a/b", "send f nobody:a",
	"send f 32752:a", "send f 1:a more", "send f 1:a --wait 0",
	"send f 1:a --none", "receive", "receive 1", "receive 1:..",
	"receive nobody:a", "receive 1:a f more", "receive 1:a --wait x",
	"receive 1:a - --json", "receive 1:a --none",
};

START_TEST(wrong_arguments_are_refused)
{
	put_driver();
	run(NULL, wrong_arguments[_i]);
	assert_code(WRONG);
	ck_assert_str_eq(result.out, "");
	ck_assert_str_ne(result.err, "");
	ck_assert_str_eq(get_file(MODULE "/parameters/limit"), "1000\n");
}
END_TEST

static const char * const commands[] = {
	"status", "list", "top", "limit", "quota", "headroom", "check", "share",
	"map", "send", "receive",
};

START_TEST(each_subcommand_has_help)
{
	char text[64];

	snprintf(text, sizeof(text), "%s --help", commands[_i]);
	run(NULL, text);
	assert_code(DONE);
	assert_quiet();
	snprintf(text, sizeof(text), "usage: gntshare %s ", commands[_i]);
	assert_out(text);
	run(NULL, "--help");
	assert_code(DONE);
	snprintf(text, sizeof(text), "\n  %s ", commands[_i]);
	assert_out(text);
}
END_TEST

/* What bash offers after these words, of which the last one is not complete. */
static void complete(const char *words, char *text, size_t size)
{
	char command[512];
	FILE *bash;

	snprintf(command, sizeof(command),
		 "bash -c '. tool/gntshare.bash-completion; "
		 "COMP_WORDS=(%s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
		 "_gntshare; echo \" ${COMPREPLY[*]} \"'", words);
	bash = popen(command, "r");
	ck_assert_ptr_nonnull(bash);
	text[fread(text, 1, size - 1, bash)] = '\0';
	ck_assert_int_eq(pclose(bash), 0);
}

START_TEST(bash_completes_each_option_that_the_help_has)
{
	char text[2048], words[64], option[80], *line, *rest;
	int count = 0;

	complete("gntshare \"\"", text, sizeof(text));
	snprintf(option, sizeof(option), " %s ", commands[_i]);
	ck_assert_ptr_nonnull(strstr(text, option));
	snprintf(words, sizeof(words), "gntshare %s --", commands[_i]);
	complete(words, text, sizeof(text));
	snprintf(words, sizeof(words), "%s --help", commands[_i]);
	run(NULL, words);
	for (line = strtok_r(result.out, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (sscanf(line, "  -%*c, %36[-a-z0-9]", words) != 1)
			continue;
		snprintf(option, sizeof(option), " %s ", words);
		ck_assert_msg(strstr(text, option), "no%sin:%s", option, text);
		count++;
	}
	/* The help does not name itself. */
	for (line = strstr(text, "--"); line; line = strstr(line + 2, " --"))
		count--;
	ck_assert_int_eq(count, -1);
}
END_TEST

START_TEST(the_version_is_that_of_the_project)
{
	run(NULL, "--version");
	assert_code(DONE);
	ck_assert_str_eq(result.out, "gntshare " TOOL_VERSION
			 ", with libgntshare 1.0.0\n");
}
END_TEST

static void to_full_disk(void)
{
	ck_assert_ptr_nonnull(freopen("/dev/full", "w", stdout));
}

START_TEST(what_cannot_be_written_is_a_failure)
{
	in_child = to_full_disk;
	run(NULL, "--help");
	assert_code(FAILED);
	assert_err("the output cannot be written");
}
END_TEST

struct Suite *usage_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = tool_suite("usage", &tests);

	tcase_add_loop_test(tests, wrong_arguments_are_refused, 0,
			    ARRAY_SIZE(wrong_arguments));
	tcase_add_loop_test(tests, each_subcommand_has_help, 0,
			    ARRAY_SIZE(commands));
	tcase_add_loop_test(tests,
			    bash_completes_each_option_that_the_help_has, 0,
			    ARRAY_SIZE(commands));
	tcase_add_test(tests, the_version_is_that_of_the_project);
	tcase_add_test(tests, what_cannot_be_written_is_a_failure);
	return suite;
}
