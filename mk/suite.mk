# SPDX-License-Identifier: GPL-2.0-or-later
#
# Debian's releases: the one that everything is built on, and those that the VM can
# boot. `make SUITE=forky check-vm` boots the Xen and the kernel of another one than
# this machine's, with our packages installed by its own apt and dkms. Its images
# are in build/forky/vm then.
#
# From the caller: SUITE, one of SUITES. Of a backports suite, only the kernel is used.

# From the oldest to the one that is not released yet
RELEASES := bullseye bookworm trixie forky
BACKPORTS := bookworm-backports trixie-backports
SUITES := $(RELEASES) $(BACKPORTS)

# What differs between the releases that the tree can be built on: the versions that
# the names of packages have, which suites are older, and whose QEMU runs those, if
# not the machine's own.
GCC_bookworm := 12
PYTHON_bookworm := 3.11
OLDER_bookworm := bullseye

GCC_trixie := 14
PYTHON_trixie := 3.13
OLDER_trixie := $(OLDER_bookworm) bookworm bookworm-backports
# When a domain reads any control register, QEMU 10.0 exits to the hypervisor as for
# CR0, which Xen has asked for, and so does 11.1. Xen then emulates the read. Up to
# 4.17 it does so from a copy of CR2 that is old: the first page fault of a PVH or HVM
# domain is its last.
OLDER_QEMU_trixie := bookworm

# The release that packages and tests are built on: this machine's.
BASE_SUITE := $(shell . /etc/os-release 2>/dev/null; echo $$VERSION_CODENAME)
ifeq ($(GCC_$(BASE_SUITE)),)
BASE_SUITE := bookworm
endif

SUITE ?= $(BASE_SUITE)
ifeq ($(filter $(SUITE),$(SUITES)),)
$(error SUITE is one of $(SUITES), not $(SUITE))
endif
ifneq ($(SUITE),$(BASE_SUITE))
ifneq ($(CROSS),)
$(error SUITE=$(SUITE) is for the architecture of this machine)
endif
VM_DIR := $(SUITE)/vm
endif
VM_DIR ?= vm

# What is built on a release runs on newer ones, too, and so the packages are tested
# there. On an older one they are built inside, as are the tests.
INSIDE := $(filter $(OLDER_$(BASE_SUITE)),$(SUITE))
ifneq ($(INSIDE),)
BUILD := build/$(SUITE)
VM_DIR := vm
endif
