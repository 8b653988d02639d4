# SPDX-License-Identifier: GPL-2.0-or-later
#
# Real Xen in QEMU: the images, the tests and the demo that run there.

VM := $(BUILD)/$(VM_DIR)
HARNESS := tests/vm/harness

# Options of tests/vm/harness/boot, for example VM_OPTIONS='--smp 2'.
VM_OPTIONS ?=

# QEMU_SUITE=bookworm runs the VM in the QEMU of that Debian, which is fetched, and not
# in the machine's own; QEMU=COMMAND in any other one.
QEMU_SUITE ?= $(if $(INSIDE),$(OLDER_QEMU_$(BASE_SUITE)))
ifneq ($(QEMU_SUITE),)
QEMU_FETCHED := build/qemu/$(QEMU_SUITE)-$(ARCH)/qemu
QEMU ?= $(abspath $(QEMU_FETCHED))
export QEMU

$(QEMU_FETCHED): $(HARNESS)/qemu-root | deps-vm
	@$< $(ARCH) $(QEMU_SUITE) $(@D)
endif

# TAGS="local_2010 cross_share" runs these files of tests/vm/suite only.
TAGS ?=

# Is the kernel or the processor another one than this machine's?
OTHER_VM := $(CROSS)$(filter-out $(BASE_SUITE),$(SUITE))

# Some tests run once more in the second round, after all others. On kernels and
# processors other than this machine's, one round is enough.
ROUNDS ?= $(if $(OTHER_VM),1,1 2)

# BRIEF=1 is for .ci/run, which has little time. Where the kernel, the processor or the
# kind of domain is another one than in the usual VM, it leaves out: the tests of what
# does not depend on these, the races, most random calls, and of two domains of the same
# kind the local tests of one. On amd64 that is the PV domU, since dom0 is PV, too.
BRIEF ?=
OWN_RULES := cross_report cross_tool local_2011 local_errors local_fd local_limit
OWN_RULES += local_native_bounds local_native_errors local_native_restrict local_udev
BRIEF_LESS = $(foreach name,$(OWN_RULES),$(if $(wildcard \
	tests/vm/suite/$(name).c),$(name),$(error no suite $(name))))
BRIEF_LESS += $(filter-out ends_%,$(RACES))
BRIEF_PLAN = $(if $(BRIEF),BRIEF=1 CK_EXCLUDE_TAGS="$(BRIEF_LESS)")
VM_BRIEF := $(if $(OTHER_VM),$(BRIEF))

# What it is called among the results
VM_RUNNER := $(patsubst %-$(BASE_SUITE),%,vm-$(if $(CROSS),$(ARCH),$(SUITE)))

# Where dkms cannot run, the module is built here.
VM_IMAGE := $(HARNESS)/image --arch $(ARCH) --suite $(SUITE)
VM_IMAGE += $(if $(INSIDE),--with-list $(HARNESS)/inside-packages)
VM_MODULE := $(if $(CROSS),$(BUILD)/module/xen-gntalloc.ko)

VM_DEBS := $(BUILD)/$(if $(INSIDE),inside,deb)

.PHONY: vm-image
vm-image: deps-vm $(if $(INSIDE),inside,deb) $(VM_MODULE) $(QEMU_FETCHED)
	@$(VM_IMAGE) $(if $(VM_MODULE),--module $(VM_MODULE)) $(VM) $(VM_DEBS)

.PHONY: inside
inside: deps-vm
	@$(VM_IMAGE) $(VM) --base
	@$(HARNESS)/inside $(VM) $(VM_DEBS) $(SUITE)

# The headers and libraries for a cross-build. They are made once, like the root from
# which they are taken.
ifneq ($(CROSS),)
$(SYSROOT): $(addprefix $(HARNESS)/,base packages $(ARCH)/packages sysroot)
	@mk/apt-need $(DEPS_BUILD) $(DEPS_VM)
	@$(VM_IMAGE) $(VM) --base
	$(HARNESS)/sysroot $(VM) $@
endif

.PHONY: check-vm
check-vm: vm-image vm-job ## the tests in dom0, a PV and a PVH domU; ARCH=arm64, SUITE=...
	@status=0; \
	$(HARNESS)/boot --build $(VM) $(VM_OPTIONS) --timeout 5400 \
		$(if $(VM_BRIEF),--domus pvh) --tags '$(TAGS)' \
		--plan 'ROUNDS="$(ROUNDS)" $(if $(VM_BRIEF),$(BRIEF_PLAN))' \
		--job $(VMJOB) || status=1; \
	$(if $(TAGS)$(VM_BRIEF),,tests/vm/kernel-row $(VM)/log/job.verdict $$status $(SUITE) \
		$(ARCH) >$(VM)/row;) \
	sed -n 's/^VERDICT \(.*\) passed, \(.*\) failed, \(.*\) skipped$$/$(VM_RUNNER) \1 \2 \3/p' \
		$(VM)/log/job.verdict >>$(RESULTS); \
	exit $$status

# What check-vm has time for only a little of: the tests *_race_*, with the numbers
# that they are meant for; and everything at once.
RACES := $(basename $(notdir $(wildcard tests/vm/suite/*_race_*.c))) ends_owner
# In each of three domains and of four pairs, so there are 1170 kills (a pair
# kills 60 at a time); 1200 loads, a quarter as many in a pair; 201 destroyed
# peers. Of channels, 600 clients and 600 servers are killed, and hostile ones write a
# million times. On two processors, there are half as many pairs, and two domains.
RACES_PLAN := ROUNDS=1 RACE_MS=10000 RACE_KILLS=150 RACE_CYCLES=300
RACES_PLAN += RACE_DESTROYS=67 RACE_ROUNDS=250
SOAK_MINUTES ?= 10
SOAK_PLAN := SOAK_MINUTES=$(SOAK_MINUTES)

# The commands of check-races and soak. $(1) is the name of the log, $(2) has its
# tests, $(3) their numbers, $(4) the time-out in seconds, $(5) more options of boot.
define vm-races
	@status=0; \
	$(HARNESS)/boot --build $(VM) $(5) $(VM_OPTIONS) --timeout $(4) \
		--follow figure: --tags '$(2)' \
		--plan '$(3) $(if $(RACE_SEED),RACE_SEED=$(RACE_SEED))' \
		--log $(1) --job $(VMJOB) || status=1; \
	sed -n 's/^VERDICT \(.*\) passed, \(.*\) failed, \(.*\) skipped$$/$(1) \1 \2 \3/p' \
		$(VM)/log/$(1).verdict >>$(RESULTS); \
	exit $$status
endef

# No QEMU up to 11.1 emulates PVH and HVM domains soundly on two processors, as
# CONTRIBUTING.md says. PV domains need nothing of that. So a machine with two
# processors has dom0 and a PV domU, and does not start a domain as a peer, which would
# be PVH. A machine with one processor does all. Arm has no PV domains, and none of
# this trouble.
SMP_OPTIONS := --smp 2 $(if $(filter amd64,$(ARCH)),--domus pv)
RACES_SMP = $(filter-out three_% ends_%,$(RACES))

.PHONY: check-races
check-races: vm-image vm-job ## races, kills, destroyed domains by the hundred: in dom0 and PV on two processors, in all domains on one
	$(if $(RACES_SMP),$(call vm-races,races-smp,$(RACES_SMP),$(RACES_PLAN),7200,\
		$(SMP_OPTIONS)))
	$(call vm-races,races,$(RACES),$(RACES_PLAN),7200)

.PHONY: soak
soak: vm-image vm-job ## everything at once in all domains, for SOAK_MINUTES=10
	$(call vm-races,soak,soak ends_owner,$(SOAK_PLAN),$(shell expr $(SOAK_MINUTES) \* 60 + 1800))

.PHONY: check-off-xen
check-off-xen: vm-image ## that the module is silent where there is no Xen
	@tests/vm/off-xen/run $(VM) $(RESULTS)

# HVM domains need an image of their own, with Debian's package qemu-system-xen, which
# emulates a machine for them. Only x86 has HVM domains, arm64 does not.
HVM := $(BUILD)/hvm
HVM_HERE := $(if $(filter amd64,$(ARCH)),hvm)

.PHONY: check-hvm
check-hvm: vm-image vm-job ## the tests in an HVM domU; in some without PCI device of Xen, that the module is silent
	@[ '$(SUITE) $(ARCH)' = '$(BASE_SUITE) amd64' ] || { \
		echo "$@ is for $(BASE_SUITE), and for amd64" >&2; exit 1; }
	@tests/package/fetch $(HVM) $(VM)/base.tar qemu-system-xen
	@$(VM_IMAGE) --name hvm --with $(HVM)/debs $(VM) $(VM_DEBS)
	@tests/vm/hvm/run $(VM) $(VMJOB) $(RESULTS) $(VM_OPTIONS) \
		--timeout 3000 --tags '$(TAGS)' --plan '$(BRIEF_PLAN)'

.PHONY: check-harness
check-harness: vm-image ## that a panic, a hang or a lost domU fails check-vm
	@$(HARNESS)/selftest $(VM)

# The demo: two programs that use the library, and the scripts that run them.
DEMO := $(VM)/demo
DEMO_JOB := $(addprefix $(DEMO)/,offer take dom0 domu)

$(DEMO)/offer $(DEMO)/take: $(DEMO)/%: demo/%.c demo/demo.c demo/demo.h \
		include/gntshare.h | lib
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -Wall -Wextra $(CFLAGS) -Iinclude $(LDFLAGS) \
		-o $@ $(filter %.c,$^) -L$(BUILD)/lib -lgntshare -lxenstore

$(DEMO)/dom0 $(DEMO)/domu: $(DEMO)/%: demo/%
	@mkdir -p $(@D)
	cp $< $@

.PHONY: demo
demo: deps-demo vm-image ## dom0 and domUs share files, on real Xen in QEMU
	@$(MAKE) --silent --no-print-directory $(DEMO_JOB)
	@demo/run $(HARNESS)/boot --build $(VM) $(VM_OPTIONS) \
		--follow 'demo: ' --job $(DEMO)
