# SPDX-License-Identifier: GPL-2.0-or-later
#
# The tests on every kernel and Xen that Debian has, and in debug kernels.
#
# Target: check-all
# From the makefile that includes this: BUILD, RESULTS, SUITES, BASE_SUITE,
#   comma

ALL := check-debug,ARCH=arm64 check-debug
ALL += $(patsubst %,check-vm$(comma)SUITE=%,$(filter-out $(BASE_SUITE),$(SUITES)))
ALL += soak check-vm,ARCH=arm64 lint

# With two processors, which QEMU has only where nothing else runs: beside others
# a guest in its guest has a triple fault or stands still sooner or later, while
# it boots even. Of check-kcsan that is true with nothing beside it, too, so it is
# not here.
SMP := check-races

# The VMs' rows for the table in README.md
ALL_ROWS := $(BUILD)/vm/row $(BUILD)/*/vm/row

# It takes longer than many a machine is up: what has passed, of this tree and
# with these variables, keeps its results here, and does not run again.
PASSED := $(abspath $(BUILD))/passed
WITH := $(MAKEOVERRIDES) $(TAGS) $(VM_OPTIONS) $(SOAK_MINUTES) $(CFLAGS)

# With "make -n" nothing passes.
KEEP = $(if $(findstring n,$(firstword -$(MAKEFLAGS))),,PASSED=$(PASSED))

.PHONY: check-all
check-all: ## check on every kernel and Xen, debug kernels, races, soak, lint: hours, going on where it was stopped; the README's table
	@mkdir -p $(PASSED)
	@{ tests/tree-hash && echo '$(subst ','\'',$(WITH))'; } >$(PASSED)/tree.new
	@cmp -s $(PASSED)/tree.new $(PASSED)/tree || { \
		cp $(PASSED)/tree.new $(BUILD)/tree && \
		rm -rf $(PASSED) $(ALL_ROWS) && mkdir $(PASSED) && \
		mv $(BUILD)/tree $(PASSED)/tree; \
	}
	@for what in KIND=debug ARCH=arm64; do \
		$(MAKE) --no-print-directory $$what vm-image vm-job \
			debug-image || exit 1; \
	done
	@status=0; \
	$(KEEP) $(MAKE) --no-print-directory check CHECK_ALONE="$(SMP)" \
		CHECK_MORE="$(ALL)" || status=1; \
	tests/vm/kernel-table README.md $(ALL_ROWS) || status=1; \
	exit $$status
