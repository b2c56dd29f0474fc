package report

import (
	"fmt"
	"strings"

	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/study"
)

// newPage lays the content out: the answer first, then pictures, reasons, money,
// the attempts to break it, and the method.
func newPage(i Impact) page {
	p := page{
		Title:   orElse(i.Title, "Training"),
		Company: i.Company,
		Facts:   pageFacts(i),
		Lead:    changeSentence(mainOutcomes(i.Findings)),
		Support: []string{valueSentence(i.Value, i.NoValue)},
	}
	for n, f := range mainOutcomes(i.Findings) {
		p.Answers = append(p.Answers, newAnswer(f, n))
	}
	p.Answers = append(p.Answers, valueAnswer(i.Value, i.NoValue))
	p.Sections = []section{
		outcomeSection(i), guardSection(i), kpiSection(i.KPIs), valueSection(i.Value, i.NoValue),
		checkSection(i), gradeSection(i), caveatSection(i), methodSection(i), provenanceSection(i), glossarySection(),
	}
	return p
}

func orElse(s, otherwise string) string {
	if strings.TrimSpace(s) == "" {
		return otherwise
	}
	return s
}

func pageFacts(i Impact) []fact {
	out := []fact{{Term: "Period", Text: figure.Window(i.From, i.To)}}
	if !i.Made.IsZero() {
		out = append(out, fact{Term: "Written", Text: figure.Day(i.Made.UTC())})
	}
	if n := len(i.Findings); n > 0 {
		out = append(out, fact{Term: "Findings", Text: figure.Count(n)})
		if p := i.Findings[0].Provenance; p.Fingerprint != "" {
			out = append(out, fact{Term: "Data", Text: short(p.Fingerprint), Code: true})
		}
	}
	return append(out, fact{Term: "Liftmark", Text: orElse(i.Version, "version not stated")})
}

// short is the start of a hash, enough to compare by eye; the whole is under Provenance.
func short(hash string) string {
	_, hash = cutAlgorithm(hash)
	if len(hash) <= 12 {
		return hash
	}
	return strings.ToValidUTF8(hash[:12], "")
}

func cutAlgorithm(hash string) (algorithm, rest string) {
	if a, r, ok := strings.Cut(hash, ":"); ok {
		return a, r
	}
	return "", hash
}

// newAnswer is one main outcome in the answer.
func newAnswer(f study.Finding, n int) answer {
	a := answer{
		Label:    f.Outcome.Name,
		Headline: f.Verdict.Headline,
		Detail:   f.Verdict.HowSure,
		Grade:    f.Grade.Letter,
		Words:    figure.Capital(gradeWords(f.Grade.Letter)),
		Anchor:   outcomeID(n),
	}
	if f.Effect == nil || f.Verdict.Answer == study.CannotTell {
		a.Value, a.Muted = "Cannot tell yet", true
		a.Unit = neededFigure(f)
		a.Words += ", no answer yet"
		return a
	}
	q := quantify(effectUnit(f), *f.Effect)
	a.Value, a.Unit = q.change(), q.unit.changeWords()
	a.Interval = q.intervalName() + " " + q.interval()
	scale := q.unit.scale()
	a.draw(stripLayout(scale*q.value, scale*q.low, scale*q.high))
	return a
}

func neededFigure(f study.Finding) string {
	if f.Verdict.Needed > 0 {
		return "about " + figure.Count(f.Verdict.Needed) + " more " + noun(f) + " needed"
	}
	return ""
}

func outcomeID(n int) string { return fmt.Sprintf("outcome-%d", n+1) }

// outcomeSection tells each main outcome: verdict, naive beside caused, picture.
func outcomeSection(i Impact) section {
	s := section{ID: "outcomes", Title: "What training changed"}
	findings := mainOutcomes(i.Findings)
	if len(findings) == 0 {
		s.add(note{"No finding yet", "No study of a main outcome has been run on these data. A study asks whether a training changed a KPI; its verdict, picture and checks will stand here."})
	}
	for n, f := range findings {
		s.Parts = append(s.Parts, outcomePart(f, n))
	}
	return s
}

func outcomePart(f study.Finding, n int) section {
	s := section{ID: outcomeID(n), Title: f.Outcome.Name}
	s.add(newVerdict(f))
	s.add(facts{
		{Term: "Question", Text: f.Question},
		{Term: "Trained means", Text: f.Treatment},
		{Term: "Population", Text: f.Population},
		{Term: "Compared", Text: armWords(f)},
	}.present())
	s.add(naiveBlocks(f, s.ID)...)
	if len(f.EventStudy) > 0 {
		s.add(eventChart(f, s.ID))
	}
	if hasPoints(f.Curves) && len(f.Curves) > 0 {
		s.add(curveChart(f, s.ID))
	}
	if t := measuresTable(f); t != nil {
		s.add(t)
	}
	if len(f.Caveats) > 0 {
		s.add(heading("Read this finding with care"), sentences(f.Caveats))
	}
	return s
}

// present drops facts without text.
func (fs facts) present() facts {
	var out facts
	for _, f := range fs {
		if strings.TrimSpace(f.Text) != "" {
			out = append(out, f)
		}
	}
	return out
}

func sentences(texts []string) bullets {
	var out bullets
	for _, s := range texts {
		out = append(out, figure.Sentence(s))
	}
	return out
}

func newVerdict(f study.Finding) verdict {
	v := verdict{Grade: f.Grade.Letter, Words: figure.Capital(gradeWords(f.Grade.Letter)), Headline: f.Verdict.Headline}
	if f.Grade.Letter != "" && f.Grade.Meaning != "" {
		v.Words += ": " + f.Grade.Meaning
	}
	for _, line := range []string{f.Verdict.HowSure, f.Verdict.Natural} {
		if line != "" {
			v.Lines = append(v.Lines, figure.Sentence(line))
		}
	}
	if f.Verdict.Answer == study.CannotTell {
		v.Lines = append(v.Lines, needed(f))
	}
	return v
}

// armWords names the arms with their sizes: "412 trained against 588 not (yet) trained accounts".
func armWords(f study.Finding) string {
	var parts []string
	for _, a := range f.Arms {
		part := figure.Count(a.Units) + " " + noun(f) + " " + isolate(a.Name)
		if a.Events > 0 {
			part += " (" + figure.Counted(a.Events, "event", "events") + ")"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

// naiveBlocks put the spreadsheet's comparison beside the caused change.
func naiveBlocks(f study.Finding, id string) []block {
	if f.Naive == nil {
		return nil
	}
	if f.Effect == nil {
		u := effectUnit(f)
		q := quantify(u, f.Naive.Difference)
		return append([]block{
			heading("What a spreadsheet would say"),
			paragraph("Trained minus untrained is " + q.sentencePart() + ". It is no answer, for the reasons below, and these data give no better one yet."),
		}, sentences(f.Naive.Why))
	}
	out := []block{naiveChart(f, id)}
	if len(f.Naive.Why) > 0 {
		out = append(out, heading("Why the two differ"), sentences(f.Naive.Why))
	}
	return out
}

// measuresTable holds the arms' levels and every further measure of the effect.
func measuresTable(f study.Finding) *table {
	t := newTable("All measures of the effect on "+f.Outcome.Name, words("Measure"), numbers("Value"), numbers("Interval"))
	u := effectUnit(f)
	d := 1
	if f.Effect != nil {
		q := quantify(u, *f.Effect)
		d = max(q.decimals, 0)
		t.add(cell{Text: effectLabel(f)}, cell{Text: q.change(), Small: u.changeWords()}, cell{Text: q.interval()})
	}
	if f.Relative != nil {
		value, interval, _ := strings.Cut(relative(*f.Relative), " (")
		t.addText("Relative to the level without training", value, strings.TrimSuffix(interval, ")"))
	}
	for _, o := range f.Others {
		value, interval := measure(o)
		t.addText(figure.Capital(o.Name), value, interval)
	}
	if len(f.Arms) > 0 && f.Effect != nil {
		for n, level := range levels(u, d, armLevels(f.Arms)...) {
			t.add(cell{Text: "Level: " + isolate(f.Arms[n].Name)}, cell{Text: level, Small: levelTail(u)}, cell{Text: "none given"})
		}
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}

func levelTail(u unit) string {
	if u.kind == plainUnit || u.kind == moneyUnit {
		return u.words
	}
	return ""
}

func armLevels(arms []study.Arm) []float64 {
	out := make([]float64, len(arms))
	for n, a := range arms {
		out[n] = a.Level
	}
	return out
}
