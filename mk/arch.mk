# SPDX-License-Identifier: GPL-2.0-or-later
#
# Another architecture than this machine's: `make ARCH=arm64 ...` builds the
# module, the library, the packages and the VM's images for it, all of them in
# build/arm64. What is built with is cut out of the Debian root that the VM's
# images are made of, but for the compilers.
#
# From the caller: ARCH, Debian's name of it

DEB_ARCH := $(shell dpkg --print-architecture 2>/dev/null)
ARCH ?= $(DEB_ARCH)

CROSS :=
ifneq ($(ARCH),$(DEB_ARCH))
ifneq ($(ARCH),arm64)
$(error ARCH is $(DEB_ARCH) or arm64, not $(ARCH))
endif
CROSS := aarch64-linux-gnu-
CROSS_32 := arm-linux-gnueabihf-

BUILD := build/$(ARCH)
SYSROOT := $(BUILD)/sysroot
CC := $(CROSS)gcc --sysroot=$(abspath $(SYSROOT))
AR := $(CROSS)ar
KDIR = $(abspath $(SYSROOT)/kernel)
KBUILD_ARGS := ARCH=$(ARCH) CROSS_COMPILE=$(CROSS)
else ifeq ($(ARCH),amd64)
# Ours, if it is given, would reach the kernel's makefile, which calls it so.
KBUILD_ARGS := ARCH=x86_64
endif

# Of programs for 32-bit systems. The package gcc-multilib would say where the
# kernel's headers are, but it cannot be installed beside a cross-compiler.
CC_32 = $(if $(CROSS),$(CROSS_32)gcc,$(CC) -m32 \
	-isystem /usr/include/$(shell $(CC) -print-multiarch))
