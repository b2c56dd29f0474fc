package study

import (
	"slices"
	"strings"
	"testing"
)

func TestGrade(t *testing.T) {
	with := func(id string, v CheckVerdict) []Check {
		checks := slices.DeleteFunc(passing(), func(c Check) bool { return c.ID == id })
		if v == "" {
			return checks
		}
		return append(checks, newCheck(id, v, "x"))
	}
	for _, tt := range []struct {
		name, design string
		checks       []Check
		letter       string
		named        string // check that a C names
	}{
		{"all passed", StaggeredDiD, passing(), "B", ""},
		{"all passed in trials", TargetTrials, passing(), "B", ""},
		{"pre-trend failed", StaggeredDiD, with(checkPreTrend, Failed), "C", "Same trend before training: failed."},
		{"placebo impossible", StaggeredDiD, with(checkPlacebo, Impossible), "C", "No effect at a placebo date: impossible."},
		{"balance failed", TargetTrials, with(checkBalance, Failed), "C", "Arms alike after adjustment: failed."},
		{"no negative control", TargetTrials, with(checkNegativeControl, Impossible), "C", "No effect on the negative control: impossible."},
		{"not robust", TargetTrials, with(checkHidden, Failed), "C", "Robust to hidden causes: failed."},
		{"a check was left out", TargetTrials, with(checkHidden, ""), "C", "Robust to hidden causes: impossible."},
		{"nothing to explain away", TargetTrials, with(checkHidden, Noted), "B", ""},
		{"co-intervention", StaggeredDiD, with(checkCoIntervention, Failed), "C", "No other change at the same time: failed."},
		{"co-intervention absorbed", StaggeredDiD, with(checkCoIntervention, Noted), "B", ""},
		{"no overlap", StaggeredDiD, with(checkOverlap, Failed), "C", "Comparable accounts in both arms: failed."},
		{"unadjusted", ClusterDifference, passing(), "D", ""},
		{"uncontrolled", BeforeAfter, passing(), "D", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := findingWith(tt.design, effect(-0.2, -0.3, -0.1))
			f.Checks = tt.checks
			g := grade(f)
			if g.Letter != tt.letter {
				t.Fatalf("grade %s, want %s", g.Letter, tt.letter)
			}
			if tt.named != "" && !slices.Contains(g.Reasons, tt.named) {
				t.Errorf("reasons %q do not name %q", g.Reasons, tt.named)
			}
			if len(g.Raise) == 0 || !strings.Contains(g.Raise[len(g.Raise)-1], "grade A") {
				t.Errorf("raise %q", g.Raise)
			}
		})
	}
	if g := grade(&Finding{}); g.Letter != "" || g.Meaning == "" {
		t.Errorf("nothing to grade: %+v", g)
	}
}
