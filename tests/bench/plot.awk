# The medians of tests/bench/run as a picture: CPU seconds for a million lines, a group of bars for each
# row. Input: ROW, CONTESTANT, wall and CPU seconds, and further fields, with tabs between; -v lines=ROW:N,…
# gives the lines of each row.

BEGIN {
	FS = "\t"
	n_titles = split("copy-10:a log to a file, a cause in 10 % of the lines|copy-100:the same, in each line|" \
		"datagrams:files to datagrams, in 10 %|stream:files to a TCP stream, in each line|" \
		"tcp-3164:syslog in over TCP, RFC 3164, in 10 %|tcp-5424:syslog in over TCP, RFC 5424, in 10 %", titles, "|")
	split("because rsyslog syslog-ng", contestants, " ")
	n = split(lines, pairs, ",")
	for (i = 1; i <= n; i++) {
		split(pairs[i], pair, ":")
		n_lines[pair[1]] = pair[2]
	}
}

$1 in n_lines {
	value[$1, $2] = $4 * 1000000 / n_lines[$1]
	if (($2 == "because" || $2 == "rsyslog" || $2 == "syslog-ng") && value[$1, $2] > most)
		most = value[$1, $2]
}

function bar(x, y, width, class, label) {
	printf "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"12\"/>\n", class, x, y, width
	printf "<text class=\"value\" x=\"%.1f\" y=\"%d\">%s</text>\n", x + width + 6, y + 10, label
}

END {
	for (i = 1; i <= n_titles; i++) {
		split(titles[i], title, ":")
		if ((title[1], "because") in value)
			height += 70
	}
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"720\" height=\"%d\" role=\"img\" " \
		"aria-label=\"CPU seconds for a million lines\">\n", height + 40
	print "<style>text{font:13px sans-serif;fill:#24292f}.value{font-size:11px}.because{fill:#1a7f37}" \
		".other{fill:#8c959f}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.because{fill:#3fb950}" \
		".other{fill:#6e7681}}</style>"
	print "<text x=\"10\" y=\"20\">CPU seconds for a million lines; less is better</text>"
	y = 40
	for (i = 1; i <= n_titles; i++) {
		split(titles[i], title, ":")
		if (!((title[1], "because") in value))
			continue
		printf "<text x=\"10\" y=\"%d\">%s</text>\n", y + 12, title[2]
		for (j = 1; j in contestants; j++) {
			name = contestants[j]
			y += 16
			if (!((title[1], name) in value))
				continue
			printf "<text class=\"value\" x=\"24\" y=\"%d\">%s</text>\n", y + 10, name
			bar(90, y, 540 * value[title[1], name] / most, name == "because" ? name : "other",
				sprintf("%.2f", value[title[1], name]))
		}
		y += 22
	}
	print "</svg>"
}
