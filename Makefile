# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a user builds, tests and installs. All output goes to $(BUILD). The
# kernel's build system reads only module/Kbuild, and none of these makefiles.

include mk/arch.mk
include mk/suite.mk
BUILD ?= build
VERSION := $(shell cat VERSION)

prefix ?= /usr/local
includedir ?= $(prefix)/include
libdir ?= $(prefix)/lib
mandir ?= $(prefix)/share/man
INSTALL ?= install

# A space ends a name for make, and for the kernel's makefiles, too.
spaced = $(filter-out 1,$(words x$($(1))x))
SPACED := $(foreach name,CURDIR BUILD DESTDIR prefix includedir libdir mandir, \
	$(if $(call spaced,$(name)),$(name)))
ifneq ($(strip $(SPACED)),)
$(error no path may have a space in it, but that in $(firstword $(SPACED)) \
	has: "$($(firstword $(SPACED)))")
endif

# The kernel to build the module for: the running one if its headers are here,
# otherwise the newest one whose headers are.
KDIR ?= $(firstword $(wildcard /lib/modules/$(shell uname -r)/build) \
	$(shell ls -d /lib/modules/*/build 2>/dev/null | sort -rV))

.DEFAULT_GOAL := all

# The manual pages of the library of channels; the others are of libgntshare.
CHAN_PAGES := $(wildcard man/gntchan_*.3)

.PHONY: help
help: ## this text
	@mk/help $(VERSION) $(filter-out %.d,$(MAKEFILE_LIST))

.PHONY: all
all: module lib ## the module and the library

include mk/lib.mk
include mk/chan.mk
include mk/tool.mk
include mk/deps.mk
include mk/deb.mk
include mk/matrix.mk
include mk/vmtest.mk
include mk/vm.mk
include mk/package.mk
include mk/debug.mk
include mk/bench.mk
include mk/lint.mk
include mk/doc.mk
include mk/editor.mk

# The kernel's build system writes its output next to what it compiles. So it gets
# files with the same names in another directory, each of which only includes the
# source. The messages of the compiler then name the source. Each file gets the time
# of its source, so that only what has changed is compiled again.
MODULE_SRC := $(wildcard module/*.[ch]) module/Kbuild \
	include/gntshare/gntalloc.h VERSION

.PHONY: module
module: $(BUILD)/module/xen-gntalloc.ko ## the kernel module, for KDIR=/lib/modules/.../build
$(BUILD)/module/xen-gntalloc.ko: $(MODULE_SRC) Makefile | $(SYSROOT) deps-module
	@test -n "$(KDIR)" || { \
		echo "no kernel headers here; give KDIR=..." >&2; exit 1; }
	@mkdir -p $(@D) $(BUILD)/kbuild
	@cp -p --parents $(filter-out %.c %.h,$(MODULE_SRC)) $(BUILD)/kbuild
	@for file in $(filter %.c %.h,$(MODULE_SRC)); do \
		mkdir -p $(BUILD)/kbuild/$${file%/*} && \
		echo "#include \"$(CURDIR)/$$file\"" \
			>$(BUILD)/kbuild/$$file && \
		touch -r $$file $(BUILD)/kbuild/$$file || exit 1; \
	done
	$(MAKE) -C $(KDIR) $(KBUILD_ARGS) M=$(abspath $(BUILD)/kbuild/module) modules
	cp $(BUILD)/kbuild/module/xen-gntalloc.ko $@

# Each test program writes "NAME passed failed skipped" to this file. If a part fails
# in another way, such as under valgrind or before it could count, a line is written
# for it, too. A part is a target, followed by commas and variables. CHECK_MORE has
# additional parts, the longest first. LANES parts run at the same time, and each VM
# needs 2.5 GB. The parts of CHECK_ALONE run before the others, one after the other.
RESULTS ?= $(abspath $(BUILD)/results)
LANES ?= 2
CHECK_ALONE ?=
CHECK_MORE ?=
comma := ,
CHECKS := $(CHECK_MORE) check-vm $(HVM_HERE:%=check-%) check-matrix check-package
CHECKS += check-unit check-chan check-coverage check-fuzz check-abi check-off-xen
RUNNERS = tool chan chan-checks unit system valgrind tsan coverage fuzz abi matrix vm off-xen package
RUNNERS += $(HVM_HERE)
# The name of a VM among the results says what it boots.
MORE = $(CHECK_ALONE) $(CHECK_MORE)
RUNNERS += $(subst $(comma),-,$(patsubst check-%,%,$(subst SUITE=,,$(subst \
	ARCH=,,$(subst KIND=,,$(filter check-vm$(comma)% check-debug% \
	check-kcsan check-detectors% check-races,$(MORE)))))))
RUNNERS += $(filter soak,$(MORE))

# What several parts need is made before they run.
.PHONY: check
check: deps ## all tests: unit, ABI, all kernels, and in real Xen domains
	@$(MAKE) --no-print-directory lib deb vm-job
	@rm -f $(RESULTS) $(RESULTS).red
	@mkdir -p $(dir $(RESULTS))
	@tests/lint/version
	@printf '%s\n' $(CHECK_ALONE) | \
		xargs -r -I@ tests/run-part $(MAKE) $(RESULTS) @
	@printf '%s\n' $(CHECKS) | \
		xargs -P $(LANES) --process-slot-var=LANE -I@ \
			tests/run-part $(MAKE) $(RESULTS) @
	@tests/summary $(RESULTS) $(RUNNERS)

include mk/all.mk

MAN4 := man/gntalloc.4 man/gntalloc_native.4
UDEV_RULES = $(DESTDIR)$(prefix)/lib/udev/rules.d
SYSUSERS = $(DESTDIR)$(prefix)/lib/sysusers.d
MODULES_LOAD = $(DESTDIR)$(prefix)/lib/modules-load.d
DKMS_SRC = $(DESTDIR)/usr/src/gntalloc-$(VERSION)

.PHONY: install
install: install-lib ## library, headers, man pages, the rules of udev and systemd, and the module's source for dkms
	$(INSTALL) -d $(DESTDIR)$(mandir)/man4 $(DKMS_SRC)/module \
		$(DKMS_SRC)/include/gntshare $(DKMS_SRC)/system \
		$(UDEV_RULES) $(SYSUSERS) $(MODULES_LOAD)
	$(INSTALL) -m 644 $(MAN4) $(DESTDIR)$(mandir)/man4
	$(INSTALL) -m 644 dkms.conf VERSION $(DKMS_SRC)
	$(INSTALL) -m 644 $(filter module/%,$(MODULE_SRC)) $(DKMS_SRC)/module
	$(INSTALL) -m 644 include/gntshare/gntalloc.h \
		$(DKMS_SRC)/include/gntshare
	$(INSTALL) -m 755 system/initramfs $(DKMS_SRC)/system
	$(INSTALL) -m 644 system/gntalloc.rules \
		$(UDEV_RULES)/60-gntalloc.rules
	$(INSTALL) -m 644 system/gntalloc.sysusers $(SYSUSERS)/gntalloc.conf
	$(INSTALL) -m 644 system/gntalloc.modules-load \
		$(MODULES_LOAD)/gntalloc.conf
	@test -n "$(DESTDIR)" || \
		echo "now, as root: systemd-sysusers;" \
			"dkms install gntalloc/$(VERSION)"

.PHONY: uninstall
uninstall: ## take away what install, install-chan and install-tool have installed
	@test -n "$(DESTDIR)" || ! test -e /var/lib/dkms/gntalloc/$(VERSION) || { \
		echo "first, as root: dkms remove gntalloc/$(VERSION) --all" >&2; \
		exit 1; \
	}
	@$(MAKE) --no-print-directory uninstall-lib uninstall-chan uninstall-tool
	rm -f $(addprefix $(DESTDIR)$(mandir)/,$(MAN4:man/%=man4/%))
	rm -f $(UDEV_RULES)/60-gntalloc.rules $(SYSUSERS)/gntalloc.conf
	rm -f $(MODULES_LOAD)/gntalloc.conf
	rm -f $(addprefix $(DKMS_SRC)/,dkms.conf $(MODULE_SRC) \
		system/initramfs)
	-rmdir $(DKMS_SRC)/module $(DKMS_SRC)/include/gntshare \
		$(DKMS_SRC)/include $(DKMS_SRC)/system $(DKMS_SRC)

.PHONY: clean
clean: ## remove all that was built
	rm -rf $(BUILD)
