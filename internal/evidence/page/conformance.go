package main

import (
	"cmp"
	_ "embed" // the list
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/evidence"
)

// publicList is the public list's numbers, a line each; behind a number that
// asks for nothing stands why.
//
//go:embed xapi_ids.txt
var publicList string

// conformance writes or checks the page on the requirements of xAPI.
func conformance(lines []record, out string, check bool) error {
	rules, err := shown(lines)
	if err != nil {
		return err
	}
	if err := complete(rules); err != nil {
		return err
	}
	page := conformancePage(rules)
	if !check {
		return os.WriteFile(out, []byte(page), 0o644)
	}
	old, err := os.ReadFile(out)
	if err != nil {
		return err
	}
	if string(old) != page {
		return fmt.Errorf("%s is not what the tests show; run make conformance:\n%s", out, strings.Join(differing(string(old), page), "\n"))
	}
	return nil
}

// rule is a requirement and the tests that show it, as package.Test.
type rule struct {
	evidence.Requirement
	tests []string
}

// shown joins the records of each requirement, in the order of the page. One of
// the tests has to state it, and no other differently.
func shown(lines []record) ([]rule, error) {
	rules := map[string]rule{}
	var wrong []error
	for _, l := range lines {
		if l.Requirement == nil {
			continue
		}
		r := rules[l.Requirement.ID]
		if test := l.Package + "." + l.Requirement.Test; !slices.Contains(r.tests, test) {
			r.tests = append(r.tests, test)
		}
		switch {
		case r.Text == "":
			r.Requirement = *l.Requirement
		case l.Requirement.Text != "" && !same(r.Requirement, *l.Requirement):
			wrong = append(wrong, fmt.Errorf("%s is stated in two ways: %q and %q", r.ID, r.Text, l.Requirement.Text))
		}
		rules[l.Requirement.ID] = r
	}
	for id, r := range rules {
		if slices.Sort(r.tests); r.Text == "" {
			wrong = append(wrong, fmt.Errorf("%s is shown by %v and stated by none", id, r.tests))
		} else if area(r.Section) < 0 {
			wrong = append(wrong, fmt.Errorf("%s is of section %q, which is in no table of the page", id, r.Section))
		}
	}
	return slices.SortedFunc(maps.Values(rules), func(a, b rule) int { return cmp.Compare(a.ID, b.ID) }), errors.Join(wrong...)
}

func same(a, b evidence.Requirement) bool {
	return a.Section == b.Section && a.Text == b.Text && versions(a) == versions(b)
}

// listedAs gives the number of the public list that an id is of: a number may be
// shown in parts, XAPI-00087-1 and -2.
func listedAs(id string) string { return id[:min(len(id), len("XAPI-00000"))] }

// complete fails for a number of the public list that no test shows.
func complete(rules []rule) error {
	have := map[string]bool{}
	for _, r := range rules {
		have[listedAs(r.ID)] = true
	}
	var missing []string
	for id, why := range numbers() {
		if !have[id] && why == "" {
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return fmt.Errorf("no test shows %s", strings.Join(missing, ", "))
	}
	return nil
}

// numbers reads the public list: why a number asks for nothing, by number.
func numbers() map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(publicList) {
		id, why, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasPrefix(id, "XAPI-") {
			out[id] = why
		}
	}
	return out
}

// differing gives the lines of two pages that only one of them has, ten at most.
func differing(old, page string) []string {
	before, now := strings.Split(old, "\n"), strings.Split(page, "\n")
	var out []string
	for _, line := range before {
		if !slices.Contains(now, line) {
			out = append(out, "- "+line)
		}
	}
	for _, line := range now {
		if !slices.Contains(before, line) {
			out = append(out, "+ "+line)
		}
	}
	return out[:min(len(out), 10)]
}
