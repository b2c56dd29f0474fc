package metric

import (
	"context"
	"fmt"
	"sync"

	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

// lookups answers the compiler's questions about the facts of one request.
type lookups struct {
	ctx       context.Context
	service   *Service
	known     *knowledge
	base      string // reporting currency; empty until a fact decides it
	usesMoney bool
	unnamed   []string // facts with rows of money that name no currency
}

// knowledge is what was looked up about facts of one fingerprint. It is dropped
// when the facts change.
type knowledge struct {
	mu          sync.Mutex
	fingerprint string
	counts      map[string]int64
	attributes  map[string][]string // names by fact
}

func newKnowledge(fingerprint string) *knowledge {
	return &knowledge{fingerprint: fingerprint, counts: map[string]int64{}, attributes: map[string][]string{}}
}

// lookups begins a request on the present facts.
func (s *Service) lookups(ctx context.Context) (*lookups, error) {
	fingerprint, err := s.Fingerprint(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || s.known.fingerprint != fingerprint {
		s.known = newKnowledge(fingerprint)
	}
	return &lookups{ctx: ctx, service: s, known: s.known, base: s.options.Currency}, nil
}

// uncached begins a request that looks little up: nothing is kept for the next.
func (s *Service) uncached(ctx context.Context) *lookups {
	return &lookups{ctx: ctx, service: s, known: newKnowledge(""), base: s.options.Currency}
}

func (l *lookups) digits() int {
	if l.base == "" {
		return 2
	}
	return record.MinorDigits(l.base)
}

// namesAccount says whether every row of a source names its account.
func (l *lookups) namesAccount(src source) (bool, error) {
	f, ok := src.Field("account_id")
	if !ok || f.Required || src.isSpan() {
		return ok, nil
	}
	n, err := l.once("account "+src.Name, plan.Filter{Input: plan.Scan{Table: src.Name, Columns: []string{"account_id"}}, Where: plan.IsNull{X: plan.Column("account_id")}})
	return n == 0, err
}

// namesPerson says whether no row of a fact names its person by e-mail: the key
// is then the person's own.
func (l *lookups) namesPerson(fact string) (bool, error) {
	n, err := l.once("person "+fact, plan.Filter{Input: plan.Scan{Table: fact, Columns: []string{"person_id"}}, Where: plan.Contains{X: plan.Column("person_id"), Text: plan.Value{V: "@"}, Exact: true}})
	return n == 0, err
}

// once counts the rows of a relation, once for the facts as they are.
func (l *lookups) once(key string, rows plan.Node) (int64, error) {
	l.known.mu.Lock()
	defer l.known.mu.Unlock()
	if n, ok := l.known.counts[key]; ok {
		return n, nil
	}
	var n int64
	counted := plan.Aggregate{Input: rows, Measures: []plan.Measure{{Name: "n", Func: plan.Count}}}
	err := l.service.each(l.ctx, counted, func(scan func(...any) error) error { return scan(&n) })
	if err == nil {
		l.known.counts[key] = n
	}
	return n, err
}

// withoutAccount counts the rows of a source that belong to no known account,
// once for the facts as they are.
func (l *lookups) withoutAccount(src source) (int64, error) {
	if named, err := l.namesAccount(src); err != nil || named {
		return 0, err
	}
	columns, resolve := []string{src.At}, plan.Resolve{At: src.At}
	if src.Has("account_id") {
		resolve.Account, columns = "account_id", append(columns, "account_id")
	}
	if src.Has("person_id") {
		resolve.Person, columns = "person_id", append(columns, "person_id")
	}
	resolve.Input = src.read(columns)
	return l.once("unplaced "+src.Name, plan.Filter{Input: resolve, Where: plan.IsNull{X: plan.Column("account")}})
}

// currencies lists the codes of a fact's amounts, and whether some rows have
// none; those are taken to be in the reporting currency.
func (l *lookups) currencies(fact string) (codes []string, unnamed bool, err error) {
	n := plan.Sort{Input: plan.Aggregate{Input: plan.Scan{Table: fact, Columns: []string{"currency"}}, By: plan.Columns("currency")}, By: []string{"currency"}}
	err = l.service.each(l.ctx, n, func(scan func(...any) error) error {
		var code *string
		if err := scan(&code); err != nil {
			return err
		}
		if code == nil {
			unnamed = true
			return nil
		}
		codes = append(codes, *code)
		return nil
	})
	if err != nil {
		return nil, false, fmt.Errorf("currencies of %s: %w", fact, err)
	}
	return codes, unnamed, nil
}
