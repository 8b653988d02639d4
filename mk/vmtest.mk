# SPDX-License-Identifier: GPL-2.0-or-later
#
# The job for the virtual machine: the tests that run on real Xen.
#
# Targets: vm-job
# From the makefile that includes this: BUILD, VERSION, CC_32, SYSROOT, INSIDE;
#   mk/lib.mk and mk/tool.mk before it
# From the caller: CC CPPFLAGS CFLAGS LDFLAGS

VMJOB_OUT := $(BUILD)/vm/tests
VMJOB := $(BUILD)/vm/job

# A new file is found by itself.
VMJOB_DIRS := $(addprefix tests/vm/,lib suite worker)
VMJOB_SOURCES := $(sort $(wildcard tests/vm/*.c $(VMJOB_DIRS:%=%/*.c)))
VMJOB_OBJECTS := $(VMJOB_SOURCES:tests/vm/%.c=$(VMJOB_OUT)/%.o)

VMJOB_CPPFLAGS := -Iinclude -Itests/vm/lib -Itests/vm/worker -D_GNU_SOURCE \
	-D_FILE_OFFSET_BITS=64 -DVERSION='"$(VERSION)"' -MMD -MP
VMJOB_CFLAGS := -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wwrite-strings

# With libcheck's own START_TEST() a test would not run; it is a variable then that
# nothing uses.
VMJOB_CFLAGS += -Werror=unused-variable -Werror=unused-function

# Libraries that the packages bring into the machine are used from there;
# libcheck is not in it, and libxenvchan's name changes with Xen's version.
VMJOB_LIBS := $(CHAN_STATIC) -L$(LIB_OUT) -lgntshare \
	-Wl,-Bstatic -lxenvchan -lcheck -lsubunit -Wl,-Bdynamic \
	-lxengnttab -lxenevtchn -lxenstore -lrt -lm -pthread -Wl,-z,now

# A peer that runs alone in its domain, without a kernel or a library. It does not
# exist for arm64.
VMJOB_PEER := $(if $(filter amd64,$(ARCH)),peer)

# The command-line tool, where its libraries are at hand. Some are not in the VM.
VMJOB_TOOL := $(if $(CROSS)$(INSIDE),,gntshare)

# The programs of examples/, which are run there as their readers do it.
VMJOB_EXAMPLES := $(if $(VMJOB_TOOL),$(patsubst examples/%.c,example-%, \
	$(wildcard examples/*.c)))

# Random calls against a model: see its main file.
FUZZ := $(wildcard tests/fuzz/*.[ch]) $(patsubst %,tests/vm/lib/%, \
	device.c device.h native.c native.h) include/gntshare/gntalloc.h \
	mk/vmtest.mk
FUZZ_CFLAGS = $(filter-out -MMD -MP,$(VMJOB_CPPFLAGS)) $(CPPFLAGS) \
	$(VMJOB_CFLAGS) $(CFLAGS)

VMJOB_SCRIPTS := dom0 domu chosen slowness report leaks gcov-dump

.PHONY: vm-job
vm-job: $(addprefix $(VMJOB)/,vmtests fuzz fuzz32 compat32 $(VMJOB_SCRIPTS) \
		$(VMJOB_PEER) $(VMJOB_TOOL) $(VMJOB_EXAMPLES))
	@date +%s >$(VMJOB)/seed

$(VMJOB_OBJECTS): $(VMJOB_OUT)/%.o: tests/vm/%.c VERSION mk/vmtest.mk \
		| $(VMJOB_OUT) $(SYSROOT)
	@mkdir -p $(@D)
	$(CC) $(VMJOB_CPPFLAGS) $(CPPFLAGS) $(VMJOB_CFLAGS) $(CFLAGS) -c -o $@ $<

ifneq ($(INSIDE),)
$(addprefix $(VMJOB)/,vmtests fuzz): $(VMJOB)/%: inside | $(VMJOB)
	cp $(BUILD)/inside/$* $@
else
$(VMJOB)/vmtests: $(VMJOB_OBJECTS) $(CHAN_STATIC) $(LIB_SHARED) $(LIB_LINKS) | $(VMJOB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(VMJOB_OBJECTS) $(VMJOB_LIBS)

$(VMJOB)/fuzz: $(FUZZ) | $(VMJOB) $(SYSROOT)
	$(CC) $(FUZZ_CFLAGS) $(LDFLAGS) -pthread -o $@ $(filter %.c,$^)
endif

# fuzz32 and compat32 are programs like those of 32-bit systems. The VM has no 32-bit
# libraries, so they are linked with a static C library.
$(VMJOB)/fuzz32: $(FUZZ) | $(VMJOB)
	$(CC_32) -static $(FUZZ_CFLAGS) -pthread -o $@ $(filter %.c,$^)

VMJOB_32 := tests/vm/compat32/compat32.c tests/vm/lib/device.c
$(VMJOB)/compat32: $(VMJOB_32) tests/vm/lib/device.h \
		include/gntshare/gntalloc.h mk/vmtest.mk | $(VMJOB)
	$(CC_32) -static -Iinclude -Itests/vm/lib -D_GNU_SOURCE $(CPPFLAGS) \
		$(VMJOB_CFLAGS) $(CFLAGS) -o $@ $(VMJOB_32)

$(VMJOB)/peer: $(wildcard tests/vm/peer/*) mk/vmtest.mk \
		| $(VMJOB)
	$(CC_32) $(VMJOB_CFLAGS) -O2 -ffreestanding -fno-pic -no-pie \
		-fno-stack-protector -fno-asynchronous-unwind-tables \
		-mgeneral-regs-only -nostdlib -static -Wl,-N,-e,entry \
		-Wl,-Ttext=0x100000,--section-start=.note.Xen=0x110000 \
		-Wl,--build-id=none,--no-warn-rwx-segments \
		-o $@ $(filter %.S %.c,$^)

$(VMJOB)/gntshare: $(TOOL_OBJECTS) $(CHAN_STATIC) $(LIB_SHARED) $(LIB_LINKS) \
		| $(VMJOB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(TOOL_OBJECTS) $(CHAN_STATIC) \
		-L$(LIB_OUT) -lgntshare \
		-Wl,-Bstatic -ljson-c -lnettle -Wl,-Bdynamic -lxenstore \
		-lxenevtchn -lm

$(VMJOB_EXAMPLES:%=$(VMJOB)/%): $(VMJOB)/example-%: examples/%.c \
		examples/frontend.h $(LIB_SHARED) $(LIB_LINKS) mk/vmtest.mk | $(VMJOB)
	$(CC) -Iinclude $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< \
		-L$(LIB_OUT) -lgntshare -lxenevtchn -lxenstore

$(VMJOB_SCRIPTS:%=$(VMJOB)/%): $(VMJOB)/%: tests/vm/job/% | $(VMJOB)
	install -m 755 $< $@

$(VMJOB) $(VMJOB_OUT):
	mkdir -p $@

-include $(VMJOB_OBJECTS:.o=.d)
