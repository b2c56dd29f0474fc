package report

import (
	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/study"
)

// guardSection holds what training should not have harmed, and what it cannot
// have moved.
func guardSection(i Impact) section {
	s := section{ID: "guards", Title: "What should not have changed"}
	guards, controls := withRole(i.Findings, "guard"), withRole(i.Findings, "negative_control")
	if len(guards)+len(controls) == 0 {
		s.add(paragraph("The studies in this report name no guard KPI and no negative control. A guard shows that a gain was not paid for elsewhere; a negative control, something that training cannot move, shows that the comparison is fair."))
		return s
	}
	if len(guards) > 0 {
		s.add(paragraph("Guards are KPIs that training must not harm."), roleTable("Guard KPIs", guards))
		s.add(headlines(guards)...)
	}
	if len(controls) > 0 {
		s.add(paragraph("A negative control is something that training cannot move. If it moves all the same, the comparison is not fair."),
			roleTable("Negative control", controls))
		s.add(headlines(controls)...)
	}
	return s
}

func roleTable(caption string, findings []study.Finding) *table {
	t := newTable(caption, words("KPI"), numbers("Change"), numbers("Interval"), words("Answer"), words("Evidence"))
	for _, f := range findings {
		row := []cell{{Text: f.Outcome.Name, Small: axisUnit(effectUnit(f))}, {Text: "no estimate"}, {Text: "no estimate"}, {Text: figure.Capital(answerWords(f.Verdict.Answer))}, gradeCell(f.Grade.Letter)}
		if f.Effect != nil {
			q := quantify(effectUnit(f), *f.Effect)
			row[1].Text, row[2].Text = q.change(), q.interval()
		}
		t.add(row...)
	}
	return t
}

func gradeCell(letter string) cell {
	return cell{Text: figure.Capital(gradeWords(letter)), Shape: "grade " + letter}
}

func headlines(findings []study.Finding) []block {
	var out bullets
	for _, f := range findings {
		if f.Verdict.Headline != "" {
			out = append(out, f.Verdict.Headline)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return []block{out}
}
