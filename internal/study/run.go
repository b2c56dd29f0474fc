package study

import (
	"context"
	"fmt"
	"math"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/figure"
)

// Options are what a run needs beside plan and data.
type Options struct {
	Version string // of Liftmark, for the provenance
	// Currency is the one that money is reported in (ISO 4217).
	Currency string
	// Draws replaces the plan's number of bootstrap draws when it is above 0.
	Draws int
	// Progress, when set, hears before each outcome how many are done.
	Progress func(done, total int, outcome string)
}

// Run answers a plan: one finding for each outcome, guard and negative control,
// in that order. The same plan, data, version and seed give the same findings.
//
// Too little data for an answer is a finding ("cannot tell yet"). Errors are for
// what the user must mend or wait for first: fault.NotFound for an unknown
// course or KPI, fault.Invalid for a plan that does not fit the data,
// fault.InsufficientData when nobody trained, everybody had before the data
// begin, or a KPI has no values. Run ends with ctx.Err() when ctx does.
func Run(ctx context.Context, src Source, p Plan, o Options) ([]Finding, error) {
	p = p.withDefaults()
	hash := p.Hash()
	if o.Draws > 0 {
		p.Draws = o.Draws
	}
	c, err := load(ctx, src, p)
	if err != nil {
		return nil, fmt.Errorf("study %s: %w", p.ID, err)
	}
	kpis, err := c.loadCovariates(ctx, src, p.Covariates.KPIs)
	if err != nil {
		return nil, fmt.Errorf("study %s: %w", p.ID, err)
	}
	s := &session{src: src, plan: p, company: c, kpis: kpis, options: o, hash: hash}
	findings, err := s.all(ctx)
	if err != nil {
		return nil, fmt.Errorf("study %s: %w", p.ID, err)
	}
	return findings, nil
}

// session is one run of a plan.
type session struct {
	src     Source
	plan    Plan
	company *company
	kpis    []kpiCovariate
	options Options
	hash    string
}

// all estimates every outcome, then grades: the negative control's result is a
// check of the others.
func (s *session) all(ctx context.Context) ([]Finding, error) {
	refs := s.plan.refs()
	analyses, findings := make([]*analysis, len(refs)), make([]Finding, len(refs))
	for k, rr := range refs {
		if s.options.Progress != nil {
			s.options.Progress(k, len(refs), rr.ref.key())
		}
		var err error
		if analyses[k], err = newAnalysis(ctx, s, rr); err != nil {
			return nil, err
		}
		if findings[k], err = s.estimate(ctx, analyses[k]); err != nil {
			return nil, err
		}
	}
	if s.options.Progress != nil {
		s.options.Progress(len(refs), len(refs), "")
	}
	s.conclude(analyses, findings)
	return findings, nil
}

// conclude adds the negative control to the checks, grades and words.
func (s *session) conclude(analyses []*analysis, findings []Finding) {
	var control *Finding
	for k := range findings {
		if findings[k].Outcome.Role == NegativeControl {
			control = &findings[k]
		}
	}
	for k := range findings {
		f, a := &findings[k], analyses[k]
		if f.Effect != nil && f.Design.ID != BeforeAfter {
			f.Checks = append(f.Checks, negativeControl(f, control))
		}
		conclude(f, a.m, bar{worth: a.worth(f), needEvent: a.timed(), problem: f.problem})
	}
}

// The smallest effect worth having where a plan names none: a share of the
// level without training, or points on a scale whose level can be near zero.
const (
	worthShare  = 0.05
	worthPoints = 5
)

func (a *analysis) worth(f *Finding) float64 {
	switch {
	case a.ref.Worth > 0:
		return a.ref.Worth
	case a.def.Value == "points" && !a.timed():
		return worthPoints
	case len(f.Arms) == 2:
		return worthShare * math.Abs(f.Arms[1].Level)
	}
	return 0
}

// negativeControl asks whether the same study finds an effect where there can
// be none.
func negativeControl(f, control *Finding) Check {
	switch {
	case control == nil:
		return newCheck(checkNegativeControl, Impossible, "The plan names no negative control.")
	case f == control && excludesZero(*f.Effect):
		return newCheck(checkNegativeControl, Failed, "This is the negative control, and it shows an effect.")
	case f == control:
		return newCheck(checkNegativeControl, Noted, "This is the negative control itself.")
	case control.Effect == nil || !enough(control.Arms, false):
		return newCheck(checkNegativeControl, Impossible, "The data are too few for the negative control (%s).", control.Outcome.Name)
	}
	e := *control.Effect
	verdict, said := Passed, "finds none, as it should"
	if excludesZero(e) {
		verdict, said = Failed, "finds one, so something other than training tells trained accounts apart"
	}
	c := newCheck(checkNegativeControl, verdict, "On %s, which training cannot move, the study (%s) %s: %s.",
		control.Outcome.Name, control.Design.Name, said, control.measure.full(e))
	c.Effect = &e
	return c
}

// estimate chooses the design and fills everything but the grade and the words.
func (s *session) estimate(ctx context.Context, a *analysis) (Finding, error) {
	f := s.blank(a)
	design, err := a.choose()
	if err != nil {
		return f, err
	}
	f.Design = design
	switch design.ID {
	case StaggeredDiD:
		err = a.runStaggered(ctx, &f)
	case TargetTrials:
		err = a.runTrials(ctx, &f)
	case ClusterDifference:
		err = a.runDifference(&f)
	case BeforeAfter:
		err = a.runBeforeAfter(&f)
	default:
		f.problem = "no design is possible with these data: " + design.Rejected[len(design.Rejected)-1].Reason
	}
	if ctx.Err() != nil {
		return f, ctx.Err()
	}
	if problem := dataProblem(err); problem != "" {
		f.problem, err = problem, nil
	}
	if err != nil {
		return f, err
	}
	if f.Naive == nil {
		f.Naive = a.naive()
	}
	if f.Naive != nil {
		f.Naive.Why = a.whyNaive(&f)
	}
	return f, nil
}

func (s *session) blank(a *analysis) Finding {
	p, c := s.plan, s.company
	population := "all accounts"
	if p.Population != "" {
		population = "accounts with " + p.Population
	}
	treatment := p.Treatment.words(p.Title)
	f := Finding{
		Study: p.ID, Treatment: treatment, Population: population,
		Question: fmt.Sprintf("Did %s change %s for %s?", p.Title, a.m.subject, population),
		Outcome:  Outcome{KPI: a.ref.KPI, Name: a.outcomeName(), Unit: a.m.unitName, Direction: direction(a.m), Role: a.role, EventFree: a.m.eventFree},
		Provenance: Provenance{PlanHash: s.hash, Fingerprint: c.fingerprint, Version: s.options.Version, Seed: p.Seed,
			DataFrom: c.from.UTC(), DataTo: c.to.UTC()},
		measure: a.m,
	}
	f.Caveats = append(c.rollout.notes(p.Treatment, c.courseRecord), a.silence...)
	return f
}

func direction(m measure) string {
	if m.lower {
		return "lower"
	}
	return "higher"
}

// notes say what the dating of training had to assume.
func (r rollout) notes(rule Treatment, courseRecord bool) []string {
	var out []string
	if rule.Course != "" && !courseRecord {
		out = append(out, fmt.Sprintf("No record is about the course %q as a whole, so finishing any of its activities counts.", rule.Course))
	}
	if r.fallback > 0 {
		out = append(out, fmt.Sprintf("%s without seats: the share is of the people known.", plural(r.fallback, "account")+" came"))
	}
	if r.undatable > 0 {
		out = append(out, fmt.Sprintf("%s neither seats nor known people and cannot count as trained.", plural(r.undatable, "account")+" have"))
	}
	if r.unassigned > 0 {
		out = append(out, fmt.Sprintf("%s of the training are of people outside the population or in no account, and are left out.", plural(r.unassigned, "record")))
	}
	return out
}

// loadCovariates reads the KPIs that adjust.
func (c *company) loadCovariates(ctx context.Context, src Source, ids []string) ([]kpiCovariate, error) {
	var out []kpiCovariate
	for _, id := range ids {
		def, err := src.Definition(id)
		if err != nil {
			return nil, fmt.Errorf("covariate %s: %w", id, err)
		}
		if def.Kind != "ratio" || def.Unit != "account" {
			return nil, fault.New(fault.Invalid, "covariate %s: only KPIs of accounts that are ratios can adjust; this is a %s by %s", id, def.Kind, def.Unit)
		}
		s, err := c.loadSeries(ctx, src, OutcomeRef{KPI: id})
		if err != nil {
			return nil, err
		}
		out = append(out, kpiCovariate{id: id, name: figure.Small(def.Name), series: s, log: s.skewed()})
	}
	return out, nil
}
