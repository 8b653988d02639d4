# SPDX-License-Identifier: GPL-2.0-or-later
#
# The life of the packages on this machine's Debian: installed, upgraded, removed.
#
# Targets: check-package
# From the makefile that includes this: BUILD, BASE_SUITE, RESULTS;
#   mk/vm.mk before it

PACKAGE := $(BUILD)/package

.PHONY: check-package
check-package: deps-package vm-image $(PACKAGE)/hold ## the packages with apt and dkms: installed, upgraded, removed
	@[ '$(SUITE)$(CROSS)' = $(BASE_SUITE) ] || { \
		echo "$@ is for $(BASE_SUITE), and for this machine" >&2; \
		exit 1; }
	@RESULTS="$(RESULTS)" tests/package/run $(PACKAGE) $(VM) $(VM_DEBS)

$(PACKAGE)/hold: tests/package/hold.c include/gntshare.h | lib
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -Wall -Wextra $(CFLAGS) -Iinclude $(LDFLAGS) \
		-o $@ $< -L$(BUILD)/lib -lgntshare
