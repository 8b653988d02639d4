# SPDX-License-Identifier: GPL-2.0-or-later
#
# Lines "bench DOMAIN MEMCG DRIVER CASE SIZE STEP FIGURE" into tables, in
# markdown that can be read as it is.

$1 == "bench" && NF == 8 {
	figure[$2, $3, $4 " " $5 " " $6 " " $7] = $8
	drivers[$4]
	if (!(($2, $3) in known)) {
		known[$2, $3]
		groups++
		domain_of[groups] = $2
		memcg_of[groups] = $3
	}
	if (!(($5, $6) in known)) {
		known[$5, $6]
		size_of[$5, ++sizes[$5]] = $6
	}
}

# The figure for "DRIVER CASE SIZE STEP" in this domain, or "" if there is none
function get(what) {
	return figure[domain, memcg, what]
}

function number(value, divisor) {
	if (value == "")
		return "-"
	value /= divisor
	return sprintf(value < 100 && value > -100 ? "%.1f" : "%.0f", value)
}

function ratio(value, base) {
	if (value == "" || base == "" || base == 0)
		return "-"
	return sprintf("%.3f", value / base)
}

# --- the tables of one domain -------------------------------------------------

function head(title) {
	printf "\n%s\n\n", title
	printf "| %-38s | %8s | %8s | %6s | %8s | %6s |\n", "", "in-tree",
		"ours", "ratio", "native", "ratio"
	print "| --- | ---: | ---: | ---: | ---: | ---: |"
}

# Is there a figure of this case for this domain?
function has(kind,    i, what) {
	for (i = 1; i <= sizes[kind]; i++)
		for (what in figure)
			if (index(what, domain SUBSEP memcg SUBSEP) == 1 &&
			    index(what, " " kind " " size_of[kind, i] " "))
				return 1
	return 0
}

# A row for each size of a case; %s in the label is the size, with its unit.
function rows(label, kind, step, unit, per_page,    i, size, what, base, our, nat) {
	for (i = 1; i <= sizes[kind]; i++) {
		size = size_of[kind, i]
		what = " " kind " " size " " step
		base = get("in-tree" what)
		our = get("ours" what)
		nat = get("native" what)
		if (base our nat == "")
			continue
		what = size " " unit
		if (unit == "page" && size > 1)
			what = what "s"
		printf "| %-38s | %8s | %8s | %6s | %8s | %6s |\n",
			sprintf(label, what),
			number(base, per_page ? size : 1),
			number(our, per_page ? size : 1), ratio(our, base),
			number(nat, per_page ? size : 1), ratio(nat, base)
	}
}

function floors(    i, size) {
	printf "\nAs many pages without a driver, ns a page:\n\n"
	printf "| %5s | %14s | %10s | %18s | %14s | %8s |\n", "pages",
		"memfd populate", "memfd free", "anonymous populate",
		"anonymous free", "clearing"
	print "| ---: | ---: | ---: | ---: | ---: | ---: |"
	for (i = 1; i <= sizes["memfd"]; i++) {
		size = size_of["memfd", i]
		if (get("none memfd " size " whole") == "")
			continue
		printf "| %5s | %14s | %10s | %18s | %14s | %8s |\n", size,
			number(get("none memfd " size " populate"), size),
			number(get("none memfd " size " free"), size),
			number(get("none anonymous " size " populate"), size),
			number(get("none anonymous " size " free"), size),
			number(get("none clear " size " whole"), size)
	}
}

function live(kind, where) {
	if (!has(kind))
		return
	head("One more page while single-page regions are live, " where ", ns:")
	rows("share and unshare, %s", kind, "whole", "live", 0)
	rows("share, %s", kind, "share", "live", 0)
	rows("unshare, %s", kind, "unshare", "live", 0)
	rows("set its notification, %s", kind, "notify", "live", 0)
	rows("instead, mmap a memfd, %s", kind, "plain-mmap", "live", 0)
	rows("and munmap it, %s", kind, "plain-munmap", "live", 0)
}

# The figures of several steps together
function sum(at, steps,    i, step, total) {
	for (i = split(steps, step, " "); i; i--)
		total += get(at step[i])
	return total
}

function existing(    i, size, at) {
	printf "\nMemory that exists, by reference and copied, ns a page:\n\n"
	printf "| %5s | %9s | %7s | %9s | %7s | %10s | %10s | %7s | %7s | %5s |\n",
		"pages", "reference", "unshare", "2 MB pages", "unshare",
		"of a memfd", "new region", "copy", "unshare", "ratio"
	print "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
	for (i = 1; i <= sizes["existing"]; i++) {
		size = size_of["existing", i]
		at = "native existing " size " "
		printf "| %5s | %9s | %7s | %10s | %7s | %10s | %10s | %7s | %7s | %5s |\n",
			size, number(get(at "share"), size),
			number(get(at "unshare"), size),
			number(get(at "share-huge"), size),
			number(get(at "unshare-huge"), size),
			number(get(at "share-fd"), size),
			number(get(at "share-new"), size),
			number(get(at "copy"), size),
			number(get(at "unshare-new"), size),
			ratio(sum(at, "share unshare"),
			      sum(at, "share-new copy unshare-new"))
	}
}

function tables() {
	printf "\n## %s, %s memory cgroup\n",
		domain == "pv" ? "PV dom0" : "PVH domU",
		memcg == "yes" ? "with a" : "no"
	if (has("region")) {
		head("Share and unshare a region, ns a page:")
		rows("share and unshare, %s", "region", "whole", "page", 1)
		rows("share, %s", "region", "share", "page", 1)
		rows("unshare, %s", "region", "unshare", "page", 1)
		head("Its steps, ns a page:")
		rows("alloc, %s", "region", "alloc", "page", 1)
		rows("mmap, %s", "region", "mmap", "page", 1)
		rows("munmap, %s", "region", "munmap", "page", 1)
		rows("dealloc, %s", "region", "dealloc", "page", 1)
		rows("first write to each, %s", "written", "write", "page", 1)
		rows("munmap after that, %s", "written", "munmap", "page", 1)
		rows("mmap alone, %s", "map", "mmap", "page", 1)
		rows("munmap alone, %s", "map", "munmap", "page", 1)
	}
	if (has("memfd"))
		floors()
	live("live1", "on one descriptor, mapped")
	live("live100", "on 100 descriptors, mapped")
	live("unmapped1", "on one descriptor, not mapped")
	if (has("draining")) {
		head("While single-page regions drain, ns:")
		rows("alloc of 1 page, %s", "draining", "alloc", "draining", 0)
		rows("alloc of 256 pages, %s", "draining", "alloc256",
		     "draining", 0)
	}
	if (has("memory")) {
		head("Memory of the driver, bytes a page:")
		rows("regions of %s", "memory", "alloc", "page", 1)
		rows("regions of %s, mapped", "memory", "mmap", "page", 1)
	}
	if (has("existing"))
		existing()
	if (has("parallel")) {
		head("Two processes, each with a descriptor, two processors, ns:")
		rows("a round, one process, %s", "parallel", "one", "page", 0)
		rows("a round of each, two at once, %s", "parallel", "two",
		     "page", 0)
	}
}

# --- what tells most, of all domains side by side -------------------------------

# A row of quotients; @under is a figure, too, or a number.
function key(label, over, under,    line, i, value, some) {
	line = sprintf("| %-46s |", label)
	for (i = 1; i <= groups; i++) {
		domain = domain_of[i]
		memcg = memcg_of[i]
		if (under + 0)
			value = number(get(over), under)
		else
			value = ratio(get(over), get(under))
		some = some || value != "-"
		line = line sprintf(" %9s |", value)
	}
	if (some)
		print line
}

function keys(driver,    i, size, from) {
	for (i = 1; i <= sizes["region"]; i++) {
		size = size_of["region", i]
		key("share and unshare " size " / in-tree",
		    driver " region " size " whole",
		    "in-tree region " size " whole")
	}
	key("share and unshare 1, 16 live / in-tree", driver " live1 16 whole",
	    "in-tree live1 16 whole")
	for (i = 2; i <= sizes["live1"]; i++) {
		size = size_of["live1", i]
		from = size_of["live1", 1]
		key("share 1, " size " live / " from " live",
		    driver " live1 " size " share",
		    driver " live1 " from " share")
		key("mmap a memfd, " size " live / " from " live",
		    driver " live1 " size " plain-mmap",
		    driver " live1 " from " plain-mmap")
	}
	for (i = 2; i <= sizes["unmapped1"]; i++) {
		size = size_of["unmapped1", i]
		from = size_of["unmapped1", 1]
		key("share 1, " size " live / " from " live, not mapped",
		    driver " unmapped1 " size " share",
		    driver " unmapped1 " from " share")
	}
	key("alloc 1, 10000 draining / 0", driver " draining 10000 alloc",
	    driver " draining 0 alloc")
	key("alloc 256, 10000 draining / 0", driver " draining 10000 alloc256",
	    driver " draining 0 alloc256")
	for (i = 1; i <= sizes["memory"]; i++) {
		size = size_of["memory", i]
		key("driver's bytes a page, regions of " size,
		    driver " memory " size " alloc", size)
	}
	for (i = 1; i <= sizes["memfd"]; i++) {
		size = size_of["memfd", i]
		key("share " size " / populate anonymous memory",
		    driver " region " size " share",
		    "none anonymous " size " populate")
	}
}

function overview(driver, title,    i) {
	printf "\n## %s\n\n| %-46s |", title, ""
	for (i = 1; i <= groups; i++)
		printf " %9s |", domain_of[i] (memcg_of[i] == "yes" ? " memcg" : "")
	printf "\n| --- |"
	for (i = 1; i <= groups; i++)
		printf " ---: |"
	printf "\n"
	keys(driver)
}

END {
	if (!groups) {
		print "table.awk: no figures" >"/dev/stderr"
		exit 1
	}
	if (!sizes["parallel"]) {
		overview("ours", "Ratios, by the calls of 2011")
		if ("native" in drivers)
			overview("native", "Ratios, by the native calls")
	}
	for (group = 1; group <= groups; group++) {
		domain = domain_of[group]
		memcg = memcg_of[group]
		tables()
	}
}
