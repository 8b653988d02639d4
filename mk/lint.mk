# SPDX-License-Identifier: GPL-2.0-or-later
#
# What can be said of the tree without running it. `make lint` does all of it
# and goes on after a failure, to show all of them.

LINT_SCRIPTS := lint-version lint-spdx lint-shell lint-spell lint-pages
LINT_SCRIPTS += lint-examples lint-tests-named lint-errors lint-clang
LINT_SCRIPTS += lint-reuse lint-doxygen lint-errno lint-cppcheck lint-help
LINTS := $(LINT_SCRIPTS) lint-checkpatch lint-coccinelle lint-kernel-doc
LINTS += lint-layers lint-deb lint-reproducible

.PHONY: lint $(LINTS)
lint: deps-lint ## style, manual pages, packages, versions, licences; each alone, such as lint-errors
	@$(MAKE) --no-print-directory --keep-going $(LINTS)
	@echo "lint: no complaints"

$(LINT_SCRIPTS): lint-%: deps-lint
	@tests/lint/$*

.PHONY: kernel-scripts
kernel-scripts: deps-lint
	@tests/lint/fetch-scripts $(BUILD)/kernel-scripts

lint-checkpatch lint-coccinelle lint-kernel-doc: lint-%: kernel-scripts
	@tests/lint/$* $(BUILD)/kernel-scripts

# These checks are for the files that have changed since BASE, committed or not.
BASE ?= HEAD
.PHONY: lint-quick
lint-quick: kernel-scripts ## what can be said in seconds of the files changed since BASE=HEAD
	@tests/lint/quick $(BUILD)/kernel-scripts $(BASE)
	@echo "lint-quick: no complaints"

# The object files say which file calls which.
lint-layers: deps-lint module lib chan tool $(BENCH_OBJECTS)
	@tests/lint/layers module/gntalloc.h $(BUILD)/kbuild/module
	@tests/lint/layers lib/internal.h $(BUILD)/lib
	@tests/lint/layers chan/internal.h $(BUILD)/chan
	@tests/lint/layers tool/tool.h $(BUILD)/tool
	@tests/lint/layers bench/bench.h $(BUILD)/bench

lint-deb: deps-lint deb
	@lintian --allow-root --info --display-experimental --pedantic \
		--fail-on error,warning,info,pedantic,experimental \
		$(BUILD)/deb/*.changes

lint-reproducible: deps-lint deb
	@tests/lint/reproducible $(BUILD)/deb $(BUILD)/deb-again
