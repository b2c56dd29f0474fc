package report

import (
	"math"
	"strings"

	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/study"
)

// The sentences of the report that no finding brings along. Each is chosen by
// the finding's answer and grade, never by a number alone, and never claims a
// cause that the grade does not carry: A and B "training", C "probably", D and
// ungraded "alongside training".

// mainOutcomes are the findings that answer the question; guards and the
// negative control are told apart from them.
func mainOutcomes(findings []study.Finding) []study.Finding {
	return withRole(findings, "primary", "")
}

func withRole(findings []study.Finding, roles ...string) []study.Finding {
	var out []study.Finding
	for _, f := range findings {
		for _, role := range roles {
			if f.Outcome.Role == role {
				out = append(out, f)
			}
		}
	}
	return out
}

// changeSentence is what changed, over all main outcomes.
func changeSentence(findings []study.Finding) string {
	if len(findings) == 0 {
		return "Nothing has been measured yet: this report holds no finding about a main outcome."
	}
	groups := []struct {
		is    func(study.Finding) bool
		start string
	}{
		{causedAs(study.Better), "Training improved "},
		{probablyAs(study.Better), "Training probably improved "},
		{alongside(study.Better), "Alongside training, but not shown to be caused by it, these got better: "},
		{causedAs(study.Worse), "Training worsened "},
		{probablyAs(study.Worse), "Training probably worsened "},
		{alongside(study.Worse), "Alongside training, but not shown to be caused by it, these got worse: "},
		{answered(study.NoEffect), "No change worth having was found in "},
		{answered(study.CannotTell), "The data cannot tell yet whether training changed "},
	}
	var out []string
	for _, g := range groups {
		if names := mentions(findings, g.is); len(names) > 0 {
			out = append(out, g.start+figure.List(names)+".")
		}
	}
	return strings.Join(out, " ")
}

func answered(a study.Answer) func(study.Finding) bool {
	return func(f study.Finding) bool { return f.Verdict.Answer == a }
}

func causedAs(a study.Answer) func(study.Finding) bool {
	return func(f study.Finding) bool {
		return f.Verdict.Answer == a && (f.Grade.Letter == "A" || f.Grade.Letter == "B")
	}
}

func probablyAs(a study.Answer) func(study.Finding) bool {
	return func(f study.Finding) bool { return f.Verdict.Answer == a && f.Grade.Letter == "C" }
}

func alongside(a study.Answer) func(study.Finding) bool {
	return func(f study.Finding) bool {
		return f.Verdict.Answer == a && (f.Grade.Letter == "D" || f.Grade.Letter == "")
	}
}

// mentions names the outcomes of one answer, with their numbers; from the
// fourth on only their count, since the list below has them all.
func mentions(findings []study.Finding, is func(study.Finding) bool) []string {
	const most = 3
	var out []string
	for _, f := range findings {
		if is(f) {
			out = append(out, mention(f))
		}
	}
	if rest := len(out) - most; rest > 0 {
		out = append(out[:most], figure.Counted(rest, "further outcome", "further outcomes"))
	}
	return out
}

func mention(f study.Finding) string {
	name := figure.Small(isolate(f.Outcome.Name))
	if f.Effect == nil || f.Verdict.Answer == study.CannotTell || f.Verdict.Answer == study.NoEffect {
		return name
	}
	q := quantify(effectUnit(f), *f.Effect)
	return name + " (" + q.changeFull() + ", " + gradeWords(f.Grade.Letter) + ")"
}

func gradeWords(letter string) string {
	if letter == "" {
		return "no grade"
	}
	return "grade " + letter
}

// isolate keeps a name that is written from right to left from reordering the
// sentence around it.
func isolate(s string) string {
	for _, r := range s {
		if r >= 0x0590 && r <= 0x08FF || r >= 0xFB1D && r <= 0xFEFC {
			return "\u2068" + s + "\u2069"
		}
	}
	return s
}

// direction is the word for which way an effect points, from its sign.
func direction(e study.Effect) string {
	switch {
	case e.Value < 0:
		return "lower"
	case e.Value > 0:
		return "higher"
	}
	return "the same"
}

// eventTitle states what the event-study picture shows.
func eventTitle(f study.Finding) string {
	name := isolate(f.Outcome.Name)
	if f.Effect == nil || f.Verdict.Answer == study.CannotTell {
		return name + ": too uncertain to tell a change after training started"
	}
	if f.Verdict.Answer == study.NoEffect || !excludesZero(*f.Effect) {
		return name + ": no clear change after training started"
	}
	return name + ": " + direction(*f.Effect) + " after training started than it would have been without"
}

func excludesZero(e study.Effect) bool { return e.Low > 0 || e.High < 0 }

// eventFree is what units are until the event of a time-to-event outcome.
func eventFree(f study.Finding) string { return orElse(f.Outcome.EventFree, "still without the event") }

// curveTitle states what the survival picture shows, from the ends of its curves.
func curveTitle(f study.Finding) string {
	name := isolate(f.Outcome.Name)
	if f.Verdict.Answer == study.CannotTell || len(f.Curves) != 2 || !hasPoints(f.Curves) {
		return name + ": how many are " + eventFree(f) + ", month by month"
	}
	a, b := f.Curves[0], f.Curves[1]
	ends := levels(unit{kind: shareUnit}, 1, lastPoint(a).Survival, lastPoint(b).Survival)
	return "After " + figure.Counted(lastPoint(a).Period, "month", "months") + " " + eventFree(f) + ": " + isolate(a.Arm) + " " + ends[0] +
		", " + isolate(b.Arm) + " " + ends[1]
}

func hasPoints(curves []study.Curve) bool {
	for _, c := range curves {
		if len(c.Points) == 0 {
			return false
		}
	}
	return true
}

func lastPoint(c study.Curve) study.CurvePoint { return c.Points[len(c.Points)-1] }

// naiveTitle states how the spreadsheet's answer differs from the caused change.
func naiveTitle(naive, caused study.Effect) string {
	n, c := naive.Value, caused.Value
	switch {
	case naive.Low <= c && c <= naive.High && caused.Low <= n && n <= caused.High:
		return "Here the spreadsheet’s comparison and the caused change agree"
	case n*c < 0:
		return "The spreadsheet’s comparison points the wrong way"
	case math.Abs(n) > math.Abs(c):
		return "The spreadsheet’s comparison overstates the change"
	}
	return "The spreadsheet’s comparison understates the change"
}

// needed says what an answer would take.
func needed(f study.Finding) string {
	if f.Verdict.Needed <= 0 {
		return "How many more " + noun(f) + " an answer would take is not known."
	}
	return "An answer would take about " + figure.Count(f.Verdict.Needed) + " more " + noun(f) + "."
}

// noun names the units of a study: "accounts" unless the outcome says otherwise.
func noun(f study.Finding) string {
	u := parseUnit(f.Outcome.Unit)
	if rest, ok := strings.CutPrefix(u.words, "of "); ok && u.kind == shareUnit && rest != "" {
		return rest
	}
	return "accounts"
}

// effectUnit is the unit of a finding's effect. That of target trials is the
// difference between two shares, whatever the KPI is measured in.
func effectUnit(f study.Finding) unit {
	u := parseUnit(f.Outcome.Unit)
	if timeToEvent(f) && u.kind != shareUnit {
		return unit{kind: shareUnit, words: "of accounts"}
	}
	return u
}

func timeToEvent(f study.Finding) bool { return f.Design.ID == "target_trials" || len(f.Curves) > 0 }

// goodDirection is which way is better, "" where the finding does not say: a
// time to an event is better when shorter, the share that reaches it when higher.
func goodDirection(f study.Finding) string {
	if f.Effect != nil && (f.Verdict.Answer == study.Better || f.Verdict.Answer == study.Worse) {
		if (f.Effect.Value > 0) == (f.Verdict.Answer == study.Better) {
			return "higher"
		}
		return "lower"
	}
	if timeToEvent(f) {
		return ""
	}
	return f.Outcome.Direction
}

// hasWord tells whether s contains the word, whatever its case.
func hasWord(s, word string) bool {
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r < 'a' || r > 'z' }) {
		if w == word {
			return true
		}
	}
	return false
}

func answerWords(a study.Answer) string {
	switch a {
	case study.Better:
		return "better"
	case study.Worse:
		return "worse"
	case study.NoEffect:
		return "no clear effect"
	}
	return "cannot tell yet"
}
