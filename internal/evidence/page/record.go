package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/liftmark/liftmark/internal/evidence"
)

// record is one line that a test left.
type record struct {
	Package     string
	Agreement   *evidence.Agreement
	Share       *evidence.Share
	Requirement *evidence.Requirement
}

func read(folder string) ([]record, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.jsonl"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no records (*.jsonl) in %q", folder)
	}
	var out []record
	for _, name := range files {
		lines, err := readFile(name)
		if err != nil {
			return nil, err
		}
		out = append(out, lines...)
	}
	return out, nil
}

func readFile(name string) ([]record, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	var out []record
	for s := bufio.NewScanner(file); s.Scan(); {
		var r record
		if err := json.Unmarshal(s.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, r)
	}
	return out, nil
}

// row is a line of the accuracy page.
type row struct {
	Package string
	evidence.Agreement
}

func (r row) key() string { return r.Package + "|" + r.Method + "|" + r.Data + "|" + r.Source }

// agreements joins the records of one comparison: their values add up and the
// fewest digits count.
func agreements(lines []record) []row {
	rows := map[string]row{}
	for _, l := range lines {
		if l.Agreement == nil {
			continue
		}
		r := row{l.Package, *l.Agreement}
		if old, ok := rows[r.key()]; ok {
			r.Values += old.Values
			r.Digits = min(r.Digits, old.Digits)
		}
		rows[r.key()] = r
	}
	return slices.SortedFunc(maps.Values(rows), func(a, b row) int { return cmp.Compare(a.key(), b.key()) })
}
