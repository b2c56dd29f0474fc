package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestPlainProgressHasRateAndTimeLeft(t *testing.T) {
	var out bytes.Buffer
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	p := &progress{out: &out, now: func() time.Time { return now }}
	p.update("reading usage.csv", 0, 1000, "rows")
	now = now.Add(2 * time.Second)
	p.update("reading usage.csv", 100, 1000, "rows")
	if got := out.String(); got != "reading usage.csv …\n" {
		t.Errorf("within %v it printed %q", plainEvery, got)
	}
	now = now.Add(18 * time.Second)
	p.update("reading usage.csv", 400, 1000, "rows")
	// 400 rows in 20 s are 20 a second; the other 600 take 30 s.
	if want := "reading usage.csv: 400 of 1000 rows, 20 a second, 30s left\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("printed %q, want it to end in %q", out.String(), want)
	}
	p.finish()
}
