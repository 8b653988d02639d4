# SPDX-License-Identifier: GPL-2.0-or-later
#
# The library's header as HTML; and the pictures of doc/. These are in the tree, and
# have to be made again when their source has changed, with Debian's graphviz.
#
# Targets: doc; doc/NAME.svg, for each doc/NAME.dot
# From the makefile that includes this: BUILD, VERSION

.PHONY: doc
doc: deps-doc ## the library's header as HTML: build/doc/html/index.html
	@rm -rf $(BUILD)/doc
	@mkdir -p $(BUILD)
	@VERSION=$(VERSION) OUT=$(BUILD)/doc doxygen Doxyfile

doc/%.svg: doc/%.dot
	{ echo '<?xml version="1.0" encoding="UTF-8"?>' && \
		echo '<!-- SPDX-License-Identifier: GPL-2.0-or-later -->' && \
		dot -Tsvg $< | sed -n '/^<svg/,$$p'; } >$@.new
	mv $@.new $@
