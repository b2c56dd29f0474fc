package report

import (
	"strconv"

	"github.com/liftmark/liftmark/docs/method"
	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/study"
)

// caveatSection lists what the whole report leaves open.
func caveatSection(i Impact) section {
	s := section{ID: "caveats", Title: "Caveats"}
	if len(i.Caveats) == 0 {
		s.add(paragraph("Beyond the caveats that stand with each finding, none concern the report as a whole."))
		return s
	}
	s.add(sentences(i.Caveats))
	return s
}

// methodSection explains each design once, in plain words.
func methodSection(i Impact) section {
	s := section{ID: "method", Title: "Method in plain words"}
	if len(i.Findings) == 0 {
		s.add(paragraph("No study has been run, so no method has been used yet."))
		return s
	}
	s.add(paragraph("Accounts that train differ from those that do not: they are often larger, keener and further along. A plain comparison credits training with that difference. Each design below sets a fair time zero and compares like with like instead."))
	seen := map[string]bool{}
	for _, f := range i.Findings {
		if d := f.Design; d.Name != "" && !seen[d.ID+d.Name] {
			seen[d.ID+d.Name] = true
			s.Parts = append(s.Parts, designPart(d, len(s.Parts)))
		}
	}
	return s
}

func designPart(d study.Design, n int) section {
	part := section{ID: "method-" + strconv.Itoa(n+1), Title: figure.Capital(d.Name)}
	if d.Method != "" {
		part.add(paragraph(d.Method))
	}
	f := facts{{Term: "Why this design", Text: figure.Sentence(d.Why)}, {Term: "Whose effect", Text: figure.Sentence(d.Estimand)}}
	if d.Horizon > 0 {
		f = append(f, fact{Term: "Follow-up", Text: figure.Counted(d.Horizon, "month", "months")})
	}
	if d.Trials > 0 {
		f = append(f, fact{Term: "Trials pooled", Text: figure.Count(d.Trials)})
	}
	for _, r := range d.Rejected {
		f = append(f, fact{Term: "Not used", Text: r.Design + ": " + figure.Sentence(r.Reason)})
	}
	if page, ok := method.Find(d.ID); ok {
		f = append(f, fact{Term: "In full", Text: page.Title, Page: page.Slug})
	}
	part.add(f.present())
	return part
}

// provenanceSection ties the report to its inputs.
func provenanceSection(i Impact) section {
	s := section{ID: "provenance", Title: "Provenance"}
	s.add(paragraph("The same data, plan, version and seed give the same bytes."))
	done := map[study.Provenance]bool{}
	for _, f := range i.Findings {
		if p := f.Provenance; !done[p] {
			done[p] = true
			s.add(provenanceFacts(f.Study, p))
		}
	}
	if len(done) == 0 {
		s.add(facts{{Term: "Liftmark", Text: orElse(i.Version, "version not stated")}, {Term: "Period", Text: figure.Window(i.From, i.To)}})
	}
	return s
}

func provenanceFacts(id string, p study.Provenance) facts {
	return facts{
		{Term: "Study", Text: orElse(id, "not named"), Code: true},
		{Term: "Data window", Text: figure.Window(p.DataFrom, p.DataTo)},
		{Term: "Data fingerprint", Text: orElse(p.Fingerprint, "not recorded"), Code: true},
		{Term: "Plan hash", Text: orElse(p.PlanHash, "not recorded"), Code: true},
		{Term: "Liftmark", Text: orElse(p.Version, "version not recorded"), Code: true},
		{Term: "Seed", Text: strconv.FormatUint(p.Seed, 10), Code: true},
	}
}

// glossarySection says each technical term once.
func glossarySection() section {
	s := section{ID: "glossary", Title: "Words used here"}
	s.add(facts{
		{Term: "95" + nbsp + "% interval", Text: "The range in which the true value plausibly lies: ranges made this way miss it 5 times in 100."},
		{Term: "Arm", Text: "One side of a comparison: accounts that trained, or those that had not by then."},
		{Term: "Benefit–cost ratio", Text: "Benefits divided by costs. At 1 training pays exactly for itself. It is ROI plus one."},
		{Term: "Caused change", Text: "What training itself changed: the outcome with training, less what it would have been without."},
		{Term: "Covariate", Text: "Something known about an account before training, used to compare like with like."},
		{Term: "Guard KPI", Text: "A KPI that training must not harm."},
		{Term: "Negative control", Text: "Something that training cannot move. It should show no effect."},
		{Term: "Percentage points", Text: "The difference between two percentages: from 12" + nbsp + "% to 9" + nbsp + "% is 3 percentage points, or 25" + nbsp + "% less."},
		{Term: "Placebo date", Text: "A pretended start of training before the real one. It should show no effect."},
		{Term: "ROI", Text: "Return on investment: benefits less costs, divided by costs. At 0" + nbsp + "% training pays exactly for itself."},
		{Term: "Time zero", Text: "The month from which both arms are watched: when one trained and the other, alike until then, did not."},
	})
	return s
}
