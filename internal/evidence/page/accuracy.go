package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

const accuracyIntro = `# Agreement with others' numbers

Written by ` + "`make accuracy`" + ` from the tests of ` + "`stat/`" + `; not by hand.

Each line is a method of the library, the data that it was run on, whose numbers it was compared with, how many
numbers, and in how many significant digits the worst of them agreed (NIST's log relative error; 15 is all that a
double-precision number holds). Where a reference prints few digits, or stops an iteration early, no more can agree.
`

func accuracyPage(rows []row) string {
	var b strings.Builder
	b.WriteString(accuracyIntro)
	pkg := ""
	for _, r := range rows {
		if r.Package != pkg {
			pkg = r.Package
			fmt.Fprintf(&b, "\n## %s\n\n| method | data | reference | numbers | digits |\n|---|---|---|--:|--:|\n", pkg)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %d | %s |\n", r.Method, r.Data, r.Source, r.Values, digits(r.Digits))
	}
	return b.String()
}

// digits rounds down to a tenth, so that no page promises more than there is.
func digits(d float64) string { return strconv.FormatFloat(math.Floor(d*10)/10, 'f', 1, 64) }

// slack is how many digits a comparison may differ by between machines, whose
// processors round differently.
const slack = 1.5

// compare fails when a page lists other comparisons than were made, or
// promises digits that were not reached.
func compare(rows []row, page string) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	listed := parse(string(text))
	var wrong []string
	for _, r := range rows {
		promised, ok := listed[r.key()]
		switch {
		case !ok:
			wrong = append(wrong, "not on the page: "+r.key())
		case r.Digits < promised-slack:
			wrong = append(wrong, fmt.Sprintf("%s: %.1f digits, the page promises %.1f", r.key(), r.Digits, promised))
		}
		delete(listed, r.key())
	}
	if os.Getenv("LIFTMARK_REQUIRE_DATA") != "1" && len(listed) > 0 {
		fmt.Fprintf(os.Stderr, "SKIPPED, without reference data: %d comparisons of %s\n", len(listed), page)
		clear(listed)
	}
	for key := range listed {
		wrong = append(wrong, "on the page but not compared: "+key)
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return fmt.Errorf("%s is not what the tests show; run make accuracy:\n%s", page, strings.Join(wrong, "\n"))
	}
	return nil
}

// parse reads the promised digits back from a page, by the rows' keys.
func parse(page string) map[string]float64 {
	out, pkg := map[string]float64{}, ""
	for line := range strings.Lines(page) {
		if name, ok := strings.CutPrefix(line, "## "); ok {
			pkg = strings.TrimSpace(name)
		}
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 5 {
			continue
		}
		d, err := strconv.ParseFloat(strings.TrimSuffix(cells[4], " |"), 64)
		if err == nil {
			out[pkg+"|"+strings.TrimPrefix(cells[0], "| ")+"|"+cells[1]+"|"+cells[2]] = d
		}
	}
	return out
}
