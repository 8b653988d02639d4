# SPDX-License-Identifier: GPL-2.0-or-later
#
# Lines "bench DOMAIN MEMCG DRIVER CASE SIZE STEP FIGURE" into a picture: for
# each domain, without a memory cgroup, what a page costs in regions of several
# sizes, and what one more costs with many live. Both axes are logarithmic.

$1 == "bench" && NF == 8 && $3 == "no" {
	figure[$2 " " $4 " " $5 " " $6 " " $7] = $8
	if (!(($5, $6) in known)) {
		known[$5, $6]
		size_of[$5, ++sizes[$5]] = $6
	}
}

function text(x, y, anchor, what) {
	printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n",
		x, y, anchor, what
}

function line(x1, y1, x2, y2, color) {
	printf "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" " \
		"stroke=\"%s\"/>\n", x1, y1, x2, y2, color
}

# Where a value is in the panel
function at_x(value) {
	return left + width * log(value / min_x) / log(max_x / min_x)
}

function at_y(value) {
	return top + height - height * log(value / min_y) / log(max_y / min_y)
}

function thousands(value) {
	return value >= 1000000 ? value / 1000000 "M" : \
		value >= 1000 ? value / 1000 "k" : value
}

function panel(column, row, title, x_title, y_title,    value) {
	left = 70 + column * 440
	top = 50 + row * 370
	width = 350
	height = 280
	text(left + width / 2, top - 14, "middle", title)
	text(left + width / 2, top + height + 36, "middle", x_title)
	printf "<text transform=\"translate(%d %d) rotate(-90)\" " \
		"text-anchor=\"middle\">%s</text>\n", left - 46,
		top + height / 2, y_title
	for (value = min_y; value <= max_y; value *= 10) {
		line(left, at_y(value), left + width, at_y(value), "#ddd")
		text(left - 6, at_y(value) + 4, "end", thousands(value))
	}
	line(left, top, left, top + height, "#444")
	line(left, top + height, left + width, top + height, "#444")
}

# A mark on the x axis for each size of a case
function marks(kind,    i, x) {
	for (i = 1; i <= sizes[kind]; i++) {
		x = at_x(size_of[kind, i])
		line(x, top + height, x, top + height + 4, "#444")
		text(x, top + height + 18, "middle", size_of[kind, i])
	}
}

# One line: the figures of a driver's case, or the sum of two steps
function series(driver, kind, step, step2, per_page, color, dash,
		i, size, value, points) {
	for (i = 1; i <= sizes[kind]; i++) {
		size = size_of[kind, i]
		value = figure[domain " " driver " " kind " " size " " step]
		if (value == "")
			continue
		if (step2 != "")
			value += figure[domain " " driver " " kind " " size \
				" " step2]
		if (per_page)
			value /= size
		points = points sprintf(" %.1f,%.1f", at_x(size), at_y(value))
		printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\" " \
			"fill=\"%s\"/>\n", at_x(size), at_y(value), color
	}
	printf "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" " \
		"stroke-dasharray=\"%s\" points=\"%s\"/>\n", color, dash,
		substr(points, 2)
}

function legend(x, color, dash, what) {
	printf "<line x1=\"%d\" y1=\"778\" x2=\"%d\" y2=\"778\" " \
		"stroke=\"%s\" stroke-width=\"1.6\" " \
		"stroke-dasharray=\"%s\"/>\n", x, x + 28, color, dash
	text(x + 34, 782, "start", what)
}

END {
	red = "#c0392b"; blue = "#1f5fa8"; green = "#2e8b57"
	gray = "#666"; light = "#999"
	print "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
	print "<!-- SPDX-" "License-Identifier: GPL-2.0-or-later -->"
	print "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"900\" " \
		"height=\"800\" font-family=\"sans-serif\" font-size=\"12\">"
	print "<rect width=\"900\" height=\"800\" fill=\"white\"/>"

	for (column = 0; column < 2; column++) {
		domain = column ? "pvh" : "pv"
		name = column ? "PVH domU" : "PV dom0"

		min_x = 1; max_x = 65536; min_y = 100; max_y = 100000
		panel(column, 0, name ": share and unshare a region",
		      "pages of the region", "ns a page")
		marks("region")
		series("in-tree", "region", "whole", "", 1, red, "")
		series("ours", "region", "whole", "", 1, blue, "")
		series("native", "region", "whole", "", 1, green, "6 3")
		series("none", "memfd", "whole", "", 1, gray, "2 3")
		series("none", "anonymous", "whole", "", 1, light, "8 3 2 3")
		series("none", "clear", "whole", "", 1, "#bbb", "")

		min_x = 16; max_x = 100000; min_y = 10000; max_y = 10000000
		panel(column, 1, name ": share and unshare one more page",
		      "live single-page regions of the descriptor", "ns")
		marks("live1")
		series("in-tree", "live1", "whole", "", 0, red, "")
		series("ours", "live1", "whole", "", 0, blue, "")
		series("native", "live1", "whole", "", 0, green, "6 3")
		series("ours", "live1", "plain-mmap", "plain-munmap", 0, gray,
		       "2 3")
	}
	legend(60, red, "", "in-tree")
	legend(170, blue, "", "ours")
	legend(260, green, "6 3", "ours, native calls")
	legend(430, gray, "2 3", "a memfd")
	legend(540, light, "8 3 2 3", "anonymous memory")
	legend(710, "#bbb", "", "clearing the page")
	print "</svg>"
}
