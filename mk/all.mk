# SPDX-License-Identifier: GPL-2.0-or-later
#
# Everything that can be tested, on every kernel and Xen that Debian has.
#
# Targets: check-all check-smp
# From the makefile that includes this: BUILD, RESULTS, SUITES, comma

ALL := check-smp check-debug,ARCH=arm64 check-debug
ALL += $(patsubst %,check-vm$(comma)SUITE=%,$(filter-out bookworm,$(SUITES)))
ALL += check-vm,ARCH=arm64 check-detectors,ARCH=arm64 check-detectors
ALL += check-harness lint

# With two processors each, one after the other: two of them at a time would want
# twice as many as there may be.
SMP := check-kcsan check-races soak check-detectors,KIND=kcsan

# The VMs' rows for the table in README.md
ALL_ROWS := $(BUILD)/vm/row $(BUILD)/*/vm/row

# It takes longer than many a machine is up: what has passed in this tree, whose
# prose may change, has its results here, and does not run again.
PASSED := $(abspath $(BUILD))/passed
TREE := find . \( -name .git -o -path ./build -o -name '*.md' \) -prune -o \
	-type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum

.PHONY: check-all
check-all: ## all tests on every kernel and Xen, for hours, going on where it was stopped; the README's table
	@tree=$$($(TREE)); \
	[ "$$tree" = "$$(cat $(PASSED)/tree 2>/dev/null)" ] || { \
		rm -rf $(PASSED) $(ALL_ROWS) && mkdir -p $(PASSED) && \
		echo "$$tree" >$(PASSED)/tree; \
	}
	@for what in KIND=debug ARCH=arm64 KIND=kcsan; do \
		$(MAKE) --no-print-directory $$what vm-image vm-job \
			debug-image || exit 1; \
	done
	@status=0; \
	PASSED=$(PASSED) $(MAKE) --no-print-directory check \
		CHECK_MORE="$(ALL)" || status=1; \
	tests/vm/table README.md $(ALL_ROWS) || status=1; \
	exit $$status

.PHONY: check-smp
check-smp:
	@for part in $(SMP); do tests/part $(MAKE) $(RESULTS) $$part; done
