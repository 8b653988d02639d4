# SPDX-License-Identifier: GPL-2.0-or-later
#
# The VM's tests in kernels that look for bugs: one with KASAN (on arm64),
# lockdep, kmemleak, UBSAN and others, in which every call is made to fail at
# each point where it can; and one with KCSAN, for data races.
#
# Targets: check-debug check-detectors check-kcsan
# From the makefile that includes this: ARCH, BUILD, KBUILD_ARGS, MODULE_SRC,
#   RESULTS; mk/vm.mk before it

# debug, or kcsan: a directory, an image and a runner have its name
KIND := debug

DEBUG := $(BUILD)/$(KIND)
DEBUG_SRC := tests/vm/debug
DEBUG_BOOT = $(HARNESS)/boot --build $(VM) --image $(KIND) --log $(KIND) \
	$(DEBUG_OPTIONS) $(VM_OPTIONS)
DEBUG_LOG = $(VM)/log/$(KIND)

# The name among the results, for example of "check-debug,ARCH=arm64"
DEBUG_RUNNER := $(KIND)$(if $(CROSS),-$(ARCH))
DETECTORS_RUNNER := $(patsubst %-debug,%,detectors$(if $(CROSS),-$(ARCH))-$(KIND))

# A debug kernel is slow. Its clock counts instructions, so that no time-out depends
# on the load of this machine. To find races, the kernel with KCSAN has two processors,
# as those of check-races have: see mk/vm.mk. It must not panic at a report, since it
# reports many races of the kernel itself.
DEBUG_OPTIONS := --timeout 7200 --icount
ifeq ($(KIND),kcsan)
DEBUG_OPTIONS := --timeout 7200 $(SMP_OPTIONS) --args panic_on_warn=0
endif

# The module, and another one that has bugs on request, are built for that kernel. If
# the kernel can, they count which lines run.
.PHONY: debug-image
debug-image: deps-debug deb $(QEMU_FETCHED) | $(SYSROOT)
	@$(DEBUG_SRC)/kernel $(ARCH) $(KIND) $(DEBUG)
	@mkdir -p $(DEBUG)/modules
	@cp -p --parents $(MODULE_SRC) $(wildcard $(DEBUG_SRC)/plant/*) \
		$(DEBUG)/modules
	@for part in module $(DEBUG_SRC)/plant; do \
		$(MAKE) --silent --no-print-directory -C $(DEBUG)/tree \
			$(KBUILD_ARGS) M=$(abspath $(DEBUG)/modules)/$$part \
			GCOV_PROFILE=y modules || exit 1; \
	done
	@install -D -m 644 -t "$$(echo $(DEBUG)/image/lib/modules/*)/extra" \
		$(DEBUG)/modules/$(DEBUG_SRC)/plant/gntalloc-plant.ko
	@$(VM_IMAGE) --name $(KIND) --kernel $(DEBUG)/image \
		--module $(DEBUG)/modules/module/xen-gntalloc.ko \
		$(VM) $(BUILD)/deb

.PHONY: check-debug
check-debug: debug-image vm-job ## check-vm in a debug kernel, where each call is made to fail, too; says which lines of the module ran; ARCH=arm64
	@status=0; \
	$(DEBUG_BOOT) --follow figure: --tags '$(TAGS)' --job $(VMJOB) || status=1; \
	sed -n 's/^VERDICT \(.*\) passed, \(.*\) failed, \(.*\) skipped$$/$(DEBUG_RUNNER) \1 \2 \3/p' \
		$(DEBUG_LOG).verdict >>$(RESULTS); \
	if [ -z "$(TAGS)" ] && grep -q '^CONFIG_GCOV_KERNEL=y' \
			$(DEBUG)/tree/.config; then \
		$(DEBUG_SRC)/coverage $(DEBUG_LOG).console \
			$(DEBUG)/modules/module || status=1; \
	fi; \
	exit $$status

.PHONY: check-kcsan
check-kcsan: ## check-vm in a kernel that looks for data races
	@$(MAKE) --no-print-directory KIND=kcsan check-debug

.PHONY: check-detectors
check-detectors: debug-image ## that a bug of each kind fails check-debug; ARCH=arm64, KIND=kcsan
	@$(DEBUG_SRC)/selftest $(KIND)-$(ARCH) $(DETECTORS_RUNNER) \
		$(RESULTS) $(DEBUG_BOOT)
