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

# This has two processors, and needs those of this machine for itself.
SMP := check-races

# The VMs' rows for the table in README.md
ALL_ROWS := $(BUILD)/vm/row $(BUILD)/*/vm/row

# check-all takes longer than many a machine stays up. So the results of what has
# passed are kept here, and it does not run again with the same tree and variables.
PASSED := $(abspath $(BUILD))/passed
WITH := $(MAKEOVERRIDES) $(TAGS) $(VM_OPTIONS) $(SOAK_MINUTES) $(CFLAGS)

# "make -n" runs no test, so it must not note that one has passed.
KEEP = $(if $(findstring n,$(firstword -$(MAKEFLAGS))),,PASSED=$(PASSED))

.PHONY: check-all
check-all: ## check on every kernel and Xen, debug kernels, races, soak, lint; writes README's table; takes hours, continues where it was stopped
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
