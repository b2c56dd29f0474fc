package app

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/study"
	"github.com/liftmark/liftmark/internal/value"
	"github.com/liftmark/liftmark/stat"
)

// modelFile is the workspace's money model.
const modelFile = "value.yaml"

// Model reads the workspace's money model, or nil when it has none.
func (w *Workspace) Model() (*value.Model, error) {
	path := filepath.Join(w.Config.Data, modelFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.New(fault.Unavailable, "read the money model: %w", err)
	}
	model, err := value.Parse(path, text)
	if err != nil {
		return nil, err
	}
	if model.Currency != w.Config.Currency {
		return nil, fault.New(fault.Invalid, "%s is in %s, the workspace reports in %s; set currency in liftmark.yaml or in the model", path, model.Currency, w.Config.Currency)
	}
	return &model, nil
}

// Worth prices the findings of plans with a money model. Whom training reached
// and what it cost come from the workspace's records where the model does not
// state them.
func (w *Workspace) Worth(ctx context.Context, model value.Model, plans []study.Plan, findings []study.Finding) (*value.Result, error) {
	from, to, err := w.Metrics.Coverage(ctx)
	if err != nil {
		return nil, err
	}
	recorded, err := w.recordedCosts(ctx, model, plans)
	if err != nil {
		return nil, err
	}
	lines, err := value.RecordedCosts(recorded, model.Currency, from, to)
	if err != nil {
		return nil, err
	}
	priced := make([]value.Finding, 0, len(findings))
	for _, f := range findings {
		if f.Outcome.Role != study.NegativeControl {
			priced = append(priced, priceable(f))
		}
	}
	if err := w.fillExposed(ctx, &model, plans, findings); err != nil {
		return nil, err
	}
	return value.Evaluate(model, value.Inputs{Findings: priced, Recorded: lines, Seed: plans[0].Seed})
}

// priceable hands a finding to the money model.
func priceable(f study.Finding) value.Finding {
	v := value.Finding{
		ID: f.Study + "/" + f.Outcome.KPI, KPI: f.Outcome.KPI, Label: f.Outcome.Name, Unit: f.Outcome.Unit,
		Grade: f.Grade.Letter, CannotTell: f.Verdict.Answer == study.CannotTell,
		LowerIsBetter: f.Outcome.Direction == "lower", Draws: f.Draws, HorizonMonths: float64(f.Design.Horizon),
		Exposed: float64(trainedUnits(f)),
	}
	if f.Effect != nil {
		v.Interval = stat.Interval{Low: f.Effect.Low, High: f.Effect.High, Level: f.Effect.Level}
	}
	return v
}

// trainedUnits counts the units of the first arm, which is the trained one.
func trainedUnits(f study.Finding) int {
	if len(f.Arms) == 0 {
		return 0
	}
	return f.Arms[0].Units
}

// recordedCosts are the costs of the plans' programs, each program once.
func (w *Workspace) recordedCosts(ctx context.Context, model value.Model, plans []study.Plan) ([]value.CostFact, error) {
	programs, err := w.programs(ctx, plans)
	if err != nil {
		return nil, err
	}
	var facts []value.CostFact
	for _, program := range programs {
		costs, err := w.Metrics.Costs(ctx, program)
		if err != nil {
			return nil, err
		}
		for _, c := range costs {
			facts = append(facts, value.CostFact{
				From: c.From, To: c.To, Program: c.Program, Category: value.Category(c.Category),
				AmountMinor: int64(math.Round(c.Amount)), Currency: model.Currency,
			})
		}
	}
	return facts, nil
}

// programs lists the training programs of plans; where one cannot be told, the
// empty name alone, which stands for all.
func (w *Workspace) programs(ctx context.Context, plans []study.Plan) ([]string, error) {
	var programs []string
	for _, plan := range plans {
		program, err := w.program(ctx, plan.Treatment)
		if err != nil {
			return nil, err
		}
		if program == "" {
			return []string{""}, nil
		}
		if !slices.Contains(programs, program) {
			programs = append(programs, program)
		}
	}
	return programs, nil
}

// program is the training program that a treatment belongs to, whose recorded
// costs are its costs; empty when the activities name none.
func (w *Workspace) program(ctx context.Context, t study.Treatment) (string, error) {
	if t.Program != "" {
		return t.Program, nil
	}
	activities, err := w.Metrics.Activities(ctx)
	if err != nil {
		return "", err
	}
	for _, a := range activities {
		if a.Program != "" && (t.Course != "" && a.Course == t.Course || t.Activity != "" && a.ID == t.Activity) {
			return a.Program, nil
		}
	}
	return "", nil
}

// fillExposed counts the trained accounts and the learners for a model that
// does not state them.
func (w *Workspace) fillExposed(ctx context.Context, model *value.Model, plans []study.Plan, findings []study.Finding) error {
	if model.Exposed.Accounts == nil {
		most := 0
		for _, f := range findings {
			most = max(most, trainedUnits(f))
		}
		known := value.Known(float64(most))
		model.Exposed.Accounts = &known
	}
	if model.Exposed.Learners != nil {
		return nil
	}
	people := map[string]bool{}
	for _, plan := range plans {
		learners, err := w.Metrics.FirstEvents(ctx, "learning", plan.Treatment.Activities())
		if err != nil {
			return err
		}
		for _, l := range learners {
			people[l.Person] = true
		}
	}
	known := value.Known(float64(len(people)))
	model.Exposed.Learners = &known
	return nil
}
