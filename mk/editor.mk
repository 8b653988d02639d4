# SPDX-License-Identifier: GPL-2.0-or-later
#
# What editors need to know about the tree.
#
# Targets: compile_commands tags
# From the makefile that includes this: BUILD, KDIR; mk/lib.mk, mk/chan.mk, mk/tool.mk,
#   mk/vmtest.mk, mk/vm.mk and mk/bench.mk before it

EDITOR_OBJECTS := $(LIB_OBJECTS) $(TOOL_OBJECTS) $(TOOL_TESTS) $(UNIT_OBJECTS)
EDITOR_OBJECTS += $(CHAN_OBJECTS) $(CHAN_TESTS)
EDITOR_OBJECTS += $(BENCH_OBJECTS)
EDITOR_OBJECTS += $(VMJOB_OBJECTS) $(VMJOB)/fuzz $(DEMO)/offer $(DEMO)/take

# clangd finds compile_commands.json in build/, too.
.PHONY: compile_commands
compile_commands: module deps-build ## build/compile_commands.json, for clangd
	@$(MAKE) --no-print-directory --dry-run --always-make \
		CC="compile $(CC)" $(EDITOR_OBJECTS) >$(BUILD)/calls
	@mk/compile-commands $(BUILD)/kbuild/module $(KDIR) <$(BUILD)/calls \
		>$(BUILD)/compile_commands.json
	@rm $(BUILD)/calls

# The name of a test is the argument of a macro, which ctags would not find.
.PHONY: tags
tags: deps-tags ## build/tags, for vi and its like; for Emacs CTAGS_OPTIONS=-e
	@mkdir -p $(BUILD)
	@mk/files | grep '\.[ch]$$' | ctags $(CTAGS_OPTIONS) \
		--regex-C='/^START_[A-Z_]+\(([a-z0-9_]+)[,)]/\1/' \
		--tag-relative=yes -f $(BUILD)/tags -L -
