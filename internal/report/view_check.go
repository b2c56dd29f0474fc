package report

import (
	"reflect"
	"strings"

	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/study"
)

// checkSection lists every attempt to show that a finding is wrong.
func checkSection(i Impact) section {
	s := section{ID: "checks", Title: "How we tried to break it"}
	findings := mainOutcomes(i.Findings)
	if len(findings) == 0 {
		s.add(paragraph("There is no finding to check yet."))
		return s
	}
	s.add(paragraph("Each check looks for a sign that the finding is wrong. “Passed” means that no such sign was found; “impossible” that these data do not allow the check."))
	for n, f := range findings {
		part := section{ID: outcomeID(n) + "-checks", Title: f.Outcome.Name}
		part.add(checkTable(f))
		part.add(balanceBlocks(findings, n, part.ID)...)
		s.Parts = append(s.Parts, part)
	}
	if others := withRole(i.Findings, "guard", "negative_control"); len(others) > 0 {
		part := section{ID: "other-checks", Title: "Guards and negative control"}
		part.add(checkCounts(others))
		s.Parts = append(s.Parts, part)
	}
	return s
}

func checkTable(f study.Finding) block {
	if len(f.Checks) == 0 {
		return paragraph("No check was made for this finding.")
	}
	t := newTable("Checks of the finding on "+isolate(f.Outcome.Name), words("Check"), words("Verdict"), words("What was found"))
	for _, c := range f.Checks {
		detail := figure.Sentence(c.Detail)
		if c.P != nil {
			detail += " p" + nbsp + pPart(*c.P) + "."
		}
		t.add(cell{Text: c.Name, Page: c.Method}, cell{Text: figure.Capital(string(c.Verdict)), Shape: string(c.Verdict)}, cell{Text: strings.TrimSpace(detail)})
	}
	return t
}

func pPart(p float64) string {
	s := pValue(p)
	if strings.HasPrefix(s, "<") {
		return s
	}
	return "= " + s
}

// balanceBlocks show the love plot, once for findings that share their arms.
func balanceBlocks(findings []study.Finding, n int, id string) []block {
	f := findings[n]
	if len(f.Balance) == 0 {
		return nil
	}
	for _, earlier := range findings[:n] {
		if reflect.DeepEqual(earlier.Balance, f.Balance) {
			return []block{paragraph("The balance of the arms is the same as for " + figure.Small(isolate(earlier.Outcome.Name)) + ".")}
		}
	}
	return []block{loveChart(f, id)}
}

// checkCounts sums the checks of findings that are not main outcomes, naming
// every one that did not pass.
func checkCounts(findings []study.Finding) *table {
	t := newTable("Checks of guards and negative control", words("KPI"), numbers("Passed"), words("Failed"), words("Impossible"))
	for _, f := range findings {
		passed := 0
		named := map[study.CheckVerdict][]string{}
		for _, c := range f.Checks {
			passed += one(c.Verdict == study.Passed)
			named[c.Verdict] = append(named[c.Verdict], figure.Small(c.Name))
		}
		t.addText(f.Outcome.Name, figure.Count(passed)+" of "+figure.Count(len(f.Checks)), orElse(figure.List(named[study.Failed]), "none"),
			orElse(figure.List(named[study.Impossible]), "none"))
	}
	return t
}

// gradeSection explains each grade and what would raise it.
func gradeSection(i Impact) section {
	s := section{ID: "grades", Title: "How strong the evidence is"}
	findings := mainOutcomes(i.Findings)
	for n, f := range findings {
		part := section{ID: outcomeID(n) + "-grade", Title: f.Outcome.Name}
		part.add(verdict{Grade: f.Grade.Letter, Words: figure.Capital(gradeWords(f.Grade.Letter)), Headline: f.Grade.Meaning})
		if len(f.Grade.Reasons) > 0 {
			part.add(heading("Why this grade"), sentences(f.Grade.Reasons))
		}
		if len(f.Grade.Raise) > 0 {
			part.add(heading("What would raise it"), sentences(f.Grade.Raise))
		}
		s.Parts = append(s.Parts, part)
	}
	s.add(gradeScale())
	return s
}

func gradeScale() *table {
	t := newTable("The four grades", words("Grade"), words("What it takes"))
	for _, g := range [][2]string{
		{"A", "Chance decided who was trained, and everyone was analysed as assigned."},
		{"B", "Compared with accounts that trained later or never, adjusted, and every attempt to break the result failed."},
		{"C", "Adjusted, but a check failed or could not be made."},
		{"D", "Not adjusted or without a comparison: a change, not an effect."},
	} {
		t.add(cell{Text: "Grade " + g[0], Shape: "grade " + g[0]}, cell{Text: g[1]})
	}
	return t
}
