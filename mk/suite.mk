# SPDX-License-Identifier: GPL-2.0-or-later
#
# Another release of Debian than bookworm in the VM: `make SUITE=trixie check-vm`
# boots its Xen and its kernel, with our packages installed by its own apt and
# dkms. The images are in build/trixie/vm then.
#
# From the caller: SUITE, of SUITES; of the backports only the kernel is taken

SUITES := bullseye bookworm bookworm-backports trixie trixie-backports forky
SUITE ?= bookworm
ifeq ($(filter $(SUITE),$(SUITES)),)
$(error SUITE is one of $(SUITES), not $(SUITE))
endif
ifneq ($(SUITE),bookworm)
ifneq ($(CROSS),)
$(error SUITE=$(SUITE) is for the architecture of this machine)
endif
VM_DIR := $(SUITE)/vm
endif
VM_DIR ?= vm

# What is built on bookworm runs on newer releases, too, and so its packages are
# tested there. On an older one they are built inside, as are the tests.
INSIDE := $(filter bullseye,$(SUITE))
ifneq ($(INSIDE),)
BUILD := build/$(SUITE)
VM_DIR := vm
endif
