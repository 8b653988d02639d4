# SPDX-License-Identifier: GPL-2.0-or-later
#
# The Debian packages, which are written to $(BUILD)/deb/*.deb. With ARCH=arm64,
# they are for that architecture.

.PHONY: deb
deb: deps-deb ## the Debian packages, in build/deb
	@mk/build-deb $(BUILD)/deb $(if $(CROSS),$(ARCH))

.PHONY: dist
dist: ## the tree as a tarball, in build/
	@mk/dist $(BUILD)

.PHONY: release-check
release-check: deps-build ## what the tree lacks for a release
	@mk/release-check $(MAKE) $(BUILD) $(SMP) $(ALL) $(CHECKS)
