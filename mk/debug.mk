# SPDX-License-Identifier: GPL-2.0-or-later
#
# The VM's tests in a debug kernel: KASAN, lockdep, kmemleak, UBSAN and others
# watch, and every call is made to fail at each point where it can.
#
# Targets: check-debug check-detectors
# From the makefile that includes this: ARCH, BUILD, KBUILD_ARGS, MODULE_SRC;
#   mk/vm.mk before it

DEBUG := $(BUILD)/debug
DEBUG_SRC := tests/vm/debug
DEBUG_BOOT := $(HARNESS)/boot --build $(VM) --image debug $(VM_OPTIONS)

# The module, and the one that has bugs on request, built for that kernel.
.PHONY: debug-image
debug-image: deps-debug deb | $(SYSROOT)
	@$(DEBUG_SRC)/kernel $(ARCH) $(DEBUG)
	@mkdir -p $(DEBUG)/modules
	@cp -p --parents $(MODULE_SRC) $(wildcard $(DEBUG_SRC)/plant/*) \
		$(DEBUG)/modules
	@for part in module $(DEBUG_SRC)/plant; do \
		$(MAKE) --silent --no-print-directory -C $(DEBUG)/tree \
			$(KBUILD_ARGS) M=$(abspath $(DEBUG)/modules)/$$part \
			modules || exit 1; \
	done
	@install -D -m 644 -t $(DEBUG)/image/lib/modules/*/extra \
		$(DEBUG)/modules/$(DEBUG_SRC)/plant/gntalloc-plant.ko
	@$(VM_IMAGE) --name debug --kernel $(DEBUG)/image \
		--module $(DEBUG)/modules/module/xen-gntalloc.ko \
		$(VM) $(BUILD)/deb

.PHONY: check-debug
check-debug: debug-image vm-job ## check-vm in a debug kernel, and all failures; ARCH=arm64
	@$(DEBUG_BOOT) --timeout 3600 --job $(VM)/job

.PHONY: check-detectors
check-detectors: debug-image ## that a bug of each kind fails check-debug
	@$(DEBUG_SRC)/selftest $(DEBUG_BOOT)
