package figure_test

import (
	"testing"

	"github.com/liftmark/liftmark/internal/figure"
)

// The beginnings are those that OWASP lists under CSV injection, and |, by which
// older spreadsheets reach other programs.
func TestCellNeutralisesWhatSpreadsheetsRun(t *testing.T) {
	for _, text := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "|calc"} {
		if got := figure.Cell(text); got != "'"+text {
			t.Errorf("%q is written as %q", text, got)
		}
	}
	for _, text := range []string{"", "a=1", " =1", "'=1", "é", "ann@example.com", "1-2"} {
		if got := figure.Cell(text); got != text {
			t.Errorf("%q is written as %q", text, got)
		}
	}
}
