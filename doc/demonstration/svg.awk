# Draws what a program printed on a terminal, with its colors, as SVG. Used by render.
#
#     awk -v mode=light|dark -f svg.awk
#
# Each run of characters of one look is a text element with a place and a length of its own, so columns
# stay in line in every font. Lines break where a terminal of this width breaks them. Only ASCII is drawn.

BEGIN {
	columns = 91
	cell = 8.4; line_height = 20; size = 14; margin = 20
	dark = mode == "dark"

	# What the program's escape sequences become, as in colors of src/record/finding.c.
	class["0"] = ""; class["1"] = "b"; class["1;31"] = "e"; class["1;33"] = "w"
	class["36"] = "i"; class["90"] = "d"

	color["background"] = dark ? "#161b22" : "#f6f8fa"
	color["border"] = dark ? "#30363d" : "#d0d7de"
	color["text"] = dark ? "#b8c0ca" : "#4d5660"
	color["b"] = dark ? "#f0f6fc" : "#1f2328"
	color["e"] = dark ? "#ff7b72" : "#cf222e"
	color["w"] = dark ? "#e3b341" : "#8a5a00"
	color["i"] = dark ? "#56d4dd" : "#1b7c83"
	color["d"] = dark ? "#8b949e" : "#6e7781"
}

function fail(text) {
	print "svg.awk: " text >"/dev/stderr"
	failed = 1
	exit 1
}

function escape(text) {
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	return text
}

# One run within one row, without the blanks around it.
function put(text, look,    blanks) {
	blanks = match(text, /[^ ]/) - 1
	if (blanks >= 0) {
		column += blanks
		text = substr(text, blanks + 1)
		blanks = match(text, / *$/) ? RLENGTH : 0
		text = substr(text, 1, length(text) - blanks)
		runs = runs sprintf("<text x=\"%.1f\" y=\"%d\" textLength=\"%.1f\"%s>%s</text>\n",
			margin + column * cell, margin + row * line_height + 14, length(text) * cell,
			look == "" ? "" : " class=\"" look "\"", escape(text))
		column += length(text)
	}
	column += blanks < 0 ? length(text) : blanks
}

# A run of any length, broken at the width of the terminal.
function put_wrapped(text, look,    room) {
	while (length(text) > 0) {
		if (column >= columns) {
			row++
			column = 0
		}
		room = columns - column
		put(substr(text, 1, room), look)
		text = substr(text, room + 1)
	}
}

/^\$ / {
	put("$", "d")
	column++
	put_wrapped(substr($0, 3), "b")
	row++
	column = 0
	next
}

{
	rest = $0
	while (match(rest, /\033\[[0-9;]*m/)) {
		before = substr(rest, 1, RSTART - 1)
		code = substr(rest, RSTART + 2, RLENGTH - 3)
		rest = substr(rest, RSTART + RLENGTH)
		if (!(code in class))
			fail("no color for the escape sequence " code)
		put_wrapped(before, look)
		look = class[code]
	}
	if (rest ~ /[^ -~]/)
		fail("no ASCII: " $0)
	put_wrapped(rest, look)
	row++
	column = 0
}

END {
	if (failed)
		exit 1
	if (row == 0)
		fail("nothing to draw")
	width = 2 * margin + columns * cell
	height = 2 * margin + row * line_height
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\">\n",
		width, height, width, height
	print "<title>because filter explains the release causes in a log, and because 562 explains a code</title>"
	print "<style>"
	printf "text { font: %dpx ui-monospace, SFMono-Regular, \"SF Mono\", Menlo, Consolas, \"DejaVu Sans Mono\", \"Liberation Mono\", monospace; white-space: pre; fill: %s }\n",
		size, color["text"]
	for (i = split("b e w i d", looks, " "); i > 0; i--)
		printf ".%s { fill: %s%s }\n", looks[i], color[looks[i]], looks[i] ~ /[bew]/ ? "; font-weight: bold" : ""
	print "</style>"
	printf "<rect x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%d\" rx=\"8\" fill=\"%s\" stroke=\"%s\"/>\n",
		width - 1, height - 1, color["background"], color["border"]
	print "<g xml:space=\"preserve\">"
	printf "%s", runs
	print "</g>"
	print "</svg>"
}
