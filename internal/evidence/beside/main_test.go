package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRatioIsOfTheLeastTimes(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	golang := write("go.txt", "BenchmarkCox/1000000-2   1   2000000000 ns/op\nBenchmarkCox/1000000-2   1   1500000000 ns/op   3 B/op\nBenchmarkOther/5   1   7 ns/op\n")
	now := write("r.jsonl", `{"case":"cox_efron","n":1000000,"seconds":6.0}`+"\n")
	then := write("results.json", `{"results":[{"case":"cox_efron","n":1000000,"seconds_min":9.9}]}`)
	var out strings.Builder
	if err := run(golang, []string{now, then}, &out); err != nil {
		t.Fatal(err)
	}
	if got := strings.Fields(strings.Split(out.String(), "\n")[1]); strings.Join(got, " ") != "BenchmarkCox 1000000 1.500 6.000 4.0" {
		t.Errorf("got %q", got)
	}
	if strings.Contains(out.String(), "Other") {
		t.Error("a benchmark without a peer is listed")
	}
}
