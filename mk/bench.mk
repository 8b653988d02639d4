# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the calls cost, compared with those of the kernel's own driver, on real Xen.
#
# Targets: bench
# From the makefile that includes this: BUILD; mk/vm.mk before it
# From the caller: CC CPPFLAGS CFLAGS LDFLAGS, and
#   PLAN=quick     the key figures only; PLAN=parallel: two processes at once;
#                  PLAN=transfer: a file is sent by the tool and by libxenvchan;
#                  PLAN=channel: channels of libgntchan and of libxenvchan
#   MODULE=FILE    measure this xen-gntalloc.ko, and not that of the packages
#   DOC=1          write the figures also to doc/bench.md, with a plot

PLAN ?= full
MODULE ?=
DOC ?=

BENCH_OUT := $(BUILD)/bench
BENCH_NAMES := base bench clock device vma_placement region \
	live_regions baseline memory draining peer xenstore_sync parallel \
	existing
BENCH_OBJECTS := $(BENCH_NAMES:%=$(BENCH_OUT)/%.o)

BENCH_CPPFLAGS := -Iinclude -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -MMD -MP
BENCH_CFLAGS := -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wwrite-strings
BENCH_LIBS := -lxengnttab -lxenstore

.PHONY: bench bench-image bench-transfer
bench: $(BENCH_OUT)/bench $(if $(MODULE),bench-image,vm-image) ## what calls cost, here and in the kernel's own driver
	@bench/run $(VM) $(PLAN) $< $(MODULE)
	$(if $(DOC),@bench/document $(VM)/bench-$(PLAN).figures doc)

# What the plan "transfer" compares.
bench: $(if $(filter transfer,$(PLAN)),bench-transfer)
bench-transfer: $(BENCH_OUT)/vchan $(VMJOB)/gntshare
	cp $(VMJOB)/gntshare $(BENCH_OUT)

$(BENCH_OUT)/vchan: bench/transfer/vchan.c | $(BENCH_OUT)
	$(CC) $(CPPFLAGS) $(BENCH_CPPFLAGS) $(BENCH_CFLAGS) $(CFLAGS) $(LDFLAGS) \
		-o $@ $< -Wl,-Bstatic -lxenvchan -Wl,-Bdynamic -lxengnttab \
		-lxenevtchn -lxenstore

# What the plan "channel" compares.
bench: $(if $(filter channel,$(PLAN)),$(BENCH_OUT)/talk)
$(BENCH_OUT)/talk: bench/channel/talk.c $(CHAN_STATIC) $(LIB_STATIC) | $(BENCH_OUT)
	$(CC) $(CPPFLAGS) $(BENCH_CPPFLAGS) $(BENCH_CFLAGS) $(CFLAGS) $(LDFLAGS) \
		-o $@ $< $(CHAN_STATIC) $(LIB_STATIC) -pthread -Wl,-Bstatic \
		-lxenvchan -Wl,-Bdynamic -lxengnttab -lxenevtchn -lxenstore

bench-image: deps-vm $(QEMU_FETCHED)
	@$(VM_IMAGE) $(VM) --in-tree

$(BENCH_OUT)/bench: $(BENCH_OBJECTS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(BENCH_LIBS)

$(BENCH_OBJECTS): $(BENCH_OUT)/%.o: bench/%.c mk/bench.mk | $(BENCH_OUT)
	$(CC) $(CPPFLAGS) $(BENCH_CPPFLAGS) $(BENCH_CFLAGS) $(CFLAGS) -c -o $@ $<

$(BENCH_OUT):
	mkdir -p $@

-include $(BENCH_OBJECTS:.o=.d)
