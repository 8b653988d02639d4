# SPDX-License-Identifier: GPL-2.0-or-later
#
# Lines "talk DOMAIN LIBRARY MODE CHANNELS SIZE COUNT NS EVENTS" into a table. The
# clock counts instructions: a nanosecond is one.

$1 == "talk" && NF == 9 {
	row = $2 ", " $4 " of " $6 " bytes, " $5 ($5 == 1 ? " channel" : " channels")
	if (!(row in known)) {
		known[row]
		rows[++count] = row
	}
	each[row, $3] = $8 / $7
	events[row, $3] = $9 / ($6 * $7 / 1e6)
}

END {
	printf "\n| %-44s | %9s | %11s | %5s | %6s | %6s |\n",
		"instructions for each piece; events a MB", "gntchan",
		"libxenvchan", "ratio", "events", "Xen's"
	print "| --- | ---: | ---: | ---: | ---: | ---: |"
	for (i = 1; i <= count; i++) {
		r = rows[i]
		a = each[r, "gntchan"]
		b = each[r, "libxenvchan"]
		printf "| %-44s | %9.0f | %11.0f | %5s | %6.0f | %6.0f |\n", r, a, b,
			a ? sprintf("%.2f", a / b) : "-",
			events[r, "gntchan"], events[r, "libxenvchan"]
	}
}
