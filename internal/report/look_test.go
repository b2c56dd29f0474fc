package report

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// cases are the contents that every test of a whole report goes through.
func cases() map[string]Impact {
	eight := full()
	eight.Findings = append(eight.Findings, full().Findings[:3]...)
	one := full()
	one.Findings = one.Findings[:1]
	return map[string]Impact{"full": full(), "undecided": undecided(), "empty": {}, "hostile": hostile(), "one": one, "eight": eight}
}

// TestLook writes every case as HTML into LIFTMARK_REPORT_OUT, for looking at it.
func TestLook(t *testing.T) {
	dir := os.Getenv("LIFTMARK_REPORT_OUT")
	if dir == "" {
		t.Skip("set LIFTMARK_REPORT_OUT to a folder to look at the reports")
	}
	for name, i := range cases() {
		var b bytes.Buffer
		if err := HTML(&b, i); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+".html"), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
