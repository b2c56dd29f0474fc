package main

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/evidence"
)

// areas are the page's tables: a section belongs to the first one of which it
// has a start.
var areas = []struct {
	title  string
	starts []string
}{
	{"What a statement may hold", []string{"Data 2.1", "Data 2.2", "Data 2.4"}},
	{"Comparing and voiding statements", []string{"Data 2.3"}},
	{"Answers to queries, and signed statements", []string{"Data 2.5", "Data 2.6"}},
	{"Extensions, languages, times and durations", []string{"Data 4"}},
	{"Requests: methods, headers, encoding, content types", []string{"Communication 1"}},
	{"The statements resource", []string{"Communication 2.0", "Communication 2.1"}},
	{"Documents, on each of their resources", []string{"Communication 2.2"}},
	{"The states resource", []string{"Communication 2.3"}},
	{"The agents resource", []string{"Communication 2.4"}},
	{"The activities resource", []string{"Communication 2.5"}},
	{"The agent profiles resource", []string{"Communication 2.6"}},
	{"The activity profiles resource", []string{"Communication 2.7"}},
	{"The store's description of itself", []string{"Communication 2.8"}},
	{"Concurrency, errors, versions and authentication", []string{"Communication 3", "Communication 4"}},
	{"What version 2.0 says", []string{"IEEE 9274.1.1 4"}},
}

// area gives the index of a section's table, -1 for none.
func area(section string) int {
	for i, a := range areas {
		if slices.ContainsFunc(a.starts, func(start string) bool { return strings.HasPrefix(section, start) }) {
			return i
		}
	}
	return -1
}

const conformanceIntro = `# xAPI, requirement by requirement

Written by ` + "`make conformance`" + ` from the tests of the learning record store; not by hand. ` + "`make test`" + ` fails when this
page is not what the tests show.

The store at ` + "`/xapi`" + ` speaks xAPI 1.0.3 and 2.0 (IEEE 9274.1.1). Each line below is a requirement in our words, with the
section of the specification that states it, the versions under which it holds here, and the tests that show it. Those of
` + "`xapi`" + ` try texts that have to be accepted and texts that have to be refused; those of ` + "`protocol`" + ` send requests to a live
server. Their subtests are named after the requirements, so that one can be run by itself:

` + "```sh" + `
go test ./xapi ./internal/lrs/protocol -v -run 'Test(Requirements|Conformance)/XAPI-00031'
` + "```" + `

Ids that begin with XAPI are numbers of the
[public list of requirements](https://github.com/adlnet/xapi-lrs-conformance-requirements). Those that begin with IEEE are
what version 2.0 says, by its clause; many of them hold under 1.0.3 too. Those that begin with LM have no number there.

ADL's [public conformance suite](https://github.com/RusticiSoftware/lrs-conformance-test-suite) runs besides against the built
server, on an empty store, with ` + "`make xapi-suite SUITE=folder`" + `. Of its commit 5bc232d, 1365 of 1365 tests for version 1.0.3
pass and 1435 of 1435 for version 2.0.
`

func conformancePage(rules []rule) string {
	var b strings.Builder
	b.WriteString(conformanceIntro)
	b.WriteString(counted(rules))
	for i := range areas {
		table(&b, i, rules)
	}
	return b.String()
}

// counted says how many requirements there are, which tests show how many, and
// which numbers of the public list ask for nothing.
func counted(rules []rule) string {
	tests, listed := map[string]int{}, map[string]bool{}
	for _, r := range rules {
		for _, t := range r.tests {
			tests[t]++
		}
		if strings.HasPrefix(r.ID, "XAPI-") {
			listed[listedAs(r.ID)] = true
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\nThere are %d requirements, for %d numbers of the public list and what it does not have. All are shown:\n\n| test | requirements |\n|---|--:|\n", len(rules), len(listed))
	for _, t := range slices.Sorted(maps.Keys(tests)) {
		fmt.Fprintf(&b, "| `%s` | %d |\n", t, tests[t])
	}
	var without []string
	for id, why := range numbers() {
		if why != "" {
			without = append(without, id+" ("+why+")")
		}
	}
	slices.Sort(without)
	fmt.Fprintf(&b, "\nThese numbers of the public list ask for nothing: %s.\n", strings.Join(without, ", "))
	return b.String()
}

// table writes the requirements of an area; nothing for an area without any.
func table(b *strings.Builder, of int, rules []rule) {
	head := fmt.Sprintf("\n## %s\n\n| requirement | what it says | section | versions | shown by |\n|---|---|---|---|---|\n", areas[of].title)
	for _, r := range rules {
		if area(r.Section) != of {
			continue
		}
		b.WriteString(head)
		head = ""
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", r.ID, strings.ReplaceAll(r.Text, "|", `\|`), r.Section, versions(r.Requirement), named(r.tests))
	}
}

// versions names what has a requirement: 1.0.3, 2.0 or both.
func versions(r evidence.Requirement) string {
	if len(r.Versions) != 1 {
		return "both"
	}
	return strings.TrimSuffix(r.Versions[0], ".0")
}

// named gives tests as they are called within their package.
func named(tests []string) string {
	var out []string
	for _, t := range tests {
		out = append(out, "`"+path.Base(t)+"`")
	}
	return strings.Join(out, ", ")
}
