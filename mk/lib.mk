# SPDX-License-Identifier: GPL-2.0-or-later
#
# The library: building, unit tests, ABI tests, installation.
#
# Targets: lib check-unit check-abi install-lib uninstall-lib
# From the makefile that includes this: BUILD, VERSION, SYSROOT
# From the caller: CC CXX AR CPPFLAGS CFLAGS LDFLAGS PKG_CONFIG INSTALL
#                  DESTDIR prefix libdir includedir mandir

CFLAGS ?= -O2 -g
PKG_CONFIG ?= pkg-config
INSTALL ?= install

prefix ?= /usr/local
libdir ?= $(prefix)/lib
includedir ?= $(prefix)/include
mandir ?= $(prefix)/share/man

# Building

LIB_OUT := $(BUILD)/lib
# The number of the library's ABI, which a new version of the driver does not change.
LIB_MAJOR := 1
LIB_SONAME := libgntshare.so.$(LIB_MAJOR)
LIB_SHARED := $(LIB_OUT)/libgntshare.so.$(VERSION)
LIB_STATIC := $(LIB_OUT)/libgntshare.a
LIB_LINKS := $(LIB_OUT)/$(LIB_SONAME) $(LIB_OUT)/libgntshare.so
LIB_MAP := lib/libgntshare.map

LIB_OBJECTS := $(patsubst lib/%.c,$(LIB_OUT)/%.o,$(sort $(wildcard lib/*.c)))

LIB_WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef \
	-Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla \
	-Wwrite-strings

# Both libraries are made of the same objects.
LIB_CPPFLAGS := -Iinclude -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -MMD -MP
LIB_CFLAGS := -std=c11 -fPIC -pthread -fvisibility=hidden $(LIB_WARNINGS)

# $(1) is the soname of a library, $(2) its version script.
library_ldflags = -shared -pthread -Wl,-soname,$(1) -Wl,--version-script,$(2) \
	-Wl,-z,defs -Wl,-z,relro -Wl,-z,now
LIB_LDFLAGS := $(call library_ldflags,$(LIB_SONAME),$(LIB_MAP))

.PHONY: lib
lib: $(LIB_SHARED) $(LIB_STATIC) $(LIB_LINKS) ## the library

$(LIB_OUT)/version.o: LIB_CPPFLAGS += -DGNTSHARE_VERSION='"$(VERSION)"'
$(LIB_OUT)/version.o: VERSION

$(LIB_OBJECTS): $(LIB_OUT)/%.o: lib/%.c mk/lib.mk | $(LIB_OUT) $(SYSROOT) deps-lib
	$(CC) $(LIB_CPPFLAGS) $(CPPFLAGS) $(LIB_CFLAGS) $(CFLAGS) -c -o $@ $<

$(LIB_SHARED): $(LIB_OBJECTS) $(LIB_MAP)
	$(CC) $(LIB_CFLAGS) $(CFLAGS) $(LIB_LDFLAGS) $(LDFLAGS) -o $@ \
		$(LIB_OBJECTS)

$(LIB_STATIC): $(LIB_OBJECTS)
	rm -f $@
	$(AR) rcsD $@ $(LIB_OBJECTS)

$(LIB_LINKS): $(LIB_SHARED)
	ln -sf $(notdir $(LIB_SHARED)) $@

$(LIB_OUT):
	mkdir -p $@

# Unit tests: the program "library" has a fake system instead of lib/os.c, and
# "system" uses the real one.

UNIT_OUT := $(BUILD)/unit
UNIT_SYSTEM := main_system runner test_os test_refusals
UNIT_LIBRARY := runner $(filter-out $(UNIT_SYSTEM), \
	$(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c)))
UNIT_OBJECTS := $(patsubst %,$(UNIT_OUT)/%.o, \
	$(sort $(UNIT_LIBRARY) $(UNIT_SYSTEM)))
UNIT_PROGRAMS := $(UNIT_OUT)/library $(UNIT_OUT)/system

$(UNIT_OUT)/test_refusals.o: LIB_CPPFLAGS += -DPROJECT_VERSION='"$(VERSION)"'
$(UNIT_OUT)/test_refusals.o: VERSION

$(UNIT_OBJECTS): $(UNIT_OUT)/%.o: tests/unit/%.c mk/lib.mk | $(UNIT_OUT) \
		deps-unit
	$(CC) $(LIB_CPPFLAGS) $(CPPFLAGS) $(LIB_CFLAGS) $(CFLAGS) \
		$$($(PKG_CONFIG) --cflags check) -c -o $@ $<

$(UNIT_OUT)/library: $(UNIT_LIBRARY:%=$(UNIT_OUT)/%.o) \
		$(filter-out $(LIB_OUT)/os.o,$(LIB_OBJECTS))
$(UNIT_OUT)/system: $(UNIT_SYSTEM:%=$(UNIT_OUT)/%.o) $(LIB_STATIC)

$(UNIT_PROGRAMS):
	$(CC) $(CFLAGS) -pthread $(LDFLAGS) -o $@ $(filter %.o %.a,$^) \
		$$($(PKG_CONFIG) --libs check)

$(UNIT_OUT):
	mkdir -p $@

# The same tests run under valgrind, and those of threads also with ThreadSanitizer.
# `make VALGRIND=: TSAN=: check-unit` runs without both.
VALGRIND := tests/unit/valgrind
TSAN := tests/unit/tsan

.PHONY: check-unit
check-unit: $(UNIT_PROGRAMS) check-tool ## the library, on a fake system and under valgrind
	$(UNIT_OUT)/library
	$(UNIT_OUT)/system
	$(VALGRIND) $(UNIT_OUT)
	CC="$(CC)" PKG_CONFIG="$(PKG_CONFIG)" VERSION="$(VERSION)" \
		$(TSAN) $(UNIT_OUT)

# Random texts, and random calls on the fake system.
FUZZ_SECONDS ?= 20

.PHONY: check-fuzz
check-fuzz: deps-fuzz ## the library under libFuzzer, for FUZZ_SECONDS each
	@VERSION="$(VERSION)" RESULTS="$(RESULTS)" \
		tests/unit/fuzz/run $(BUILD)/fuzz $(FUZZ_SECONDS)

# The unit tests must take all lines and branches of both libraries, except for a few
# that no test can take, which are marked in the source. Since they take all of it,
# the compiler's checks of array bounds are used here, too.
COVERAGE := $(BUILD)/coverage

.PHONY: check-coverage
check-coverage: deps-build ## that the unit tests take all of both libraries
	@rm -rf $(COVERAGE) && mkdir -p $(BUILD)
	@$(MAKE) --no-print-directory --silent BUILD=$(COVERAGE) RESULTS= \
		CFLAGS='-O0 -g --coverage -fsanitize=bounds-strict \
			-fno-sanitize-recover=bounds-strict' \
		LDFLAGS='--coverage -Wl,-u,__gcov_dump' \
		VALGRIND=: TSAN=: check-unit check-chan-unit \
		>$(COVERAGE).log 2>&1 || \
		{ tail -n 20 $(COVERAGE).log; exit 1; }
	@gcovr --root . --filter lib/ --filter chan/ --exclude-unreachable-branches \
		--branches --fail-under-line 100 --fail-under-branch 100 \
		$(COVERAGE)
	@echo "coverage 1 0 0" >>$(RESULTS)

# ABI tests

.PHONY: check-abi
check-abi: deps-build lib chan ## layouts, ioctl numbers, symbols, headers, gntshare.pc
	+CC="$(CC)" CXX="$(CXX)" MAKE="$(MAKE)" PKG_CONFIG="$(PKG_CONFIG)" \
		VERSION="$(VERSION)" BUILD="$(BUILD)" tests/abi/run

# Manual pages: there is one for each function, but many only lead to another page.

LIB_SYMBOLS := $(shell mk/symbols lib/libgntshare.map)
LIB_PAGES := $(filter-out $(CHAN_PAGES),$(wildcard man/*.3))
LIB_ALIASES := $(LIB_OUT)/man3

$(LIB_ALIASES): $(LIB_MAP) $(LIB_PAGES) mk/alias-pages
	@mk/alias-pages $(abspath $@) $(LIB_SYMBOLS)
	@touch $@

# Installation: both lists name every file, so that uninstall removes exactly those.

# gntshare.pc names directories relative to its prefix, so that a caller of pkg-config
# can set another prefix.
below_prefix = $(patsubst $(prefix)/%,$${prefix}/%,$(1))

define install_pc
	sed -e 's|@prefix@|$(prefix)|' \
		-e 's|@libdir@|$(call below_prefix,$(libdir))|' \
		-e 's|@includedir@|$(call below_prefix,$(includedir))|' \
		-e 's|@VERSION@|$(VERSION)|' pkgconfig/$(1).pc.in \
		>$(DESTDIR)$(libdir)/pkgconfig/$(1).pc
	chmod 644 $(DESTDIR)$(libdir)/pkgconfig/$(1).pc
endef

.PHONY: install-lib
install-lib: lib $(LIB_ALIASES)
	$(INSTALL) -d $(DESTDIR)$(libdir)/pkgconfig \
		$(DESTDIR)$(includedir)/gntshare $(DESTDIR)$(mandir)/man3 \
		$(DESTDIR)$(mandir)/man7
	$(INSTALL) -m 644 $(LIB_SHARED) $(LIB_STATIC) $(DESTDIR)$(libdir)
	ln -sf $(notdir $(LIB_SHARED)) $(DESTDIR)$(libdir)/$(LIB_SONAME)
	ln -sf $(LIB_SONAME) $(DESTDIR)$(libdir)/libgntshare.so
	$(INSTALL) -m 644 include/gntshare.h $(DESTDIR)$(includedir)
	$(INSTALL) -m 644 include/gntshare/gntalloc.h \
		$(DESTDIR)$(includedir)/gntshare
	$(call install_pc,gntshare)
	$(INSTALL) -m 644 $(LIB_PAGES) $(LIB_ALIASES)/*.3 \
		$(DESTDIR)$(mandir)/man3
	$(INSTALL) -m 644 man/gntshare.7 $(DESTDIR)$(mandir)/man7

.PHONY: uninstall-lib
uninstall-lib:
	rm -f $(DESTDIR)$(libdir)/$(notdir $(LIB_SHARED)) \
		$(DESTDIR)$(libdir)/$(notdir $(LIB_STATIC)) \
		$(DESTDIR)$(libdir)/$(LIB_SONAME) \
		$(DESTDIR)$(libdir)/libgntshare.so \
		$(DESTDIR)$(libdir)/pkgconfig/gntshare.pc \
		$(DESTDIR)$(includedir)/gntshare.h \
		$(DESTDIR)$(includedir)/gntshare/gntalloc.h \
		$(LIB_SYMBOLS:%=$(DESTDIR)$(mandir)/man3/%.3) \
		$(DESTDIR)$(mandir)/man7/gntshare.7
	if test -d $(DESTDIR)$(includedir)/gntshare; then \
		rmdir --ignore-fail-on-non-empty \
			$(DESTDIR)$(includedir)/gntshare; \
	fi

-include $(LIB_OBJECTS:.o=.d) $(UNIT_OBJECTS:.o=.d)
