# SPDX-License-Identifier: GPL-2.0-or-later
#
# The command-line tool: building, tests, installation.
#
# Targets: tool check-tool install-tool uninstall-tool
# From the makefile that includes this: BUILD, VERSION, SYSROOT; mk/lib.mk before it
# From the caller: CC CPPFLAGS CFLAGS LDFLAGS PKG_CONFIG INSTALL VALGRIND
#                  DESTDIR prefix bindir datadir mandir

bindir ?= $(prefix)/bin
datadir ?= $(prefix)/share

TOOL_OUT := $(BUILD)/tool
TOOL := $(TOOL_OUT)/gntshare
TOOL_NAMES := $(patsubst tool/%.c,%,$(sort $(wildcard tool/*.c)))
TOOL_OBJECTS := $(TOOL_NAMES:%=$(TOOL_OUT)/%.o)

TOOL_CPPFLAGS := -Iinclude -Itool -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 \
	-DTOOL_VERSION='"$(VERSION)"' -MMD -MP
TOOL_CFLAGS := -std=c11 -fPIE $(LIB_WARNINGS)
TOOL_LIBS = $$($(PKG_CONFIG) --libs json-c nettle xenstore xenevtchn)

.PHONY: tool
tool: $(TOOL) ## the command-line tool, gntshare

$(TOOL_OBJECTS): $(TOOL_OUT)/%.o: tool/%.c VERSION mk/tool.mk | $(TOOL_OUT) \
		$(SYSROOT) deps-tool
	$(CC) $(TOOL_CPPFLAGS) $(CPPFLAGS) $(TOOL_CFLAGS) $(CFLAGS) \
		$$($(PKG_CONFIG) --cflags json-c nettle) -c -o $@ $<

$(TOOL): $(TOOL_OBJECTS) $(LIB_SHARED) $(LIB_LINKS) $(CHAN_SHARED) $(CHAN_LINKS)
	$(CC) $(CFLAGS) -pie -Wl,-z,relro -Wl,-z,now $(LDFLAGS) -o $@ \
		$(TOOL_OBJECTS) -L$(CHAN_OUT) -lgntchan -L$(LIB_OUT) -lgntshare \
		$(TOOL_LIBS)

# The tests run the whole tool on files below a root of their own. They link it with
# the fake system of the library's tests, and with a fake xenstore.

TOOL_TESTS_OUT := $(BUILD)/tool-tests
TOOL_TESTED := $(patsubst %,$(TOOL_TESTS_OUT)/%.o,$(filter-out main,$(TOOL_NAMES)))
TOOL_TESTS := $(patsubst tests/tool/%.c,$(TOOL_TESTS_OUT)/tests/%.o, \
	$(sort $(wildcard tests/tool/*.c)))
TOOL_FAKES := $(patsubst tests/unit/%.c,$(UNIT_OUT)/%.o, \
	$(wildcard tests/unit/fake_*.c) tests/unit/runner.c)
TOOL_TEST := $(TOOL_TESTS_OUT)/tool

$(TOOL_TESTED): $(TOOL_TESTS_OUT)/%.o: tool/%.c VERSION mk/tool.mk \
		| $(TOOL_TESTS_OUT) $(SYSROOT) deps-tool
	$(CC) $(TOOL_CPPFLAGS) -DTEST_ROOT $(CPPFLAGS) $(TOOL_CFLAGS) $(CFLAGS) \
		$$($(PKG_CONFIG) --cflags json-c nettle) -c -o $@ $<

$(TOOL_TESTS): $(TOOL_TESTS_OUT)/tests/%.o: tests/tool/%.c VERSION mk/tool.mk \
		| $(TOOL_TESTS_OUT) deps-tool deps-unit
	$(CC) $(TOOL_CPPFLAGS) -Itests/unit $(CPPFLAGS) $(TOOL_CFLAGS) $(CFLAGS) \
		$$($(PKG_CONFIG) --cflags json-c nettle check) -c -o $@ $<

$(TOOL_TEST): $(TOOL_TESTS) $(TOOL_TESTED) $(TOOL_FAKES) \
		$(filter-out $(LIB_OUT)/os.o,$(LIB_OBJECTS))
	$(CC) $(CFLAGS) -pthread $(LDFLAGS) -o $@ $(filter %.o,$^) \
		$$($(PKG_CONFIG) --libs json-c nettle check)

$(TOOL_OUT):
	mkdir -p $@

$(TOOL_TESTS_OUT):
	mkdir -p $@/tests

.PHONY: check-tool
check-tool: $(TOOL_TEST) ## the command-line tool, on a made-up system
	CK_DEFAULT_TIMEOUT=60 $(TOOL_TEST)

# Installation: both lists name every file.

TOOL_COMPLETIONS = $(DESTDIR)$(datadir)/bash-completion/completions

.PHONY: install-tool
install-tool: tool ## the command-line tool, its page and its completion
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(mandir)/man1 \
		$(TOOL_COMPLETIONS)
	$(INSTALL) -m 755 $(TOOL) $(DESTDIR)$(bindir)
	$(INSTALL) -m 644 man/gntshare.1 $(DESTDIR)$(mandir)/man1
	$(INSTALL) -m 644 tool/gntshare.bash-completion \
		$(TOOL_COMPLETIONS)/gntshare

.PHONY: uninstall-tool
uninstall-tool:
	rm -f $(DESTDIR)$(bindir)/gntshare $(DESTDIR)$(mandir)/man1/gntshare.1 \
		$(TOOL_COMPLETIONS)/gntshare

-include $(TOOL_OBJECTS:.o=.d) $(TOOL_TESTED:.o=.d) $(TOOL_TESTS:.o=.d)
