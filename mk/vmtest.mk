# SPDX-License-Identifier: GPL-2.0-or-later
#
# The job for the virtual machine: the tests that run on real Xen.
#
# Targets: vm-job
# From the makefile that includes this: BUILD, VERSION, CC_32, SYSROOT, INSIDE;
#   mk/lib.mk before it
# From the caller: CC CPPFLAGS CFLAGS LDFLAGS

VMJOB_OUT := $(BUILD)/vm/tests
VMJOB := $(BUILD)/vm/job

VMJOB_NAMES := main stage props remote relay agent settle kmsg device refs \
	actor ways verbs_page verbs_event verbs_module verbs_domain \
	verbs_vchan \
	local_2010 local_2011 local_mmap local_limit local_fd local_compat32 \
	local_errors local_module local_blocks cgroup \
	native ways_native verbs_native verbs_library pass \
	native_errors native_regions native_in_one \
	native_restrict climb native_search native_bounds native_users \
	native_frontend \
	native_restore native_share native_drain native_peers \
	native_library native_asleep native_killed native_memory save \
	local_udev \
	cross_share cross_held cross_lifetime cross_notify cross_module \
	cross_libxengnttab cross_vchan cross_self \
	riot riot_calls riot_crowd kill xl verbs_race \
	race_calls race_bounds race_kill race_module race_memory \
	race_scribble race_peer race_owner race_domain soak \
	fail_walk fail_old fail_file fail_native fail_random
VMJOB_OBJECTS := $(VMJOB_NAMES:%=$(VMJOB_OUT)/%.o)

VMJOB_CPPFLAGS := -Iinclude -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 \
	-DVERSION='"$(VERSION)"' -MMD -MP
VMJOB_CFLAGS := -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wwrite-strings

# Libraries that the packages bring into the machine are used from there;
# libcheck is not in it, and libxenvchan's name changes with Xen's version.
VMJOB_LIBS := -L$(LIB_OUT) -lgntshare \
	-Wl,-Bstatic -lxenvchan -lcheck -lsubunit -Wl,-Bdynamic \
	-lxengnttab -lxenevtchn -lxenstore -lrt -lm -pthread -Wl,-z,now

# A peer that is all there is in its domain: no kernel, no library. There is
# none for arm64.
VMJOB_PEER := $(if $(filter amd64,$(ARCH)),peer)

# Random calls against a model: see its main file.
FUZZ := $(wildcard tests/fuzz/*.[ch]) $(patsubst %,tests/vm/%, \
	device.c device.h native.c native.h) include/gntshare/gntalloc.h \
	mk/vmtest.mk
FUZZ_CFLAGS = $(filter-out -MMD -MP,$(VMJOB_CPPFLAGS)) $(CPPFLAGS) \
	$(VMJOB_CFLAGS) $(CFLAGS)

.PHONY: vm-job
vm-job: $(addprefix $(VMJOB)/,vmtests fuzz fuzz32 compat32 dom0 domu report leaks \
		lines $(VMJOB_PEER))
	@: >$(VMJOB)/plan
	@date +%s >$(VMJOB)/seed

$(VMJOB_OBJECTS): $(VMJOB_OUT)/%.o: tests/vm/%.c VERSION mk/vmtest.mk \
		| $(VMJOB_OUT) $(SYSROOT)
	$(CC) $(VMJOB_CPPFLAGS) $(CPPFLAGS) $(VMJOB_CFLAGS) $(CFLAGS) -c -o $@ $<

ifneq ($(INSIDE),)
$(addprefix $(VMJOB)/,vmtests fuzz): $(VMJOB)/%: inside | $(VMJOB)
	cp $(BUILD)/inside/$* $@
else
$(VMJOB)/vmtests: $(VMJOB_OBJECTS) $(LIB_SHARED) $(LIB_LINKS) | $(VMJOB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(VMJOB_OBJECTS) $(VMJOB_LIBS)

$(VMJOB)/fuzz: $(FUZZ) | $(VMJOB) $(SYSROOT)
	$(CC) $(FUZZ_CFLAGS) $(LDFLAGS) -pthread -o $@ $(filter %.c,$^)
endif

# That one and compat32 are programs like those that 32-bit systems had; nothing
# of it is in the machine, so they bring their C library.
$(VMJOB)/fuzz32: $(FUZZ) | $(VMJOB)
	$(CC_32) -static $(FUZZ_CFLAGS) -pthread -o $@ $(filter %.c,$^)

$(VMJOB)/compat32: tests/vm/compat32.c tests/vm/device.c tests/vm/device.h \
		include/gntshare/gntalloc.h mk/vmtest.mk | $(VMJOB)
	$(CC_32) -static -Iinclude -D_GNU_SOURCE $(CPPFLAGS) \
		$(VMJOB_CFLAGS) $(CFLAGS) -o $@ tests/vm/compat32.c \
		tests/vm/device.c

$(VMJOB)/peer: $(wildcard tests/vm/peer/*) mk/vmtest.mk \
		| $(VMJOB)
	$(CC_32) $(VMJOB_CFLAGS) -O2 -ffreestanding -fno-pic -no-pie \
		-fno-stack-protector -fno-asynchronous-unwind-tables \
		-mgeneral-regs-only -nostdlib -static -Wl,-N,-e,entry \
		-Wl,-Ttext=0x100000,--section-start=.note.Xen=0x110000 \
		-Wl,--build-id=none,--no-warn-rwx-segments \
		-o $@ $(filter %.S %.c,$^)

$(addprefix $(VMJOB)/,dom0 domu report leaks lines): $(VMJOB)/%: \
		tests/vm/job/% | $(VMJOB)
	install -m 755 $< $@

$(VMJOB) $(VMJOB_OUT):
	mkdir -p $@

-include $(VMJOB_OBJECTS:.o=.d)
