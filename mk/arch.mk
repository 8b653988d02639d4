# SPDX-License-Identifier: GPL-2.0-or-later
#
# Another architecture than this machine's: `make ARCH=arm64 ...` builds the
# module, the library, the packages and the VM's images for it, all of them in
# build/arm64. The compilers are this machine's. The headers and libraries are taken
# from the Debian root of which the VM's images are made.
#
# From the caller: ARCH, Debian's name of the architecture

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
# If the caller sets ARCH, the kernel's makefile sees that value, too. But amd64 has
# another name there.
KBUILD_ARGS := ARCH=x86_64
endif

# The compiler of programs for 32-bit systems. The package gcc-multilib would tell it
# where the kernel's headers are, but cannot be installed beside a cross-compiler.
CC_32 = $(if $(CROSS),$(CROSS_32)gcc,$(CC) -m32 \
	-isystem /usr/include/$(shell $(CC) -print-multiarch))
