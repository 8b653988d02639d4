# SPDX-License-Identifier: GPL-2.0-or-later
#
# Everything that can be tested, on every kernel and Xen that Debian has.
#
# Targets: check-all
# From the makefile that includes this: BUILD, SUITES, comma

ALL := check-debug check-kcsan check-debug,ARCH=arm64 check-races soak
ALL += $(patsubst %,check-vm$(comma)SUITE=%,$(filter-out bookworm,$(SUITES)))
ALL += check-vm,ARCH=arm64
ALL += check-detectors,ARCH=arm64 check-detectors check-detectors,KIND=kcsan
ALL += check-harness lint

# The VMs' rows for the table in README.md
ALL_ROWS := $(BUILD)/vm/row $(BUILD)/*/vm/row

.PHONY: check-all
check-all: ## all tests on every kernel and Xen, for hours; the README's table
	@rm -f $(ALL_ROWS)
	@for what in KIND=debug ARCH=arm64 KIND=kcsan; do \
		$(MAKE) --no-print-directory $$what vm-image vm-job \
			debug-image || exit 1; \
	done
	@status=0; \
	$(MAKE) --no-print-directory check CHECK_MORE="$(ALL)" || status=1; \
	tests/vm/table README.md $(ALL_ROWS) || status=1; \
	exit $$status
