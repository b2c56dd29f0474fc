package trial

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/liftmark/liftmark/stat"
)

var company = world{periods: 14, horizon: 4, start: -2.2, confounding: 0.4, effect: -0.5}

func companyPanel(n int) Panel { return company.panel(n, rand.New(rand.NewPCG(5, 5))) }

func quick() Options { return Options{Horizon: 4, Draws: 20, Seed: 3, MinEvents: 1} }

func TestPanelsThatContradictThemselvesAreNamed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*Panel)
		err    error
		says   string
	}{
		{"exit before entry", func(p *Panel) { p.Units[7] = Unit{Entry: 5, Exit: 4, Treated: Never} }, stat.ErrInvalid, "unit 7"},
		{"exit beyond the panel", func(p *Panel) { p.Units[7] = Unit{Exit: 14, Treated: Never} }, stat.ErrInvalid, "unit 7"},
		{"treated after exit", func(p *Panel) { p.Units[7] = Unit{Exit: 4, Treated: 5} }, stat.ErrInvalid, "unit 7"},
		{"treated before entry", func(p *Panel) { p.Units[7] = Unit{Entry: 3, Exit: 4, Treated: 2} }, stat.ErrInvalid, "unit 7"},
		{"no covariate", func(p *Panel) {
			p.Units[7] = Unit{Exit: 13, Treated: Never}
			p.X[(7*14+3)*2+1] = math.NaN()
		}, stat.ErrNotFinite, "size of unit 7 in period 3"},
		{"constant covariate", func(p *Panel) {
			for k := 1; k < len(p.X); k += 2 {
				p.X[k] = 4
			}
		}, stat.ErrNoVariance, "size"},
		{"collinear covariates", func(p *Panel) {
			for k := 1; k < len(p.X); k += 2 {
				p.X[k] = 3 - 2*p.X[k-1]
			}
		}, stat.ErrCollinear, "size"},
		{"covariate that is the calendar", func(p *Panel) {
			for k := 1; k < len(p.X); k += 2 {
				p.X[k] = float64(k / 2 % 14)
			}
		}, stat.ErrCollinear, "size"},
		{"nobody treated", func(p *Panel) {
			for i := range p.Units {
				p.Units[i].Treated = Never
			}
		}, stat.ErrTooFew, "treated arm: units 0 (needs 20)"},
		{"no event", func(p *Panel) {
			for i := range p.Units {
				p.Units[i].Event = false
			}
		}, stat.ErrTooFew, "with the event 0 (needs 1)"},
		{"no units", func(p *Panel) { p.Units, p.X = nil, nil }, stat.ErrTooFew, "no unit"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := companyPanel(400)
			tt.change(&p)
			_, err := Run(context.Background(), p, quick())
			if !errors.Is(err, tt.err) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error = %v, want %v naming %q", err, tt.err, tt.says)
			}
		})
	}
}

func TestOptionsThatCannotBeAreRefused(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"no horizon":          func(o *Options) { o.Horizon = 0 },
		"trial 0":             func(o *Options) { o.First = -1 },
		"trials backwards":    func(o *Options) { o.First, o.Last = 5, 4 },
		"trials past the end": func(o *Options) { o.Last = 14 },
		"trim of half":        func(o *Options) { o.Trim = 0.5 },
		"trim of all":         func(o *Options) { o.Trim = 1 },
		"few draws":           func(o *Options) { o.Draws = 19 },
		"level 1":             func(o *Options) { o.Level = 1 },
		"tenure":              func(o *Options) { o.MinTenure = -1 },
		"lead of one":         func(o *Options) { o.Lead = 1 },
		"lead and sustained":  func(o *Options) { o.Lead, o.Strategy = 3, Sustained },
	} {
		t.Run(name, func(t *testing.T) {
			o := quick()
			change(&o)
			if _, err := Run(context.Background(), companyPanel(50), o); !errors.Is(err, stat.ErrInvalid) {
				t.Errorf("error = %v, want ErrInvalid", err)
			}
		})
	}
}

func TestSmallArmsGiveTheirCounts(t *testing.T) {
	o := quick()
	o.MinUnits = 100000
	_, err := Run(context.Background(), companyPanel(300), o)
	var count *CountError
	if !errors.As(err, &count) || count.Arm != "treated" || count.Units == 0 || count.NeedUnits != 100000 {
		t.Errorf("error = %v, want a CountError with the treated units", err)
	}
}

// A rule, not a choice, decides who is treated: nobody can be compared.
func TestSeparationIsAnError(t *testing.T) {
	p := companyPanel(400)
	for i, u := range p.Units {
		for s := range p.Periods {
			p.X[(i*p.Periods+s)*2] = 0
			if u.Treated == s+1 {
				p.X[(i*p.Periods+s)*2] = 1
			}
		}
	}
	_, err := Run(context.Background(), p, quick())
	if !errors.Is(err, stat.ErrSeparation) || !strings.Contains(err.Error(), "usage") {
		t.Errorf("error = %v, want ErrSeparation naming usage", err)
	}
}

// One control with the event: a third of the draws are without it.
func TestFewEventsInDrawsAreAnError(t *testing.T) {
	p := companyPanel(400)
	seen := 0
	for i, u := range p.Units {
		if u.Event && u.Treated == Never && u.Entry < 1 && u.Exit > 3 {
			seen++
			p.Units[i].Event = seen == 1
		} else {
			p.Units[i].Event = u.Event && u.Treated < 2
		}
	}
	_, err := Run(context.Background(), p, quick())
	if !errors.Is(err, stat.ErrTooFew) || !strings.Contains(err.Error(), "of 20 bootstrap draws") {
		t.Errorf("error = %v, want ErrTooFew of the bootstrap", err)
	}
}

func TestResultDoesNotDependOnProcessors(t *testing.T) {
	p, o := companyPanel(300), quick()
	o.Trim = 0.95
	o.Strategy = Sustained
	before := runtime.GOMAXPROCS(1)
	one, err := Run(context.Background(), p, o)
	runtime.GOMAXPROCS(7)
	many, err2 := Run(context.Background(), p, o)
	runtime.GOMAXPROCS(before)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	if diff := cmp.Diff(one, many); diff != "" {
		t.Errorf("results differ:\n%s", diff)
	}
	o.Seed++
	other, err := Run(context.Background(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	if cmp.Equal(one.RiskDifference.Draws, other.RiskDifference.Draws) {
		t.Error("another seed gives the same draws")
	}
}

func TestCancelledRunEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	o := quick()
	o.Draws = 1_000_000
	if _, err := Run(ctx, companyPanel(300), o); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want context.Canceled", err)
	}
}

func TestShapesThatDisagreePanic(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	p := companyPanel(10)
	p.X = p.X[1:]
	_, _ = Run(context.Background(), p, quick())
}
