package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

const coverageIntro = `# How often the intervals hold the truth

Written by ` + "`make coverage`" + ` from the simulations in the tests of ` + "`stat/`" + `; not by hand.

Each line is a method run on many data sets drawn from a model whose truth is known: in how many of them the interval
held the truth (or a test rejected, where the scenario says so), and what should be. Lines "shown to fail" are the
methods that people use and should not; they are here so that the failure can be seen.

An interval that should hold in 95 % and holds in fewer than 93 or more than 97 here does so for a reason that its test and
the method's page name: few units, rare events, months that depend on each other.
`

func coveragePage(lines []record) string {
	var shares []record
	for _, l := range lines {
		if l.Share != nil {
			shares = append(shares, l)
		}
	}
	slices.SortStableFunc(shares, func(a, b record) int {
		return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Share.Method, b.Share.Method), cmp.Compare(a.Share.Scenario, b.Share.Scenario))
	})
	var b strings.Builder
	b.WriteString(coverageIntro)
	pkg := ""
	for _, l := range shares {
		if l.Package != pkg {
			pkg = l.Package
			fmt.Fprintf(&b, "\n## %s\n\n| method | scenario | data sets | held in | should be |\n|---|---|--:|--:|---|\n", pkg)
		}
		s := l.Share
		fmt.Fprintf(&b, "| %s | %s | %d | %.1f\u00a0%% | %s |\n", s.Method, s.Scenario, s.Samples, 100*s.Got, s.Want)
	}
	return b.String()
}
