# SPDX-License-Identifier: GPL-2.0-or-later
#
# What Debian has to have installed for each part: the only list of it. A
# target of this file installs what is missing, as root, or says what to
# install.

# From the makefile that includes this: DEB_ARCH, ARCH, CROSS; of mk/suite.mk
#   BASE_SUITE, GCC_* and PYTHON_*

# The library, and the module.
DEPS_LIB := gcc libc6-dev libxen-dev
DEPS_MODULE := gcc linux-headers-$(DEB_ARCH)
# The command-line tool.
DEPS_TOOL := gcc libc6-dev libjson-c-dev libxen-dev nettle-dev \
	pkgconf
# The unit and ABI tests of all.
DEPS_BUILD := $(sort $(DEPS_LIB) $(DEPS_MODULE) $(DEPS_TOOL)) make g++ check
DEPS_BUILD += valgrind gcovr abigail-tools kmod
# 32-bit callers, on a 64-bit kernel.
DEPS_BUILD += $(if $(filter amd64,$(DEB_ARCH)),gcc-$(GCC_$(BASE_SUITE))-multilib)

# The packages.
DEPS_DEB := build-essential debhelper dh-dkms

# Xen, dom0 and the domUs in QEMU.
DEPS_VM = mmdebstrap uidmap cpio kmod binutils xz-utils zstd
DEPS_VM += $(if $(QEMU),,qemu-system-$(if $(filter arm64,$(ARCH)),arm,x86))

# Compilers for another architecture, and for its 32-bit programs.
DEPS_BUILD += $(if $(CROSS),gcc-aarch64-linux-gnu libc6-dev-arm64-cross)
DEPS_BUILD += $(if $(CROSS),gcc-arm-linux-gnueabihf libc6-dev-armhf-cross)

# libFuzzer, which clang only recommends.
DEPS_FUZZ := clang libclang-rt-dev

# The debug kernel.
DEPS_DEBUG := bc bison flex libelf-dev libssl-dev xz-utils

# The module on other kernels, whose compilers come in a root of their own.
DEPS_MATRIX := mmdebstrap uidmap dpkg-dev

# The tests that install, upgrade and remove the packages, in a root of their own.
DEPS_PACKAGE := mmdebstrap uidmap dpkg-dev

# The library's header as HTML.
DEPS_DOC := doxygen

# make lint. Coccinelle's scripts want Python as a library.
DEPS_LINT := cppcheck shellcheck codespell mandoc groff-base lintian perl
DEPS_LINT += clang clang-tidy clang-tools coccinelle libpython$(PYTHON_$(BASE_SUITE))
DEPS_LINT += reuse $(DEPS_DOC)

.PHONY: deps deps-demo deps-lib deps-tool deps-unit deps-module deps-build deps-deb deps-vm deps-fuzz deps-matrix
.PHONY: deps-debug deps-package deps-lint deps-doc deps-tags
deps: ## what `make check` needs of Debian
	@mk/apt-need $(DEPS_BUILD) $(DEPS_DEB) $(DEPS_FUZZ) $(DEPS_MATRIX) \
		$(DEPS_VM) $(DEPS_PACKAGE)
# No package is needed if the headers, or another compiler, are there already. If
# both the library and the module are to be built, one message lists what both need.
DEPS_ALL = $(if $(filter all,$(or $(MAKECMDGOALS),all)),$(DEPS_LIB) \
	$(DEPS_MODULE))
deps-lib: | $(SYSROOT)
	@echo '#include <xen/xen.h>' | \
		$(CC) $(CPPFLAGS) -E -x c - >/dev/null 2>&1 || \
		mk/apt-need $(sort $(DEPS_LIB) $(DEPS_ALL))
deps-tool: | $(SYSROOT)
	@$(PKG_CONFIG) --exists json-c nettle xenstore xenevtchn 2>/dev/null || \
		mk/apt-need $(DEPS_TOOL)
deps-unit:
	@$(PKG_CONFIG) --exists check 2>/dev/null || \
		mk/apt-need $(DEPS_BUILD)
deps-module: | $(SYSROOT)
	@test -n "$(KDIR)" || \
		mk/apt-need $(sort $(DEPS_MODULE) $(DEPS_ALL))
deps-demo:
	@mk/apt-need $(DEPS_BUILD) $(DEPS_DEB) $(DEPS_VM)
deps-build:
	@mk/apt-need $(DEPS_BUILD)
deps-deb:
	@mk/apt-need $(DEPS_BUILD) $(DEPS_DEB)
deps-vm:
	@mk/apt-need $(DEPS_VM)
deps-fuzz:
	@mk/apt-need $(DEPS_FUZZ)
deps-debug:
	@mk/apt-need $(DEPS_BUILD) $(DEPS_VM) $(DEPS_DEBUG)
deps-matrix:
	@mk/apt-need $(DEPS_MATRIX)
deps-package:
	@mk/apt-need $(DEPS_BUILD) $(DEPS_DEB) $(DEPS_VM) $(DEPS_PACKAGE)
deps-lint:
	@mk/apt-need $(DEPS_BUILD) $(DEPS_LINT)
deps-doc:
	@mk/apt-need $(DEPS_DOC)
deps-tags:
	@command -v ctags >/dev/null || mk/apt-need universal-ctags
