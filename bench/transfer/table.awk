# SPDX-License-Identifier: GPL-2.0-or-later
#
# Lines "transfer FROM TO WHAT WHERE RATE" into a table

$1 == "transfer" && NF == 6 {
	pair = $2 " to " $3 ($5 == "null" ? ", thrown away" : "")
	rate[pair, $4] = $6
	if (!(pair in known)) {
		known[pair]
		pairs[++count] = pair
	}
}

function shown(value) { return value ? sprintf("%.0f", value) : "-" }

END {
	printf "\n| %-24s | %8s | %8s | %11s | %5s | %5s |\n", "MB/s",
		"gntshare", "--sha256", "libxenvchan", "ratio", "proxy"
	print "| --- | ---: | ---: | ---: | ---: | ---: |"
	for (i = 1; i <= count; i++) {
		p = pairs[i]
		best = rate[p, "vchan"]
		if (rate[p, "proxy"] > best)
			best = rate[p, "proxy"]
		printf "| %-24s | %8s | %8s | %11s | %5s | %5s |\n", p,
			shown(rate[p, "gntshare"]), shown(rate[p, "sha256"]),
			shown(rate[p, "vchan"]),
			best ? sprintf("%.2f", rate[p, "gntshare"] / best) : "-",
			shown(rate[p, "proxy"])
	}
}
