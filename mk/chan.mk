# SPDX-License-Identifier: GPL-2.0-or-later
#
# The library of channels: building, tests, installation.
#
# Targets: chan check-chan check-chan-unit install-chan uninstall-chan
# From the makefile that includes this: BUILD, VERSION, SYSROOT; mk/lib.mk before it
# From the caller: CC AR CPPFLAGS CFLAGS LDFLAGS PKG_CONFIG

CHAN_OUT := $(BUILD)/chan
CHAN_MAJOR := 1
CHAN_SONAME := libgntchan.so.$(CHAN_MAJOR)
CHAN_SHARED := $(CHAN_OUT)/libgntchan.so.$(VERSION)
CHAN_STATIC := $(CHAN_OUT)/libgntchan.a
CHAN_LINKS := $(CHAN_OUT)/$(CHAN_SONAME) $(CHAN_OUT)/libgntchan.so
CHAN_MAP := chan/libgntchan.map
CHAN_OBJECTS := $(patsubst chan/%.c,$(CHAN_OUT)/%.o,$(sort $(wildcard chan/*.c)))
CHAN_LDFLAGS := $(call library_ldflags,$(CHAN_SONAME),$(CHAN_MAP))

.PHONY: chan
chan: $(CHAN_SHARED) $(CHAN_STATIC) $(CHAN_LINKS) ## the library of channels

$(CHAN_OBJECTS): $(CHAN_OUT)/%.o: chan/%.c mk/chan.mk mk/lib.mk | $(CHAN_OUT) \
		$(SYSROOT) deps-lib
	$(CC) $(LIB_CPPFLAGS) $(CPPFLAGS) $(LIB_CFLAGS) $(CFLAGS) -c -o $@ $<

$(CHAN_SHARED): $(CHAN_OBJECTS) $(CHAN_MAP) $(LIB_SHARED) $(LIB_LINKS)
	$(CC) $(LIB_CFLAGS) $(CFLAGS) $(CHAN_LDFLAGS) $(LDFLAGS) -o $@ \
		$(CHAN_OBJECTS) -L$(LIB_OUT) -lgntshare -lxenstore -lxenevtchn

$(CHAN_STATIC): $(CHAN_OBJECTS)
	rm -f $@
	$(AR) rcsD $@ $(CHAN_OBJECTS)

$(CHAN_LINKS): $(CHAN_SHARED)
	ln -sf $(notdir $(CHAN_SHARED)) $@

$(CHAN_OUT):
	mkdir -p $@

# The tests link the library with a Xen of their own.

CHAN_TESTS_OUT := $(BUILD)/chan-tests
CHAN_TESTS := $(patsubst tests/chan/%.c,$(CHAN_TESTS_OUT)/%.o, \
	$(sort $(wildcard tests/chan/*.c)))
CHAN_TEST := $(CHAN_TESTS_OUT)/chan

$(CHAN_TESTS): $(CHAN_TESTS_OUT)/%.o: tests/chan/%.c mk/chan.mk mk/lib.mk \
		| $(CHAN_TESTS_OUT) deps-unit
	$(CC) $(LIB_CPPFLAGS) $(CPPFLAGS) $(LIB_CFLAGS) $(CFLAGS) \
		$$($(PKG_CONFIG) --cflags check) -c -o $@ $<

# What tests/chan/fake.c lets fail, and the clock
CHAN_WRAPPED := calloc epoll_create1 epoll_ctl timerfd_create timerfd_settime \
	madvise mmap64 fcntl64 clock_gettime
CHAN_TEST_LDFLAGS := $(CHAN_WRAPPED:%=-Wl,--wrap=%)

$(CHAN_TEST): $(CHAN_TESTS) $(CHAN_OBJECTS) $(UNIT_OUT)/runner.o
	$(CC) $(CFLAGS) -pthread $(CHAN_TEST_LDFLAGS) $(LDFLAGS) -o $@ \
		$(filter %.o,$^) $$($(PKG_CONFIG) --libs check)

$(CHAN_TESTS_OUT):
	mkdir -p $@

.PHONY: check-chan check-chan-unit
check-chan-unit: $(CHAN_TEST)
	CK_DEFAULT_TIMEOUT=60 $(CHAN_TEST)

check-chan: check-chan-unit deps-fuzz ## the library of channels, on a made-up Xen
	@CC="$(CC)" PKG_CONFIG="$(PKG_CONFIG)" tests/chan/checks/run \
		$(CHAN_TESTS_OUT)/checks $(FUZZ_SECONDS) $(CHAN_TEST_LDFLAGS)

# Manual pages, and installation: both lists name every file.

CHAN_SYMBOLS := $(shell mk/symbols $(CHAN_MAP))
CHAN_ALIASES := $(CHAN_OUT)/man3

$(CHAN_ALIASES): $(CHAN_MAP) $(CHAN_PAGES) mk/alias-pages
	@mk/alias-pages $(abspath $@) $(CHAN_SYMBOLS)
	@touch $@

.PHONY: install-chan
install-chan: chan $(CHAN_ALIASES) ## the library of channels, its header and its pages
	$(INSTALL) -d $(DESTDIR)$(libdir)/pkgconfig $(DESTDIR)$(includedir) \
		$(DESTDIR)$(mandir)/man3 $(DESTDIR)$(mandir)/man7
	$(INSTALL) -m 644 $(CHAN_SHARED) $(CHAN_STATIC) $(DESTDIR)$(libdir)
	ln -sf $(notdir $(CHAN_SHARED)) $(DESTDIR)$(libdir)/$(CHAN_SONAME)
	ln -sf $(CHAN_SONAME) $(DESTDIR)$(libdir)/libgntchan.so
	$(INSTALL) -m 644 include/gntchan.h $(DESTDIR)$(includedir)
	$(call install_pc,gntchan)
	$(INSTALL) -m 644 $(CHAN_PAGES) $(CHAN_ALIASES)/*.3 \
		$(DESTDIR)$(mandir)/man3
	$(INSTALL) -m 644 man/gntchan.7 $(DESTDIR)$(mandir)/man7

.PHONY: uninstall-chan
uninstall-chan:
	rm -f $(DESTDIR)$(libdir)/$(notdir $(CHAN_SHARED)) \
		$(DESTDIR)$(libdir)/$(notdir $(CHAN_STATIC)) \
		$(DESTDIR)$(libdir)/$(CHAN_SONAME) \
		$(DESTDIR)$(libdir)/libgntchan.so \
		$(DESTDIR)$(libdir)/pkgconfig/gntchan.pc \
		$(DESTDIR)$(includedir)/gntchan.h \
		$(CHAN_SYMBOLS:%=$(DESTDIR)$(mandir)/man3/%.3) \
		$(DESTDIR)$(mandir)/man7/gntchan.7

-include $(CHAN_OBJECTS:.o=.d) $(CHAN_TESTS:.o=.d)
