// Command page writes docs/method/accuracy.md or coverage.md from the records
// that the tests of the statistics library left in a folder, or
// docs/guide/xapi-conformance.md from those of the learning record store.
//
//	page -kind accuracy -records folder -out docs/method/accuracy.md
//
// With -check it writes nothing: it fails when the page lists other
// comparisons than the records, or a comparison lost digits beyond what another
// processor's rounding explains. Comparisons with data that are absent are
// passed over, unless LIFTMARK_REQUIRE_DATA=1. The page on conformance has to be
// the same to the letter. Either way, that page fails for a requirement of the
// public list that no test shows.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	kind := flag.String("kind", "accuracy", "which page: accuracy, coverage or conformance")
	records := flag.String("records", "", "folder with the records (*.jsonl)")
	out := flag.String("out", "", "the page")
	check := flag.Bool("check", false, "compare with the page instead of writing it")
	flag.Parse()
	if err := run(*kind, *records, *out, *check); err != nil {
		fmt.Fprintln(os.Stderr, "page:", err)
		os.Exit(1)
	}
}

func run(kind, records, out string, check bool) error {
	lines, err := read(records)
	if err != nil {
		return err
	}
	switch {
	case kind == "coverage":
		return os.WriteFile(out, []byte(coveragePage(lines)), 0o644)
	case kind == "conformance":
		return conformance(lines, out, check)
	case kind != "accuracy":
		return fmt.Errorf("no page of kind %q", kind)
	case check:
		return compare(agreements(lines), out)
	}
	return os.WriteFile(out, []byte(accuracyPage(agreements(lines))), 0o644)
}
