package report

import (
	"bytes"
	"io"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/study"
)

func TestContentThatContradictsItselfIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(*Impact)
		want  string
	}{
		{"not a number", func(i *Impact) { i.Findings[0].Effect.SE = math.NaN() }, "impact.Findings[0].Effect.SE is NaN"},
		{"infinite money", func(i *Impact) { i.Value.ROI.High = math.Inf(1) }, "High is +Inf"},
		{"better, but zero is inside", func(i *Impact) { i.Findings[0].Effect.High = 0.01 }, "holds zero"},
		{"better, but in the bad direction", func(i *Impact) { i.Findings[1].Verdict.Answer = study.Worse }, "the effect is -0.238 and lower is better"},
		{"better without effect", func(i *Impact) { i.Findings[0].Effect = nil }, "no effect"},
		{"no clear effect, but zero is outside", func(i *Impact) { i.Findings[0].Verdict.Answer = study.NoEffect }, "no interval holds zero"},
		{"unknown grade", func(i *Impact) { i.Findings[0].Grade.Letter = "E" }, `grade "E"`},
		{"unknown answer", func(i *Impact) { i.Findings[0].Verdict.Answer = "maybe" }, `answer "maybe"`},
	} {
		i := full()
		tt.spoil(&i)
		for form, write := range map[string]func(io.Writer, Impact) error{"HTML": HTML, "JSON": JSON, "Markdown": Markdown} {
			var b bytes.Buffer
			err := write(&b, i)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s as %s: error %v, want one about %q", tt.name, form, err, tt.want)
			}
			if b.Len() > 0 {
				t.Errorf("%s as %s: %d bytes were written before the error", tt.name, form, b.Len())
			}
		}
	}
	for name, i := range cases() {
		if err := i.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestProseAgreesWithNumberAndGrade draws findings whose parts agree and looks
// for words that would claim more, or the opposite.
func TestProseAgreesWithNumberAndGrade(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFinding(t)
		if err := contradiction(f); err != nil {
			t.Fatal(err)
		}
		text := changeSentence([]study.Finding{f})
		claims := map[string]bool{
			"Training improved":          f.Verdict.Answer == study.Better && causal(f.Grade.Letter),
			"Training probably improved": f.Verdict.Answer == study.Better && f.Grade.Letter == "C",
			"Training worsened":          f.Verdict.Answer == study.Worse && causal(f.Grade.Letter),
			"Training probably worsened": f.Verdict.Answer == study.Worse && f.Grade.Letter == "C",
			"got better":                 f.Verdict.Answer == study.Better && (f.Grade.Letter == "D" || f.Grade.Letter == ""),
			"got worse":                  f.Verdict.Answer == study.Worse && (f.Grade.Letter == "D" || f.Grade.Letter == ""),
			"No change worth having":     f.Verdict.Answer == study.NoEffect,
			"cannot tell yet":            f.Verdict.Answer == study.CannotTell,
		}
		for words, want := range claims {
			if got := strings.Contains(text, words); got != want {
				t.Fatalf("answer %s, grade %q: %q; has %q: %v, want %v", f.Verdict.Answer, f.Grade.Letter, text, words, got, want)
			}
		}
		title := eventTitle(f)
		if strings.Contains(title, "lower") && f.Effect.Value >= 0 || strings.Contains(title, "higher") && f.Effect.Value <= 0 {
			t.Fatalf("effect %v, but: %s", f.Effect, title)
		}
		if strings.HasPrefix(effectLabel(f), "Caused") && !causal(f.Grade.Letter) {
			t.Fatalf("grade %q, but: %s", f.Grade.Letter, effectLabel(f))
		}
	})
}

// causal grades carry the word "caused".
func causal(grade string) bool { return grade == "A" || grade == "B" }

func drawFinding(t *rapid.T) study.Finding {
	f := ticketFinding()
	f.Outcome.Direction = rapid.SampledFrom([]string{"higher", "lower"}).Draw(t, "direction")
	f.Grade.Letter = rapid.SampledFrom([]string{"A", "B", "C", "D", ""}).Draw(t, "grade")
	low := rapid.Float64Range(-10, 10).Draw(t, "low")
	width := rapid.Float64Range(0.01, 10).Draw(t, "width")
	e := interval95(low+width/2, low, low+width)
	f.Effect = &e
	switch {
	case rapid.Bool().Draw(t, "cannot tell"):
		f.Verdict.Answer = study.CannotTell
	case !excludesZero(e):
		f.Verdict.Answer = study.NoEffect
	case (e.Value > 0) == (f.Outcome.Direction == "higher"):
		f.Verdict.Answer = study.Better
	default:
		f.Verdict.Answer = study.Worse
	}
	return f
}

// TestROISentenceClaimsOnlyWhatTheIntervalCarries covers the three cases and none.
func TestROISentenceClaimsOnlyWhatTheIntervalCarries(t *testing.T) {
	for _, tt := range []struct {
		low, median, high float64
		want              string
	}{
		{1.47, 3.1, 5.02, "It pays for itself"}, {-0.3, 0.4, 1.2, "is open"}, {-0.9, -0.5, -0.1, "costs more than it returns"},
	} {
		r := worth()
		r.ROI.Low, r.ROI.Median, r.ROI.High = tt.low, tt.median, tt.high
		got := valueSentence(r, "")
		for _, words := range []string{"It pays for itself", "is open", "costs more than it returns"} {
			if strings.Contains(got, words) != (words == tt.want) {
				t.Errorf("ROI %v to %v: %s", tt.low, tt.high, got)
			}
		}
	}
	r := worth()
	r.ROI.Range, r.ROI.Undefined = nil, "there are no costs"
	if got := valueSentence(r, ""); !strings.Contains(got, "ROI is undefined: there are no costs") || strings.Contains(got, "pays") {
		t.Errorf("without ROI: %s", got)
	}
	if got := valueSentence(nil, "the workspace has no money model"); !strings.Contains(got, "has not been priced: the workspace has no money model.") {
		t.Errorf("without a result: %s", got)
	}
}
