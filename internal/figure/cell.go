package figure

import "strings"

// formulaStarts are what a text begins with that a spreadsheet may run.
const formulaStarts = "=+-@\t\r\n|"

// Cell makes a text safe to open as a cell of CSV: one that begins with =, +,
// -, @, |, a tab or the end of a line, which a spreadsheet may take for a
// formula, gets a leading apostrophe. Reading a file back, take it away again.
// Numbers are no texts: a negative one stays as it is.
func Cell(text string) string {
	if text != "" && strings.IndexByte(formulaStarts, text[0]) >= 0 {
		return "'" + text
	}
	return text
}
