# SPDX-License-Identifier: GPL-2.0-or-later
#
# Everything that can be tested, on every kernel and Xen that Debian has.
#
# Targets: check-all
# From the makefiles that are included before: CHECKS and RUNNERS, as for `make
#   check`; ALL and ALL_RUNNERS, what comes beside

ALL_SUITES := $(filter-out bookworm,$(SUITES))
ALL += lint check-harness
ALL += $(ALL_SUITES:%=check-vm,SUITE=%) check-vm,ARCH=arm64
ALL += check-debug,ARCH=arm64 check-detectors,ARCH=arm64
ALL_RUNNERS += $(ALL_SUITES:%=vm-%) vm-arm64

# The VMs' rows for the table in README.md
ALL_ROWS := $(BUILD)/vm/row $(BUILD)/*/vm/row

.PHONY: check-all
check-all: ## all tests on every kernel and Xen, for hours; the README's table
	@rm -f $(ALL_ROWS)
	@status=0; \
	$(MAKE) --no-print-directory check CHECKS="$(CHECKS) $(ALL)" \
		RUNNERS="$(RUNNERS) $(ALL_RUNNERS)" || status=1; \
	tests/vm/table README.md $(ALL_ROWS) || status=1; \
	exit $$status
