# SPDX-License-Identifier: GPL-2.0-or-later
#
# The module against every kernel that Debian serves.
#
# Targets: check-matrix
# From the makefile that includes this: BUILD, RESULTS, RELEASES, BACKPORTS

# Kernels come from these suites, the newest of each series; compilers, sparse
# and pahole from MATRIX_TOOLS, which has to be new enough for all of them.
MATRIX_TOOLS := $(lastword $(RELEASES))
MATRIX_SUITES := $(RELEASES) $(BACKPORTS) sid experimental
MATRIX_SUITES += $(patsubst %,%-security,$(filter-out $(MATRIX_TOOLS),$(RELEASES)))

# For the second architecture, at most one flavour per series is built.
MATRIX_ARCHES ?= amd64 arm64

.PHONY: check-matrix
check-matrix: deps-matrix ## the module on all of Debian's kernels: W=1, sparse
	@tests/matrix/run $(BUILD)/matrix $(MATRIX_TOOLS) "$(MATRIX_ARCHES)" \
		$(MATRIX_SUITES)
