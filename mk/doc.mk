# SPDX-License-Identifier: GPL-2.0-or-later
#
# Pictures of doc/, which are in the tree: to be made again when their source has
# changed, with Debian's graphviz.
#
# Targets: doc/NAME.svg, for each doc/NAME.dot

doc/%.svg: doc/%.dot
	{ echo '<?xml version="1.0" encoding="UTF-8"?>' && \
		echo '<!-- SPDX-License-Identifier: GPL-2.0-or-later -->' && \
		dot -Tsvg $< | sed -n '/^<svg/,$$p'; } >$@.new
	mv $@.new $@
