package study

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/record"
	"go.yaml.in/yaml/v4"
)

// The designs that a plan may ask for and a finding may have used.
const (
	StaggeredDiD      = "staggered_did"
	TargetTrials      = "target_trials"
	ClusterDifference = "cluster_difference"
	BeforeAfter       = "before_after"
)

// The strategies of target trials.
const (
	AsStarted = "as_started" // controls that train later stay
	Sustained = "sustained"  // they are censored when they train, with weights
)

var (
	designIDs     = []string{StaggeredDiD, TargetTrials, ClusterDifference, BeforeAfter}
	strategies    = []string{AsStarted, Sustained}
	planIDPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)
)

// Parse reads a study file. It is strict: unknown keys, wrong types and values
// out of range are errors. The error is of kind fault.Invalid and lists every
// problem of the file, each with its line.
func Parse(text []byte) (Plan, error) {
	var plan Plan
	r := &reader{}
	root, err := rootOf(text)
	if err != nil {
		return plan, fault.New(fault.Invalid, "study file: %w", err)
	}
	r.plan(root, &plan)
	return plan, r.err("study file")
}

// Hash is the SHA-256 of the plan's canonical form: comments, order of keys and
// defaults spelled out do not change it.
func (p Plan) Hash() string {
	text, err := json.Marshal(p.withDefaults())
	if err != nil {
		panic(fmt.Sprintf("study: a plan of strings and numbers has JSON: %v", err))
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

const (
	defaultDraws   = 1000
	defaultHorizon = 12
	minDraws       = 99
	maxDraws       = 100_000
	maxHorizon     = 60
)

// withDefaults spells out what an empty value means.
func (p Plan) withDefaults() Plan {
	if p.Treatment.Verb == "" {
		p.Treatment.Verb = "completed"
	}
	if p.Draws == 0 {
		p.Draws = defaultDraws
	}
	if p.Zone == "" {
		p.Zone = "UTC"
	}
	if p.Title == "" {
		p.Title = p.ID
	}
	p.Outcomes = refsWithDefaults(p.Outcomes)
	p.Guards = refsWithDefaults(p.Guards)
	if p.NegativeControl != nil {
		refs := refsWithDefaults([]OutcomeRef{*p.NegativeControl})
		p.NegativeControl = &refs[0]
	}
	return p
}

func refsWithDefaults(refs []OutcomeRef) []OutcomeRef {
	out := slices.Clone(refs)
	for i := range out {
		if out[i].Horizon == 0 {
			out[i].Horizon = defaultHorizon
		}
		if out[i].Strategy == "" {
			out[i].Strategy = AsStarted
		}
	}
	return out
}

func (r *reader) plan(n *yaml.Node, p *Plan) {
	r.mapping(n, "a study", map[string]field{
		"id":               r.text(&p.ID),
		"title":            r.text(&p.Title),
		"treatment":        func(n *yaml.Node) { r.treatment(n, &p.Treatment) },
		"population":       r.text(&p.Population),
		"outcomes":         r.outcomes(&p.Outcomes),
		"guards":           r.outcomes(&p.Guards),
		"negative_control": func(n *yaml.Node) { p.NegativeControl = &OutcomeRef{}; r.outcome(n, p.NegativeControl) },
		"covariates":       func(n *yaml.Node) { r.covariates(n, &p.Covariates) },
		"zone":             r.zone(&p.Zone),
		"draws":            r.whole(&p.Draws, minDraws, maxDraws),
		"seed":             r.seed(&p.Seed),
	}, "id", "treatment", "outcomes")
	if p.ID != "" && !planIDPattern.MatchString(p.ID) {
		r.problem(n, "id %q: use small letters, digits, - and _, starting with a letter or digit", p.ID)
	}
	r.noDuplicates(n, p)
}

func (r *reader) treatment(n *yaml.Node, t *Treatment) {
	r.mapping(n, "treatment", map[string]field{
		"course":         r.text(&t.Course),
		"activity":       r.text(&t.Activity),
		"program":        r.text(&t.Program),
		"verb":           r.oneOf(&t.Verb, record.Verbs),
		"share_of_seats": r.share(&t.Share),
		"people":         r.whole(&t.People, 1, 1_000_000),
	})
	named := 0
	for _, s := range []string{t.Course, t.Activity, t.Program} {
		if s != "" {
			named++
		}
	}
	if named != 1 {
		r.problem(n, "treatment: name exactly one of course, activity and program")
	}
	if t.Share > 0 && t.People > 0 {
		r.problem(n, "treatment: give share_of_seats or people, not both")
	}
}

func (r *reader) outcomes(refs *[]OutcomeRef) field {
	return func(n *yaml.Node) {
		for _, item := range r.list(n) {
			var ref OutcomeRef
			r.outcome(item, &ref)
			*refs = append(*refs, ref)
		}
	}
}

// outcome reads a KPI id alone, or a mapping with its settings.
func (r *reader) outcome(n *yaml.Node, o *OutcomeRef) {
	if n.Kind == yaml.ScalarNode {
		r.text(&o.KPI)(n)
		return
	}
	r.mapping(n, "outcome", map[string]field{
		"kpi":      r.text(&o.KPI),
		"params":   r.params(&o.Params),
		"horizon":  r.whole(&o.Horizon, 1, maxHorizon),
		"worth":    r.positive(&o.Worth),
		"design":   r.oneOf(&o.Design, designIDs),
		"strategy": r.oneOf(&o.Strategy, strategies),
	}, "kpi")
}

func (r *reader) covariates(n *yaml.Node, c *Covariates) {
	r.mapping(n, "covariates", map[string]field{"fields": r.texts(&c.Fields), "kpis": r.texts(&c.KPIs)})
}

func (r *reader) zone(dst *string) field {
	return func(n *yaml.Node) {
		r.text(dst)(n)
		if _, err := time.LoadLocation(*dst); err != nil {
			r.problem(n, "zone %q is no IANA time zone such as Europe/Berlin", *dst)
		}
	}
}

// noDuplicates finds the same outcome asked twice, which would be two findings
// of one name.
func (r *reader) noDuplicates(n *yaml.Node, p *Plan) {
	seen := map[string]bool{}
	for _, ref := range p.refs() {
		key := ref.ref.key()
		if seen[key] {
			r.problem(n, "outcome %s is asked twice", key)
		}
		seen[key] = true
	}
}

// key names a KPI with its parameters.
func (o OutcomeRef) key() string {
	parts := make([]string, 0, len(o.Params))
	for k, v := range o.Params {
		parts = append(parts, k+"="+v)
	}
	if len(parts) == 0 {
		return o.KPI
	}
	slices.Sort(parts)
	return o.KPI + "(" + strings.Join(parts, ", ") + ")"
}

// The roles of an outcome in a study.
const (
	Primary         = "primary"
	Guard           = "guard"
	NegativeControl = "negative_control"
)

type roleRef struct {
	role string
	ref  OutcomeRef
}

// refs lists what a plan asks, in the order of its findings.
func (p Plan) refs() []roleRef {
	var out []roleRef
	for _, o := range p.Outcomes {
		out = append(out, roleRef{Primary, o})
	}
	for _, o := range p.Guards {
		out = append(out, roleRef{Guard, o})
	}
	if p.NegativeControl != nil {
		out = append(out, roleRef{NegativeControl, *p.NegativeControl})
	}
	return out
}
